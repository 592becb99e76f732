"""What a commit would bring to the remote, how much that may be, and what may be said of it. Frozen, plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from issue_intake.core.record import record

# What a commit changes beyond this is counted, not looked at.
PATHS_LIMIT = 10_000
_REASONS_SHOWN = 5
_PATHS_SHOWN = 3


@record
class Extent:
    """How much a pull request may change: paths, their bytes together, the bytes of one file."""

    max_files: int = 100
    max_bytes: int = 4_000_000
    max_file: int = 1_000_000


@record
class Outgoing:
    """A path that differs from the base. `kind`: what it is now; a submodule also where it was one.

    `shown`: the path, fit for a message. `size` and `before`: bytes of the file here and on the base. `moved`: its
    content is elsewhere in the commit now. `mark` is another one for other content.
    """

    path: str
    shown: str
    kind: Literal["file", "link", "submodule", "gone"]
    size: int = 0
    before: int = 0
    moved: bool = False
    mark: str = ""


@record
class Secret:
    """A secret that the base does not hold; its value is nowhere in this. `line` 0: the place has none."""

    where: str
    kind: str
    line: int = 0


@record
class Leaving:
    """What a commit holds beyond the base. `paths` is empty where there are more than PATHS_LIMIT.

    `links`: all links in the commit with their targets, if it changes anything. They and `secrets` are not looked for
    where it is too much anyway.
    """

    count: int = 0
    paths: tuple[Outgoing, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()


@record
class Guarded:
    """Protected paths are changed: a person has to look. `mark` is another one for other changes of them."""

    mark: str
    paths: tuple[str, ...]

    @property
    def about(self) -> str:
        """What a ledger calls it."""
        return f"guarded/{self.mark}"

    @property
    def sentence(self) -> str:
        """What a person reads."""
        more = len(self.paths) - _PATHS_SHOWN
        named = ", ".join(self.paths[:_PATHS_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"it changes protected paths: {named}"


@record(kw_only=False)
class Barred:
    """The commit must not leave, for these reasons."""

    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What a person reads."""
        more = len(self.reasons) - _REASONS_SHOWN
        return "; ".join(self.reasons[:_REASONS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
