"""What GitHub does not yet show of a session, and the record of what it does. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from issue_intake.core.comment import Telling, resumed_comment, status_comment, stopped_comment
from issue_intake.core.labels import LABELS
from issue_intake.core.ledger import Mirrored
from issue_intake.core.model import Session, Stage
from issue_intake.core.names import short_hash
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import ProjectPolicy
from issue_intake.core.record import record
from issue_intake.core.review import Label
from issue_intake.core.stages import ACTIVE, OVER


@record
class Due:
    """What is to be written: the label, the comment on the issue, the one on the pull request."""

    label: bool = False
    comment: bool = False
    on_pull: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is something to write at all."""
        return self.label or self.comment or self.on_pull


def label_of(session: Session) -> Label | None:
    """The one label that the issue should bear, None for none."""
    return LABELS.get(session.stage)


def due(policy: ProjectPolicy, session: Session) -> Due:
    """What is not shown yet as `writes` asks for. A session that is over is brought up to date once."""
    sent = session.mirrored or Mirrored()
    if session.stage in OVER and sent.settled_since == session.since:
        return Due()
    match policy.writes:
        case "off":
            return Due()
        case "labels":
            return Due(label=sent.label != _name(session))
        case "full":
            return Due(
                label=sent.label != _name(session),
                comment=_has_a_tale(session) and sent.comment != _status_hash(policy, session),
                on_pull=sent.on_pull != _pull_hash(policy, session),
            )
        case _:
            assert_never(policy.writes)


def announcing(session: Session) -> Session:
    """With the label that is about to be set on record: from here on a look may find the old one, the new one, or both.

    Whatever asks for work there from here on may be intake's own, until a look has seen what became of it.
    """
    name = _name(session)
    later = (*(known for known in session.labels_next if known != name), name) if name else session.labels_next
    mirrored = replace(session.mirrored, seen=False) if session.mirrored is not None else None
    return replace(session, labels_next=later, mirrored=mirrored)


def labelled(session: Session) -> Session:
    """With the label of its stage set, or with all of them taken off.

    Where none is left there is none to be seen in place: what the latest look found is enough.
    """
    name = _name(session)
    seen = not name and session.seen_unasked
    return replace(session, mirrored=replace(_sent(session), label=name, seen=seen))


def commented(policy: ProjectPolicy, session: Session) -> Session:
    """With its comment on the issue up to date."""
    return replace(session, mirrored=replace(_sent(session), comment=_status_hash(policy, session)))


def told_on_pull(policy: ProjectPolicy, session: Session) -> Session:
    """With the comment on its pull request up to date."""
    return replace(session, mirrored=replace(_sent(session), on_pull=_pull_hash(policy, session)))


def settled(session: Session) -> Session:
    """With all on record as shown: one that is over is not looked at again."""
    if session.stage not in OVER:
        return session
    return replace(session, mirrored=replace(_sent(session), settled_since=session.since))


def pull_comment(policy: ProjectPolicy, session: Session, telling: Telling) -> str:
    """What the pull request should be told, "" for nothing: that intake has stopped, or that it goes on after all."""
    if session.pull is None or not open_pull(session):
        return ""
    if _exhausted(policy, session):
        return stopped_comment(session, telling)
    told = session.mirrored is not None and (session.mirrored.on_pull or "").startswith(f"{session.pull.number}:")
    return resumed_comment(session) if told and session.stage in ACTIVE else ""


def _exhausted(policy: ProjectPolicy, session: Session) -> bool:
    """Whether intake has stopped after as many fixes as it may make on its own."""
    ledger, most = session.ledger, policy.fixes
    if session.stage is Stage.BLOCKED:
        return ledger.rounds >= most.rounds
    used_up = ledger.ci_fixes >= most.ci or ledger.verify_fixes >= most.verify
    return session.stage is Stage.NEEDS_HUMAN and used_up


def _sent(session: Session) -> Mirrored:
    return session.mirrored or Mirrored()


def _name(session: Session) -> str:
    label = label_of(session)
    return label.name if label is not None else ""


def _has_a_tale(session: Session) -> bool:
    """Whether a comment is due at all: what was over before anything was written is of no news to anybody."""
    return session.stage not in OVER or session.mirrored is not None


def _status_hash(policy: ProjectPolicy, session: Session) -> str:
    """Tells one text from another. The log is left out: it is that of an attempt which the text names."""
    return short_hash(status_comment(session, Telling(rule=policy.rule)))


def _pull_hash(policy: ProjectPolicy, session: Session) -> str | None:
    """As `_status_hash`; what was told last where nothing is to be told now."""
    text = pull_comment(policy, session, Telling(rule=policy.rule))
    if session.pull is None or not text:
        return session.mirrored.on_pull if session.mirrored is not None else None
    return f"{session.pull.number}:{short_hash(text)}"
