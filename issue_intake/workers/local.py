"""Workers on this host: each a detached supervisor, whose lock on a file is its sign of life."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from issue_intake.core.work import Ended, Lost, Order, Rebooted, Ref, Sight, Unknown
from issue_intake.errors import UnavailableError
from issue_intake.workers import leftovers
from issue_intake.workers.folder import Folder, sealed
from issue_intake.workers.host import boot_id, machine_id, restarted_since
from issue_intake.workers.process import start_of
from issue_intake.workers.sight import Reader, home, sight
from issue_intake.workers.supervisor.worklog import DEFAULT_LIMIT

_SUPERVISOR = Path(__file__).parent / "supervisor" / "supervise.py"


class LocalWorker:
    """Implements core.ports.Worker. `read_end(folder, exit record)` says what an attempt's records mean.

    `scrub(folder)` takes out of an ended attempt's records what may not stay in them, before they are read; None where
    nothing is to be written. `grace`: seconds between TERM and KILL. `log_limit`: bytes of output kept of each order.
    """

    def __init__(
        self,
        read_end: Reader,
        *,
        scrub: Callable[[Path], None] | None = None,
        grace: float = 10.0,
        log_limit: int = DEFAULT_LIMIT,
    ) -> None:
        self._read_end = read_end
        self._scrub = scrub
        self._grace = grace
        self._log_limit = log_limit

    def start(self, order: Order) -> Mapping[str, str | int]:
        """Write the order and start its supervisor. Raises RefusedError if its folder exists.

        Any other failure is an UnavailableError, and the folder tells that nothing ran.
        """
        folder = Folder(order.folder)
        try:
            folder.make()
            with folder.new_lock() as lock:
                seal = os.urandom(16).hex()
                folder.write_order(order, grace=self._grace, log_limit=self._log_limit, seal=seal)
                pid = _launch(order, lock, seal)
        except (OSError, ValueError) as error:
            raise UnavailableError(f"no worker could be started for {order.run}: {error}") from error
        began = {"start": start} if (start := start_of(pid)) is not None else {}
        return {"kind": "local", "pid": pid, "machine": machine_id(), "boot": boot_id(), "seal": sealed(seal), **began}

    def look(self, ref: Ref) -> Sight:
        """What became of it. Starts nothing, stops nothing; of an end, the records are scrubbed first."""
        try:
            seen = sight(ref, self._read_end)
            if self._scrub is None or not isinstance(seen, Ended | Lost | Rebooted):
                return seen
            self._scrub(ref.folder)
            return sight(ref, self._read_end)
        except OSError as error:
            return Unknown(f"{ref.folder} cannot be looked at: {error.strerror}")

    def stop(self, ref: Ref) -> None:
        """Ask the worker to end its whole tree; it sees it within two seconds. Raises UnavailableError."""
        try:
            (ref.folder / "cancel").touch(mode=0o600)
        except FileNotFoundError:
            return  # nothing was ever started
        except OSError as error:
            raise UnavailableError(f"{ref.run} could not be asked to stop: {error}") from error

    def end_leftovers(self, ref: Ref) -> bool:
        """End whatever a lost worker left; True when nothing of it survives. Takes up to a minute."""
        folder = Folder(ref.folder)
        try:
            if folder.held():
                return False  # not lost: it holds its lock
            machine, boot = home(folder, ref)
            if machine and machine != machine_id():
                return not ref.folder.exists()  # who took it away has said that it is over
            # Pids and times of an earlier boot mean nothing in this one.
            return restarted_since(boot) or leftovers.end(folder, ref, self._grace)
        except OSError as error:
            raise UnavailableError(f"what {ref.run} left could not be looked at: {error}") from error


def _launch(order: Order, lock: int, seal: str) -> int:
    """The pid of a supervisor that nothing of the caller's holds: cron, terminals and pipes need not wait for it."""
    read, write = os.pipe()
    with open(write, "wb") as pipe:  # noqa: PTH123
        pipe.write(seal.encode("ascii"))
    command = (sys.executable, "-I", "-S", os.fspath(_SUPERVISOR), os.fspath(order.folder), str(lock), str(read))
    with open(read, "rb"), (order.folder / "supervisor.log").open("ab") as complaints:  # noqa: PTH123
        supervisor = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=complaints,
            stderr=complaints,
            cwd="/",
            env=order.env,
            pass_fds=(lock, read),
            start_new_session=True,
        )
    supervisor.returncode = 0  # nobody waits for it, so nobody shall be warned that nobody did
    return supervisor.pid
