"""Whether an issue may be worked on, judged by who wrote it, who asked for it, and who changed it since. Pure.

Nothing that could not be told counts as a yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from issue_intake.core.authors import Act, Authors, History
from issue_intake.core.eligibility import UNTOLD, Reason
from issue_intake.core.ports import Rule
from issue_intake.core.record import record
from issue_intake.core.text import one_line

AGAIN = "set the label, or assign it, anew"
"""How a person vouches for an issue that has no session."""

_ANEW = "somebody who has takes that back and does it anew"
_APPLY = {"labeled", "assigned"}
_TAKE_BACK = {"unlabeled": "labeled", "unassigned": "assigned"}


@record
class Taken:
    """It may be worked on. `by_writer` and `vouched_at` as in a session."""

    by_writer: bool | None
    vouched_at: datetime | None = None


@record
class People:
    """Whose word counts. `writers`: what is known of logins, folded: True, False, None for what could not be told."""

    authors: Authors
    writers: Mapping[str, bool | None]

    def count(self, login: str | None) -> bool | None:
        """Whether the login may start work; an unknown one may not."""
        if login is None or self.authors.blocks(login):
            return False
        return True if self.authors.trusts(login) else self.writers.get(login.casefold())


@record
class Matter:
    """An issue that is judged: its author, and the project's rule.

    `until`: who asked for it later does not count. `again`: how a person asks for it anew.
    """

    author: str | None
    rule: Rule | None
    until: datetime | None = None
    again: str = AGAIN


def to_ask(authors: Authors, logins: Iterable[str | None]) -> frozenset[str]:
    """Those of `logins` of whom the configuration does not say it all, folded."""
    known = (login for login in logins if login is not None)
    return frozenset(login.casefold() for login in known if not (authors.blocks(login) or authors.trusts(login)))


def by_author(people: People, author: str | None) -> Taken | Reason | None:
    """What the author alone decides; None for a stranger, whose issue somebody else has to ask for."""
    if people.authors.blocks(author):
        return Reason("author_blocked", f"its author {_name(author)} is blocked (intake.blocked)")
    counts = people.count(author)
    if counts or people.authors.anyone:
        return Taken(by_writer=counts)
    if counts is None:
        return Reason(UNTOLD, f"could not be told whether its author {_name(author)} has write access (may the token?)")
    return None


def whose_word(matter: Matter, history: History) -> frozenset[str | None]:
    """The logins on whose rights the verdict on a stranger's issue hangs."""
    acts = _vouching(matter, history)
    if isinstance(acts, Reason):
        return frozenset()
    return frozenset(act.by for act in acts) | whose_changes(history, acts[0].at)


def by_history(people: People, matter: Matter, history: History) -> Taken | Reason:
    """The verdict on a stranger's issue, from who asked for it by the rule, and who changed its text since."""
    acts = _vouching(matter, history)
    if isinstance(acts, Reason):
        return acts
    refused = next((reason for act in acts if (reason := _not_by_writer(people, matter, act)) is not None), None)
    moment = acts[0].at
    refused = refused or changed_since(people, history, moment, again=matter.again)
    return refused or Taken(by_writer=False, vouched_at=moment)


def _vouching(matter: Matter, history: History) -> tuple[Act, ...] | Reason:
    """The acts that made the rule hold: the latest of those still in force, several where they came together."""
    rule, stranger = matter.rule, _stranger(matter.author)
    if rule is None or not (rule.labels or _assigned(rule)):
        cure = "add a label to the rule, or the author to intake.trusted"
        return Reason("stranger", f"{stranger}, and the rule has nothing by which others could ask for it ({cure})")
    found = in_force(act for act in history.acts if matter.until is None or act.at <= matter.until)
    wanted = [found.get(("labeled", label.casefold())) for label in rule.labels]
    wanted += [_assignment(rule, found)] if _assigned(rule) else []
    acts = [act for act in wanted if act is not None]
    if len(acts) < len(wanted):
        what = f"set the label {one_line(rule.labels[0], 50)}" if rule.labels else "assigned it"
        return Reason("stranger", f"{stranger}, and nobody is on record as having {what} ({_ANEW})")
    latest = max(act.at for act in acts)
    return tuple(act for act in acts if act.at == latest)


def _not_by_writer(people: People, matter: Matter, act: Act) -> Reason | None:
    counts = people.count(act.by)
    if counts is None:
        return Reason(UNTOLD, f"could not be told whether {_name(act.by)}, who {_did(act)}, has write access")
    if counts:
        return None
    if act.by == matter.author:
        return Reason("stranger", f"{_stranger(matter.author)} and {_did(act)} ({_ANEW})")
    return Reason("stranger", f"{_stranger(matter.author)}, nor has {_name(act.by)}, who {_did(act)} ({_ANEW})")


def changed_since(people: People, history: History, moment: datetime, *, again: str) -> Reason | None:
    """Why the text is not the one that was vouched for at `moment`; None if it is. The same second is later."""
    if history.edits is None:
        sentence = "its author has no write access, and the server cannot tell who changed its body (no GraphQL)"
        return Reason("no_edits", f"{sentence}; copy it into an issue of your own, or add the author to intake.trusted")
    for what, by, at in _changes(history, moment):
        counts = people.count(by)
        if counts is None:
            return Reason(UNTOLD, f"could not be told whether {_name(by)}, who changed its {what}, has write access")
        if not counts:
            sentence = f"{_name(by)}, who has no write access, changed its {what} at {at:%Y-%m-%d %H:%M} UTC"
            return Reason("changed", f"{sentence}, after it was asked for (look at it, then {again})")
    return None


def whose_changes(history: History, moment: datetime) -> frozenset[str | None]:
    """Who changed the text since."""
    return frozenset(by for _, by, _ in _changes(history, moment))


def in_force(acts: Iterable[Act]) -> dict[tuple[str, str], Act]:
    """The latest application of each label and assignee that was not taken back since."""
    found: dict[tuple[str, str], Act] = {}
    for act in sorted(acts, key=lambda act: act.at):
        name = act.about.casefold()
        if act.kind in _APPLY:
            found[act.kind, name] = act
        elif act.kind in _TAKE_BACK:
            found.pop((_TAKE_BACK[act.kind], name), None)
    return found


def _changes(history: History, moment: datetime) -> Iterator[tuple[str, str | None, datetime]]:
    yield from (("title", act.by, act.at) for act in history.acts if act.kind == "renamed" and act.at >= moment)
    yield from (("body", edit.by, edit.at) for edit in history.edits or () if edit.at >= moment)


def _assigned(rule: Rule) -> bool:
    """Whether somebody has to be assigned for the rule to hold."""
    return rule.assignee not in {None, "none"}


def _assignment(rule: Rule, found: Mapping[tuple[str, str], Act]) -> Act | None:
    """The act that counts for the rule's assignee."""
    if rule.assignee != "*":
        return found.get(("assigned", (rule.assignee or "").casefold()))
    assigned = [act for (kind, _), act in found.items() if kind == "assigned"]
    return max(assigned, key=lambda act: act.at, default=None)


def _stranger(author: str | None) -> str:
    return f"its author {_name(author)} has no write access"


def _did(act: Act) -> str:
    about = one_line(act.about, 50)
    return f"set the label {about}" if act.kind == "labeled" else f"assigned it to {about}"


def _name(login: str | None) -> str:
    return one_line(login, 40) if login else "somebody unknown"
