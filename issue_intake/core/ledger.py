"""What a session remembers of its pull request: what was seen, what was reacted to, so that nothing is twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from issue_intake.core.record import record


class CauseKind(StrEnum):
    """Why a coder works on something again."""

    CHECKS = "checks"
    REVIEW = "review"
    CONFLICT = "conflict"
    VERIFY = "verify"


@record
class Cause:
    """Why a coder works again. `about`: what it answers, in the ledger's words; `note`: for people."""

    kind: CauseKind
    about: tuple[str, ...]
    note: str


@record
class Standing:
    """How the pull request stood when last looked at. `since`: when this head was first seen; `note`: for people."""

    head: str
    since: datetime
    note: str = ""
    ready: bool = False


@record
class SeenThreads:
    """The latest answer about review threads, and for which state of the pull request it was given.

    `told`: the server can tell which are resolved; otherwise none is taken for it.
    """

    of: str
    at: datetime
    resolved: tuple[int, ...] = ()
    told: bool = True


@record
class Ledger:
    """What was done about one pull request. Pushes of intake's own reset nothing of it; a person who asks again does.

    `answered`: all that was reacted to, as `review/12`, `checks/<head>`, `conflict/<head>:<base>`. `pushed`: every
    commit of intake's that was on the branch; `merges`: of those, merges of the base, each with what it was made on.
    `quiet_until`: checks are run again, and say nothing before. `refusals`: how often GitHub refused to merge the head
    `refused`.
    """

    ci_fixes: int = 0
    rounds: int = 0
    verify_fixes: int = 0
    answered: tuple[str, ...] = ()
    pushed: tuple[str, ...] = ()
    merges: Mapping[str, str] = field(default_factory=dict)
    quiet_until: datetime | None = None
    refusals: int = 0
    refused: str | None = None
    threads: SeenThreads | None = None

    def answering(self, *about: str) -> Ledger:
        """With these reacted to as well."""
        return replace(self, answered=tuple(dict.fromkeys((*self.answered, *about))))

    def with_push(self, sha: str) -> Ledger:
        """With one more commit of intake's own on the branch."""
        return replace(self, pushed=tuple(dict.fromkeys((*self.pushed, sha))))

    def taking_on(self, cause: Cause) -> Ledger:
        """With the cause reacted to, and counted; one that is tried once more after a bad end is not counted again."""
        if set(cause.about) <= set(self.answered):
            return self
        return self._counted(cause.kind, 1).answering(*cause.about)

    def giving_back(self, cause: Cause) -> Ledger:
        """As if it had never been taken on: nothing was started for it."""
        left = tuple(about for about in self.answered if about not in cause.about)
        return replace(self._counted(cause.kind, -1), answered=left)

    def _counted(self, kind: CauseKind, by: int) -> Ledger:
        match kind:
            case CauseKind.CHECKS:
                return replace(self, ci_fixes=self.ci_fixes + by)
            case CauseKind.REVIEW:
                return replace(self, rounds=self.rounds + by)
            case CauseKind.VERIFY:
                return replace(self, verify_fixes=self.verify_fixes + by)
            case CauseKind.CONFLICT:
                return self
            case _:
                assert_never(kind)

    def covered(self, head: str) -> frozenset[str]:
        """The commits whose approval holds for `head`: itself, and what merges of the base were made on."""
        found = {head}
        while (earlier := self.merges.get(head)) is not None and earlier not in found:
            found.add(earlier)
            head = earlier
        return frozenset(found)

    def renewed(self) -> Ledger:
        """A person asked again: nothing was reacted to yet; what is on the branch, and was shown of it, stays known."""
        shown = tuple(about for about in self.answered if about.startswith("guarded/"))
        return Ledger(answered=shown, pushed=self.pushed, merges=self.merges, threads=self.threads)


@record
class Mirrored:
    """What was last written on the issue and on its pull request, so that nothing is written twice.

    `label`: its name, "" where all were taken off, None where none of ours stands. `seen`: a look since then found the
    issue without a label that asks for work. `comment` and `on_pull`: hashes of what the comments say, the latter after
    the pull request's number. `settled_since`: the `since` of a stage in which all is said.
    """

    label: str | None = None
    seen: bool = False
    comment: str | None = None
    on_pull: str | None = None
    settled_since: datetime | None = None
