"""The labels that show where a session stands."""

from __future__ import annotations

from issue_intake.core.model import Stage
from issue_intake.core.ports import Rule
from issue_intake.core.review import Label

PREFIX = "agent:"

_LOOKS: dict[Stage, tuple[str, str]] = {
    Stage.QUEUED: ("0e8a16", "Taken on by intake, or asked of it: waits for its next attempt"),
    Stage.TRIAGING: ("1d76db", "intake: an agent finds out what is wanted"),
    Stage.IN_PROGRESS: ("fbca04", "intake: an agent is at work on it"),
    Stage.SPLITTING: ("5319e7", "intake: an agent splits it into smaller issues"),
    Stage.PLANNING: ("c5def5", "intake: an agent plans the work"),
    Stage.REVIEW: ("fbca04", "intake: a pull request waits for its checks or for a person"),
    Stage.DONE: ("0e8a16", "intake: its pull request was merged"),
    Stage.BLOCKED: ("d73a4a", "intake: cannot go on; its comment or status says why"),
    Stage.DEFERRED: ("e4e669", "intake: not now"),
    Stage.REJECTED: ("cfd3d7", "intake: will not be worked on"),
    Stage.NEEDS_HUMAN: ("d876e3", "intake: only a person can go on"),
}

LABELS: dict[Stage, Label] = {
    stage: Label(name=PREFIX + stage.value.replace("_", "-"), colour=colour, description=description)
    for stage, (colour, description) in _LOOKS.items()
}
"""The label of each stage; a cancelled session shows none."""

NAMES = tuple(label.name for label in LABELS.values())


def family(rule: Rule | None) -> tuple[str, ...]:
    """All labels of which an issue bears one at most: those of the stages, and the rule's that look like them."""
    return tuple(dict.fromkeys((*NAMES, *_of_the_rule(rule))))


def asking(rule: Rule | None) -> tuple[str, ...]:
    """The labels by which a person asks for work: the rule's that are like intake's own, else that of the queue."""
    return _of_the_rule(rule) or (LABELS[Stage.QUEUED].name,)


def _of_the_rule(rule: Rule | None) -> tuple[str, ...]:
    return tuple(label for label in rule.labels if is_ours(label)) if rule is not None else ()


def is_ours(label: str) -> bool:
    """Whether the label looks like one of intake's own."""
    return label.casefold().startswith(PREFIX)
