"""Where everything lies. One home, one object; every path made from outside text lies under its root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from issue_intake.core.record import record


@record
class Paths:
    """The files of one installation. `home` holds the memory, `worktrees` what agents work in."""

    config: Path
    home: Path
    worktrees: Path

    @property
    def state(self) -> Path:
        """The memory."""
        return self.home / "state.json"

    @property
    def lock(self) -> Path:
        """Held by a tick."""
        return self.home / "lock"

    @property
    def requests(self) -> Path:
        """What a person asked since the last tick: `<id>.json`."""
        return self.home / "requests"

    @property
    def sessions(self) -> Path:
        """Records of sessions and attempts: `<slug>/<n>/<attempt>/`."""
        return self.home / "sessions"

    @property
    def repos(self) -> Path:
        """Clean clones."""
        return self.home / "repos"

    @property
    def cache(self) -> Path:
        """May be deleted at any time."""
        return self.home / "cache"

    @property
    def log(self) -> Path:
        """One line per action and per poll."""
        return self.home / "logs" / "intake.log"

    def moved(self, worktrees: Path | None) -> Paths:
        """The same home with the worktrees elsewhere, None for where they are."""
        return replace(self, worktrees=worktrees) if worktrees else self

    def session(self, slug: str, number: int) -> Path:
        """The folder of one session's records."""
        return self.sessions / slug / str(number)

    def attempt(self, slug: str, number: int, attempt: int) -> Path:
        """The folder of one attempt's records."""
        return self.session(slug, number) / str(attempt)

    def worktree(self, slug: str, number: int) -> Path:
        """The session's worktree."""
        return self.worktrees / slug / f"issue-{number}"

    def clone(self, slug: str) -> Path:
        """The project's clean clone."""
        return self.repos / f"{slug}.git"

    def first_copy(self, slug: str) -> Path:
        """What exists only while the clone is being made."""
        return self.repos / f".{slug}.clone"


def locate(environ: Mapping[str, str], *, home: Path | None = None, config: Path | None = None) -> Paths:
    """The paths that `--home` / INTAKE_HOME and `--config` ask for, else the usual ones below the user's home."""
    root = home or (Path(environ["INTAKE_HOME"]) if environ.get("INTAKE_HOME") else None)
    if root is not None:
        base = root.expanduser().absolute()
        return Paths(config=_absolute(config) or base / "config.yaml", home=base, worktrees=base / "worktrees")
    user = Path.home()
    return Paths(
        config=_absolute(config) or user / ".config" / "intake" / "config.yaml",
        home=user / ".local" / "state" / "intake",
        worktrees=user / "intake",
    )


def _absolute(path: Path | None) -> Path | None:
    return path.expanduser().absolute() if path else None
