"""The first copy of a repository: made by a detached worker under another name, and put in its place when whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import assert_never

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.ports import Worker
from issue_intake.core.record import record
from issue_intake.core.work import Absent, Alive, Ended, Lost, Order, Rebooted, Ref, Step, Unknown
from issue_intake.errors import UnavailableError
from issue_intake.git.fault import GitError, redact
from issue_intake.git.files import make_directory, present, remove_directory
from issue_intake.git.remote import Remote
from issue_intake.git.run import check_version, command

COPY_SECONDS = 4 * 3600.0
_WELL = (None, Outcome.DONE, Outcome.NO_CHANGES)


@record
class FirstCopy:
    """The making of `target`. `orders`: a folder beside it (same file system) for all that exists only until then.

    `reference`: a local clone of the user's whose objects save the download; the copy does not depend on it.
    """

    remote: Remote
    target: Path
    orders: Path
    worker: Worker
    reference: Path | None = None

    def ready(self) -> bool:
        """Whether the target is in its place; if not, its order is followed, or started.

        Raises UnavailableError with git's reason when the order failed: the next call starts another one.
        """
        if present(self.target):
            remove_directory(self.orders)
            return True
        match self.worker.look(self._ref):
            case Alive():
                return False
            case Unknown(reason):
                raise UnavailableError(f"cannot tell whether {self.remote.shown} is still being copied: {reason}")
            case Ended(end):
                self._put_in_place(end)
                return True
            case Lost():
                self._end_leftovers()
            case Rebooted() | Absent():
                pass
            case never:
                assert_never(never)
        self._start()
        return False

    def made(self) -> bool:
        """Whether the target is in its place, or need only be put there. Starts and changes nothing."""
        if present(self.target):
            return True
        sight = self.worker.look(self._ref)
        return isinstance(sight, Ended) and self._whole(sight.end)

    def _whole(self, end: End) -> bool:
        return end.outcome in _WELL and (self._copy / "HEAD").is_file()

    def _start(self) -> None:
        env = self.remote.environment()
        check_version(env.get("PATH", os.defpath))
        remove_directory(self.orders)
        make_directory(self._copy.parent)
        mine = {"INTAKE_WORKTREE": str(self._ref.worktree)}  # tells its processes from those of another home
        self.worker.start(
            Order(
                run=self._ref.run,
                folder=self._ref.folder,
                worktree=self._ref.worktree,
                prompt="",
                steps=(
                    Step(
                        name="prepare", argv=self._clone(), cwd=str(self._copy.parent), timeout=COPY_SECONDS, env=mine
                    ),
                ),
                reader="command",
                timeout=None,
                stall=None,
                env=env,
            )
        )

    def _clone(self) -> tuple[str, ...]:
        borrowed = ("--reference-if-able", str(self.reference), "--dissociate") if self.reference else ()
        options = ("--quiet", "--bare", "--no-tags", "--template=", *borrowed)
        return command("clone", *options, "--", self.remote.url, str(self._copy))

    def _put_in_place(self, end: End) -> None:
        whole = self._whole(end)
        if whole:
            try:
                self._copy.rename(self.target)
            except OSError as error:
                raise UnavailableError(f"{self.target} cannot be made: {error.strerror}") from None
        remove_directory(self.orders)
        if not whole:
            raise self._failure(end)

    def _failure(self, end: End) -> UnavailableError:
        """Why the copy failed. An order's last line is often git's advice, so the remote is asked first."""
        try:
            self.remote.head("main")
        except GitError as error:
            return error
        reason = redact(end.last_line or end.error, self.remote.secrets) or "no reason was given"
        return UnavailableError(f"copying {self.remote.shown} failed: {reason}", self.remote.cure(reason))

    def _end_leftovers(self) -> None:
        if not self.worker.end_leftovers(self._ref):
            raise UnavailableError(
                f"processes of a broken-off copy of {self.remote.shown} are still at work",
                f"end those whose folder is {self._ref.worktree}",
            )

    @property
    def _ref(self) -> Ref:
        run = f"{self.target.name.removesuffix('.git')}/clone/1"
        return Ref(run=run, folder=self.orders / "1", worktree=self._copy.parent, handle=None)

    @property
    def _copy(self) -> Path:
        return self.orders / "1.copy" / self.target.name
