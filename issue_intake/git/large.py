"""git-lfs, run by intake's configuration alone: no file of a worktree's says where objects go, or who is told what."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from issue_intake.core.record import record
from issue_intake.errors import UnavailableError
from issue_intake.git.fault import GitError
from issue_intake.git.lfs import kept_here
from issue_intake.git.program import Git
from issue_intake.git.remote import Remote

# Run in intake's own bare repository, git-lfs finds no .lfsconfig: that of a worktree is anybody's word.
_ALONE = 'unset GIT_WORK_TREE GIT_INDEX_FILE GIT_CONFIG_PARAMETERS; cd "$GIT_DIR" && exec git-lfs '
_AGENTS = """\
[filter "lfs"]
\tclean = git-lfs clean -- %f
\tsmudge = git-lfs smudge --skip -- %f
\tprocess = git-lfs filter-process --skip
\trequired = true
[lfs]
\tlocksverify = false
"""

FILTER = (
    *("-c", f"filter.lfs.clean={_ALONE}clean"),
    *("-c", f"filter.lfs.smudge={_ALONE}smudge"),
    *("-c", f"filter.lfs.process={_ALONE}filter-process"),
    *("-c", "filter.lfs.required=true"),
)


def smudging(repository: Path, storage: Path) -> tuple[str, ...]:
    """Options with which git fills a worktree of `repository` with the large files below `storage`.

    Nobody is asked for others.
    """
    folder = shlex.quote(os.fspath(repository))
    process = f"unset GIT_WORK_TREE GIT_INDEX_FILE; cd {folder} && GIT_DIR={folder} exec git-lfs filter-process"
    settings = {"lfs.storage": os.fspath(storage), "lfs.url": "file:///dev/null", "filter.lfs.process": process}
    return tuple(part for key, value in settings.items() for part in ("-c", f"{key}={value}"))


def check_installed(git: Git) -> None:
    """Raises UnavailableError where git-lfs is missing."""
    try:
        git.local(Path(os.devnull), "lfs", "version")
    except GitError:
        raise UnavailableError("git-lfs is missing", "install the package git-lfs") from None


@record
class LargeFiles:
    """The objects of one remote, which are kept beside its repository. All methods raise GitError."""

    remote: Remote

    def fetch(self, repository: Path, storage: Path, commit: str) -> None:
        """Have all objects that `commit` of a bare repository without a branch names below `storage`."""
        self._run(repository, storage, "fetch", "origin", commit)

    def push(self, repository: Path, pointers: Iterable[bytes]) -> None:
        """Upload what these pointers name, as far as it was made here: the rest is the server's already."""
        storage = repository / "lfs"
        here = sorted({file.name for pointer in pointers if (file := kept_here(repository, pointer))})
        for first in range(0, len(here), 100):
            self._run(repository, storage, "push", "--object-id", "origin", *here[first : first + 100])

    def _run(self, repository: Path, storage: Path, *arguments: str) -> None:
        url = self.address
        settings = {
            "remote.origin.url": self.remote.url,
            "lfs.url": url,
            "lfs.pushurl": url,
            "lfs.storage": os.fspath(storage),
            "lfs.basictransfersonly": "true",
            "lfs.locksverify": "false",
            "lfs.fetchinclude": "",
            "lfs.fetchexclude": "",
        }
        options = (part for key, value in settings.items() for part in ("-c", f"{key}={value}"))
        self.remote.run(repository, *options, "lfs", *arguments)

    @property
    def address(self) -> str:
        """Where the remote keeps the objects of its repository, as git-lfs itself would find it."""
        url = self.remote.url.rstrip("/")
        if not re.match(r"https?://", url):
            return url
        return f"{url.removesuffix('.git')}.git/info/lfs"


def serve_agent(repository: Path) -> None:
    """Let the agent's git tell changed large files from others; what it brings in stays a pointer.

    Raises UnavailableError.
    """
    try:
        with (repository / "config").open("a") as config:
            config.write(_AGENTS)
    except OSError as error:
        raise UnavailableError(f"{repository} cannot be made: {error.strerror}") from None
