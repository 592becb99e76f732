"""An attempt's folder as the tick sees it: made once and exclusively, its lock never free before there is an end."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.core.work import Order, Ref
from issue_intake.errors import RefusedError
from issue_intake.workers.host import boot_id, machine_id
from issue_intake.workers.process import start_now
from issue_intake.workers.supervisor.records import (
    ENDS,
    SCHEMA_VERSION,
    read_json,
    sync_folder,
    timestamp,
    write_file,
    write_json,
)


@record(kw_only=False)
class Folder:
    """The folder of one order's records."""

    path: Path

    def make(self) -> None:
        """Make it, mode 0700 as the folders above it. Raises RefusedError if it exists, OSError."""
        for folder in reversed([parent for parent in self.path.parents if not parent.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            self.path.mkdir(mode=0o700)
        except FileExistsError as error:
            raise RefusedError(f"a worker was started before: {self.path} exists") from error
        (self.path / "out").mkdir(mode=0o700)
        sync_folder(os.fspath(self.path.parent))

    @contextmanager
    def new_lock(self) -> Iterator[int]:
        """The descriptor of the locked `lock`. It is locked before it gets its name: nobody ever sees it free."""
        unnamed = self.path / "lock.new"
        descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unnamed.rename(self.path / "lock")
            yield descriptor
        finally:
            os.close(descriptor)

    def write_order(self, order: Order, *, grace: float, log_limit: int, seal: str) -> None:
        """Write prompt.md, facts.json and order.json: all of the order but its environment's values. Raises OSError."""
        write_file(os.fspath(self.path / "prompt.md"), order.prompt.encode("utf-8", "replace"))
        if order.facts:
            write_json(os.fspath(self.path / "facts.json"), order.facts)
        record = {
            "schema_version": SCHEMA_VERSION,
            "run": order.run,
            "worktree": os.fspath(order.worktree),
            "reader": order.reader,
            "conversation": order.conversation,
            "login": order.login,
            "currency": order.currency,
            "steps": [asdict(step) | {"env": dict(step.env)} for step in order.steps],
            "env_names": sorted(order.env),
            "timeout": order.timeout,
            "stall": order.stall,
            "grace": grace,
            "log_limit": log_limit,
            "memory": order.memory,
            "processes": order.processes,
            "machine_id": machine_id(),
            "boot_id": boot_id(),
            "made_at": timestamp(),
            "made_start": start_now(),
            "seal": sealed(seal),
        }
        write_json(os.fspath(self.path / "order.json"), record)

    def held(self) -> bool:
        """Whether a worker holds the lock. Probed with a shared lock, so that two probes never see each other."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def record(self, name: str) -> Mapping[str, object] | None:
        """The JSON object in the file `name`, None where there is none or it is damaged. Raises OSError."""
        try:
            found = read_json(os.fspath(self.path / name))
        except (FileNotFoundError, ValueError):
            return None
        return found if found.get("schema_version") == SCHEMA_VERSION else None

    def exit_record(self, ref: Ref) -> Mapping[str, object] | None:
        """exit.json, if it is the end of `ref`; a supervisor that could not read its order knows no run's name."""
        found = self.record("exit.json")
        end = found.get("end") if found is not None else None
        if found is None or not isinstance(end, str) or end not in ENDS or not self._is_sealed(found, ref):
            return None
        anonymous = found.get("run") is None and end == "broken"
        return found if anonymous or found.get("run") == ref.run else None

    def _is_sealed(self, found: Mapping[str, object], ref: Ref) -> bool:
        """Whether the supervisor itself wrote it. The handle's seal wins: an agent may have written to this folder."""
        expected = (ref.handle or {}).get("seal") or (self.record("order.json") or {}).get("seal")
        return expected is None or sealed(str(found.get("seal"))) == expected


def sealed(word: str) -> str:
    """What may be shown of a seal."""
    import hashlib  # noqa: PLC0415 - for starts and ends alone

    return hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()
