"""One worker of a session, how it ended, and what judged its work. Frozen, plain, free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from issue_intake.core.cost import Cost, Told, cost_of
from issue_intake.core.ledger import Cause
from issue_intake.core.record import record


class Role(StrEnum):
    """What an attempt's worker was started for."""

    CODER = "coder"
    TRIAGER = "triager"
    PLANNER = "planner"
    SPLITTER = "splitter"
    DEBUGGER = "debugger"
    REVIEWER = "reviewer"


class Outcome(StrEnum):
    """How an attempt ended; exactly one each."""

    DONE = "done"
    NO_CHANGES = "no_changes"
    BLOCKED = "blocked"
    FAILED = "failed"
    TIMEOUT = "timeout"
    STALLED = "stalled"
    CRASHED = "crashed"
    CANCELLED = "cancelled"
    QUOTA = "quota"
    SETUP_FAILED = "setup_failed"


@record
class Verified:
    """How a command of the project's own judged the work. `exit_code` None: it was ended, or could not be started.

    `tail`: the last 50 lines it wrote, cleaned.
    """

    name: str
    exit_code: int | None
    seconds: float
    required: bool
    tail: str = ""

    @property
    def passed(self) -> bool:
        """Whether it found nothing wrong."""
        return self.exit_code == 0


def refusing(verified: tuple[Verified, ...]) -> tuple[str, ...]:
    """The names of those that had to pass and did not."""
    return tuple(each.name for each in verified if each.required and not each.passed)


@record
class End:
    """What is known of an attempt that ended, read from its records.

    `outcome` None: the agent exited with 0 and said nothing, so the tree decides between `done` and
    `no_changes`. `summary` is the agent's own word, one cleaned line or a few; `last_line` the last of its output.
    `error` is the seam's sentence for a bad end ("exit code 3", "no output for 20m").
    `cost_usd`, or `cost_other` in another currency, and `tokens` are None where the agent does not tell them;
    `whole_conversation`: it tells those of the conversation from its beginning, not of this attempt.
    """

    outcome: Outcome | None
    ended_at: datetime
    started_at: datetime | None = None
    summary: str = ""
    pr_title: str = ""
    pr_body: str = ""
    blockers: tuple[str, ...] = ()
    error: str = ""
    last_line: str = ""
    hook_done: bool = False
    conversation: str | None = None
    cost_usd: float | None = None
    cost_other: Cost | None = None
    tokens: int | None = None
    whole_conversation: bool = False
    quota_until: datetime | None = None
    verified: tuple[Verified, ...] = ()


@record
class Attempt:
    """One worker of a session. `handle` is the worker seam's own plain JSON, None until it was started.

    `takes`: a commit that the worker brings into the worktree before the agent begins: a merge of intake's own, or
    the base itself where that conflicts. `resumed`: it goes on with the agent's own earlier conversation.

    `chosen_by`: the labels that chose its agent, or how that is set up; none for the project's own. `conflicting`:
    those for which no other was chosen. `setup`: tells ways apart in which the agent is set up (model, arguments, …).

    `cost_usd`, or `cost_other` in another currency, and `tokens` are its own, None where they are not known. `told`:
    what the agent told of the whole conversation at its end, None where it tells of each attempt alone.
    """

    number: int
    role: Role
    agent: str
    claimed_at: datetime
    handle: Mapping[str, str | int] | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    counted: bool = False
    probe: bool = False
    takes: str | None = None
    cause: Cause | None = None
    resumed: bool = False
    note: str = ""
    stop_asked: bool = False
    unknown_since: datetime | None = None
    conversation: str | None = None
    cost_usd: float | None = None
    cost_other: Cost | None = None
    tokens: int | None = None
    told: Told | None = None
    verified: tuple[Verified, ...] = ()
    chosen_by: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()
    setup: str = ""

    @property
    def cost(self) -> Cost | None:
        """What it cost in its agent's own currency, None where that is not known."""
        return cost_of(self.cost_usd, self.cost_other)

    @property
    def open(self) -> bool:
        """Whether its worker is, or may be, at work: no end is on record."""
        return self.ended_at is None
