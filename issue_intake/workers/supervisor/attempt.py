"""One order from its file to its exit record. Whatever happens, a record of the end is written."""

from __future__ import annotations

import os
import time

from issue_intake.workers.supervisor.keyring import leave
from issue_intake.workers.supervisor.records import (
    SCHEMA_VERSION,
    make_way,
    read_json,
    reserve,
    room_for_end,
    timestamp,
    write_json,
)
from issue_intake.workers.supervisor.steps import Steps
from issue_intake.workers.supervisor.table import LINUX, entry
from issue_intake.workers.supervisor.worklog import WorkLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from issue_intake.workers.supervisor.records import End, ExitRecord, OrderRecord, StepEnd, StepRecord
    from issue_intake.workers.supervisor.steps import Cause

_SETUP = ("prepare", "take_in", "after_create", "before_run")


def run(folder: str, seal: str) -> None:
    """Run the order in `folder` to its end; exit.json says how it went. Raises OSError if that cannot be written.

    `seal`: what tells the supervisor's own exit.json from one that anybody else wrote.
    """
    attempt = Attempt(folder, seal)
    leave()
    try:
        attempt.begin()
        attempt.work()
    except Exception as error:  # noqa: BLE001 - the record must be written, of any fault in here most of all
        attempt.break_off(error)
    finally:
        attempt.write_end()


class Attempt:
    """The exit record as it grows, and what makes it grow."""

    def __init__(self, folder: str, seal: str) -> None:
        self._folder = folder
        self._begun = time.monotonic()
        self._order: OrderRecord | None = None
        self._steps: Steps | None = None
        self._log: WorkLog | None = None
        self.record: ExitRecord = {
            "schema_version": SCHEMA_VERSION,
            "run": None,
            "seal": seal,
            "end": "broken",
            "step": None,
            "exit_code": None,
            "signal": None,
            "error": "the supervisor was broken off",
            "started_at": timestamp(),
            "ended_at": "",
            "agent_started_at": None,
            "seconds": 0.0,
            "hook_done": False,
            "agent_log": None,
            "steps": [],
            "survivors": [],
        }

    def begin(self) -> None:
        """Read the order and say that it is being carried out, before anything of it is."""
        order = self._order = _read_order(f"{self._folder}/order.json")
        self.record["run"] = order["run"]
        myself = entry(os.getpid()) if LINUX else None
        start = {
            "schema_version": SCHEMA_VERSION,
            "run": order["run"],
            "pid": os.getpid(),
            "start_ticks": myself.start if myself else None,
            "boot_id": order["boot_id"],
            "machine_id": order["machine_id"],
            "started_at": self.record["started_at"],
        }
        write_json(f"{self._folder}/start.json", start)
        reserve(f"{self._folder}/exit.json", room_for_end(order["steps"]))

    def work(self) -> None:
        """Run the steps in their order, up to the first that decides the end; then after_run."""
        assert self._order is not None
        log = self._log = WorkLog(f"{self._folder}/worker.log", self._order["log_limit"])
        self._steps = Steps(self._order, self._folder, log)
        for step in self._order["steps"]:
            if step["name"] == "after_run":
                self._run_last(step)
            elif step["name"] == "verify":
                self._verify(step)
            elif not self._run(step) and step["name"] in _SETUP:
                break
        log.close()

    def break_off(self, error: Exception) -> None:
        """A fault of the supervisor's own: end what runs, and say so."""
        self.record["end"] = "broken"
        self.record["error"] = f"the supervisor failed: {type(error).__name__}: {error}"[:300]
        if self._steps is not None:
            try:
                self._steps.end_tree()
            except OSError:
                return

    def write_end(self) -> None:
        """Write exit.json. Raises OSError."""
        self.record["ended_at"] = timestamp()
        self.record["seconds"] = round(time.monotonic() - self._begun, 3)
        if self._steps is not None:
            self.record["survivors"] = self._steps.survivors
            self._explain_by_shutdown(self._steps)
        if self._log is not None:
            self.record["agent_log"] = self._log.agent
        path = f"{self._folder}/exit.json"
        for name in (path, f"{path}.part"):
            make_way(name)
        try:
            write_json(path, {**self.record})
        except OSError:
            self._drop_tails()
            write_json(path, {**self.record})

    def _run(self, step: StepRecord) -> bool:
        """Run a step that counts; False when the end is decided by it."""
        assert self._steps is not None
        if step["name"] == "agent":
            self.record["agent_started_at"] = timestamp()
        cause, end = self._steps.run(step)
        self._decide(step, cause, end)
        good = self.record["end"] == "exited" and end["exit_code"] == 0
        self.record["hook_done"] |= good and step["name"] == "after_create"
        return good

    def _decide(self, step: StepRecord, cause: Cause, end: StepEnd) -> None:
        self.record["steps"].append(end)
        self.record["end"] = _end(step, cause, end)
        self.record["step"] = end["name"]
        self.record["exit_code"], self.record["signal"] = end["exit_code"], end["signal"]
        self.record["error"] = end["error"]
        if cause == "not_started" and step["name"] == "agent":
            self.record["agent_started_at"] = None

    def _verify(self, step: StepRecord) -> None:
        """Judge what an agent left that ended well. The verdict decides nothing; a call to stop meanwhile does."""
        assert self._steps is not None
        if self.record["end"] != "exited" or self.record["step"] != "agent" or self.record["exit_code"] != 0:
            return
        cause, end = self._steps.run(step)
        if cause in {"cancelled", "terminated"}:
            self._decide(step, cause, end)
        else:
            self.record["steps"].append(end)

    def _run_last(self, step: StepRecord) -> None:
        """after_run follows the agent however that ended, unless all was called off; its own end decides nothing."""
        assert self._steps is not None
        if self._steps.interrupted is None:
            self.record["steps"].append(self._steps.run(step)[1])

    def _explain_by_shutdown(self, steps: Steps) -> None:
        """A system that goes down signals steps and supervisor in any order: neither's end is the agent's fault."""
        verdicts = (end["exit_code"] for end in self.record["steps"] if end["name"] == "verify")
        failed = any(code != 0 for code in (self.record["exit_code"], *verdicts))
        if failed and self.record["end"] in {"exited", "setup_failed"} and steps.interrupted == "terminated":
            self.record["end"] = "terminated"

    def _drop_tails(self) -> None:
        """The room that was reserved holds an end without them: a full disk costs output, never the end."""
        for end in self.record["steps"]:
            end["tail"] = ""


def _end(step: StepRecord, cause: Cause, end: StepEnd) -> End:
    if cause in {"cancelled", "terminated"} or step["name"] not in _SETUP:
        return cause
    return "exited" if cause == "exited" and end["exit_code"] == 0 else "setup_failed"


def _read_order(path: str) -> OrderRecord:
    """The order; it was written by intake itself, so only its presence and version are checked."""
    order: Any = read_json(path)
    if order.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"{path}: schema_version {order.get('schema_version')!r} is not known")
    checked: OrderRecord = order
    return checked
