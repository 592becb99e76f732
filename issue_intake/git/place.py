"""Where one session's worktree and repositories lie, and whose they are."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.git.files import is_directory, make_directory, present, remove_at_once, remove_directory, remove_file


@record
class Place:
    """What belongs to one session: all but `worktree` and the agent's repository is intake's alone."""

    home: Path
    worktree: Path

    @property
    def repository(self) -> Path:
        """The agent's repository."""
        return self.home / "repo.git"

    @property
    def publication(self) -> Path:
        """intake's own repository."""
        return self.home / "publish.git"

    @property
    def index(self) -> Path:
        """What intake knows of the worktree's files."""
        return self.home / "index"

    @property
    def incoming(self) -> Path:
        """The bundle of what the next attempt takes in."""
        return self.home / "incoming.bundle"

    @property
    def mark(self) -> Path:
        """Tells the worktree intake made from any other."""
        return self.home / "worktree"

    @property
    def obeyed(self) -> tuple[str, ...]:
        """Patterns of what was left out of the worktree beside the settings that always are."""
        try:
            return tuple((self.home / "obeyed").read_text().splitlines())
        except OSError:
            return ()

    def keep_obeyed(self, patterns: tuple[str, ...]) -> None:
        """Remember them: by the time the files are published, another agent may be at work. Raises UnavailableError."""
        try:
            (self.home / "obeyed").write_text("".join(f"{pattern}\n" for pattern in patterns))
        except OSError as error:
            raise UnavailableError(f"{self.home} cannot be written to: {error.strerror}") from None

    def take(self) -> None:
        """Make the empty worktree folder, exclusively, and remember that it is ours. Raises RefusedError."""
        make_directory(self.worktree.parent)
        try:
            self.worktree.mkdir()
            self.mark.write_text(self._number())
        except FileExistsError:
            raise self._foreign() from None
        except OSError as error:
            raise UnavailableError(f"{self.worktree} cannot be made: {error.strerror}") from None

    def keep_index(self) -> None:
        """Keep what `git worktree add` saw of the files, so that later only changed ones are read.

        To be called before an agent sees the worktree: from then on that index may say anything. Raises
        UnavailableError.
        """
        made = self.repository / "worktrees" / self.worktree.name / "index"
        unfinished = self.home / ".index.new"
        try:
            shutil.copy2(made, unfinished)  # with its time: a file that is not older is read again
            unfinished.replace(self.index)
        except FileNotFoundError:
            return  # all files are read then
        except OSError as error:
            raise UnavailableError(f"{self.index} cannot be made: {error.strerror}") from None

    def check_ours(self) -> None:
        """Raises RefusedError unless the worktree is the very directory intake made."""
        if not is_directory(self.worktree) or not self._is_marked():
            raise self._foreign()

    def drop_if_empty(self) -> None:
        """An empty folder holds nothing of anybody's; one made right before a crash bears no mark yet."""
        with suppress(OSError):
            self.worktree.rmdir()

    def clear(self, *, worked_in: bool) -> None:
        """Make way for a new worktree. Raises RefusedError where one is there that is not ours, or was `worked_in`."""
        self.drop_if_empty()
        if present(self.worktree):
            if worked_in:
                raise RefusedError(f"{self.worktree} holds work of an earlier attempt", "publish it or move it away")
            self.check_ours()
        self.remove_workspace()

    def remove_workspace(self) -> None:
        """Remove worktree and agent's repository; finishes what an earlier call began. Raises UnavailableError."""
        remove_at_once(self.worktree)
        remove_directory(self.repository)
        remove_file(self.index)
        remove_file(self.incoming)
        remove_file(self.mark)
        remove_file(self.home / "obeyed")

    def remove(self) -> None:
        """Remove intake's own repository as well."""
        self.remove_workspace()
        remove_directory(self.publication)

    def _is_marked(self) -> bool:
        try:
            return self.mark.read_text() == self._number()
        except OSError:
            return False

    def _number(self) -> str:
        """The directory's inode: another one under the same name has another."""
        return f"{self.worktree.lstat().st_ino}\n"

    def _foreign(self) -> RefusedError:
        return RefusedError(f"{self.worktree} is not the folder intake made", "move it away")
