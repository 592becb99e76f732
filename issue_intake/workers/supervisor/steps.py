"""Runs one step of an order to its end, and to the end of everything it started."""

from __future__ import annotations

import os
import select
import time

from issue_intake.workers.supervisor.bell import Bell
from issue_intake.workers.supervisor.bounds import Bounds
from issue_intake.workers.supervisor.last_lines import LastLines
from issue_intake.workers.supervisor.redaction import Redaction
from issue_intake.workers.supervisor.spawn import SpawnError, spawn
from issue_intake.workers.supervisor.stillness import Stillness
from issue_intake.workers.supervisor.tree import Tree
from issue_intake.workers.supervisor.worklog import WorkLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from issue_intake.workers.supervisor.records import OrderRecord, StepEnd, StepRecord

    Cause = Literal["exited", "timeout", "stalled", "over_limit", "cancelled", "terminated", "not_started"]

_PATIENCE = 1.0  # seconds between two looks for `cancel`
_QUIET = 0.5  # seconds after which an unfinished line is shown as it stands
_CHUNK = 64 * 1024
_LAST_WORDS = 64  # chunks still read from a pipe whose writer is gone, or will not go


class Steps:
    """Runs an order's steps, one at a time. `survivors`: pids that no signal could end."""

    def __init__(self, order: OrderRecord, folder: str, log: WorkLog) -> None:
        self._order = order
        self._cancel = f"{folder}/cancel"
        self._log = log
        self._tree = Tree()
        self._bell = Bell()
        self._environment = _environment(order, os.environ)
        self._output: int | None = None
        self._redaction = Redaction()
        self._heard_at = 0.0
        self._still: Stillness | None = None
        self._bounds: Bounds | None = None
        self._excess = ""
        self._last_lines: LastLines | None = None
        self.survivors: list[int] = []

    @property
    def interrupted(self) -> Cause | None:
        """Why nothing more shall run, None if it may."""
        if self._bell.terminated:
            return "terminated"
        return "cancelled" if os.access(self._cancel, os.F_OK) else None

    def run(self, step: StepRecord) -> tuple[Cause, StepEnd]:
        """Run the step and end its whole tree, however it ended."""
        begun = time.monotonic()
        self._tree.status = None
        end = _blank_end(step)
        self._last_lines = LastLines() if step["name"] == "verify" else None
        cause = self.interrupted
        if cause is None:
            cause, end["error"] = self._run(step)
        if self._last_lines is not None:
            end["tail"] = self._last_lines.text
        end["exit_code"], end["signal"] = _decoded(self._tree.status)
        end["seconds"] = round(time.monotonic() - begun, 3)
        return cause, end

    def end_tree(self, *, at_once: bool = False) -> None:
        """End whatever still runs. `at_once`: it is not asked first."""
        self.survivors = self._tree.end(0.0 if at_once else self._order["grace"], self._attend)
        self._drain()

    def _run(self, step: StepRecord) -> tuple[Cause, str]:
        try:
            self._start(step)
        except SpawnError as error:
            return "not_started", f"{_called(step)} could not be started: {error}"
        limit = step["timeout"] if step["timeout"] is not None else self._order["timeout"]
        stall = self._order["stall"] if step["name"] == "agent" else None
        self._still = Stillness(stall, self._order["worktree"], self._tree.cpu) if stall is not None else None
        self._bounds = _bounds(self._order, self._tree)
        cause = self._wait(None if limit is None else time.monotonic() + limit)
        self._still = self._bounds = None
        self.end_tree(at_once=cause == "over_limit")
        if step["name"] == "agent":
            self._log.end_agent()
        if cause == "over_limit":
            return cause, f"{_called(step)} {self._excess}"
        return cause, _sentence(_called(step), cause, self._tree.status, limit if cause == "timeout" else stall)

    def _start(self, step: StepRecord) -> None:
        if step["name"] == "agent":
            self._log.start_agent()
        read, write = os.pipe()
        try:
            environment = {**self._environment, **step["env"], "INTAKE_RUN": self._order["run"]}
            leader = spawn(step, environment, write, self._order["memory"])
        except SpawnError:
            os.close(read)
            raise
        finally:
            os.close(write)
        os.set_blocking(read, False)
        self._output = read
        self._tree.follow(leader)

    def _wait(self, deadline: float | None) -> Cause:
        while True:
            now = time.monotonic()
            if self._tree.status is not None:
                return "exited"
            if (reason := self.interrupted) is not None:
                return reason
            if deadline is not None and now >= deadline:
                return "timeout"
            if self._still is not None and self._still.reached(now):
                return "stalled"
            if self._bounds is not None and (excess := self._bounds.excess(now)):
                self._excess = excess
                return "over_limit"
            self._attend(self._patience(now, deadline))

    def _patience(self, now: float, deadline: float | None) -> float:
        waits = [_PATIENCE]
        if deadline is not None:
            waits.append(deadline - now)
        if self._still is not None:
            waits.append(self._still.pause)
        if self._bounds is not None:
            waits.append(self._bounds.pause)
        return max(min(waits), 0.0)

    def _attend(self, seconds: float) -> None:
        """Wait that long at most for output or a signal, and take it in."""
        watched = select.poll()
        watched.register(self._bell.descriptor, select.POLLIN)
        if self._output is not None:
            watched.register(self._output, select.POLLIN)
        if self._redaction.holds:
            seconds = min(seconds, _QUIET)
        for descriptor, _ in watched.poll(seconds * 1000):
            if descriptor == self._bell.descriptor:
                self._bell.silence()
            else:
                self._take()
        if self._redaction.holds and time.monotonic() - self._heard_at >= _QUIET:
            self._keep(self._redaction.rest())
        self._tree.reap()

    def _take(self) -> bool:
        """Move one chunk of output into the log; False when there is none at the moment, or never again."""
        if self._output is None:
            return False
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._close_output()
            return False
        self._heard_at = time.monotonic()
        self._keep(self._redaction.pass_on(data))
        if self._still is not None:
            self._still.heard()
        return True

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self._log.write(data)
        if self._last_lines is not None:
            self._last_lines.add(data)

    def _drain(self) -> None:
        for _ in range(_LAST_WORDS):
            if not self._take():
                break
        self._close_output()

    def _close_output(self) -> None:
        self._keep(self._redaction.rest())
        if self._output is not None:
            os.close(self._output)
            self._output = None


def _environment(order: OrderRecord, environ: Mapping[str, str]) -> dict[str, str]:
    """What the order's giver set; not what Python or the system put into the supervisor's own besides."""
    return {name: environ[name] for name in order["env_names"] if name in environ}


def _bounds(order: OrderRecord, tree: Tree) -> Bounds | None:
    memory, processes = order["memory"], order["processes"]
    return None if memory is None and processes is None else Bounds(memory, processes, tree.all)


def _blank_end(step: StepRecord) -> StepEnd:
    return {
        "name": step["name"],
        "exit_code": None,
        "signal": None,
        "seconds": 0.0,
        "error": "",
        "title": step["title"],
        "required": step["required"],
        "tail": "",
    }


def _called(step: StepRecord) -> str:
    return f"{step['name']} {step['title']}".rstrip()


def _decoded(status: int | None) -> tuple[int | None, int | None]:
    """(exit code, signal) in a wait status."""
    if status is None:
        return None, None
    code = os.waitstatus_to_exitcode(status)
    return (code, None) if code >= 0 else (None, -code)


def _sentence(name: str, cause: Cause, status: int | None, limit: float | None) -> str:
    code, number = _decoded(status)
    if cause == "timeout":
        return f"{name} was ended after its time limit of {limit:g} s"
    if cause == "stalled":
        return f"{name} was ended after {limit:g} s without output, CPU use or a changed file"
    if cause != "exited":
        return f"{name} was ended: {cause}"
    if number is not None:
        return f"{name} was killed by signal {number}"
    return f"{name} ended with exit code {code}" if code else ""
