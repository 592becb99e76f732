"""Who may start work: nobody on doubt, nobody by a name that only looks like another, no text that came later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.authors import Act, ActKind, Authors, Edit, History
from issue_intake.core.eligibility import UNTOLD, Reason
from issue_intake.core.ports import Rule
from issue_intake.core.trust import (
    Matter,
    People,
    Taken,
    by_author,
    by_history,
    changed_since,
    in_force,
    to_ask,
    whose_changes,
    whose_word,
)
from tests.builders import LABEL, NOW, minutes

RULE = Rule(labels=(LABEL,))
WRITES: dict[str, bool | None] = {"ann": True, "bob": True, "mallory": False, "eve": False, "dunno": None}
PEOPLE = People(authors=Authors(), writers=WRITES)
STRANGERS = ("mallory", "eve", "dunno", None)


def act(kind: ActKind, by: str | None, at: float, about: str = LABEL) -> Act:
    return Act(kind=kind, by=by, at=NOW + minutes(at), about=about)


def edit(by: str | None, at: float) -> Edit:
    return Edit(by=by, at=NOW + minutes(at))


def judged(
    *acts: Act, edits: tuple[Edit, ...] | None = (), rule: Rule | None = RULE, people: People = PEOPLE
) -> Taken | Reason:
    return by_history(people, Matter(author="mallory", rule=rule), History(acts=acts, edits=edits))


def code(verdict: Taken | Reason | None) -> str:
    return verdict.code if isinstance(verdict, Reason) else "taken"


def test_the_issue_of_somebody_with_write_access_is_taken() -> None:
    assert by_author(PEOPLE, "ann") == Taken(by_writer=True)
    assert by_author(PEOPLE, "mallory") is None
    assert by_author(PEOPLE, None) is None


def test_an_author_whose_right_could_not_be_told_is_not_taken() -> None:
    assert code(by_author(PEOPLE, "dunno")) == UNTOLD
    assert code(by_author(PEOPLE, "never-asked-about")) == UNTOLD


def test_a_trusted_login_counts_in_any_case_and_none_that_looks_like_it() -> None:
    people = People(authors=Authors(trusted=("Dependabot[bot]",)), writers={"dependabot": False, "x": False})
    assert by_author(people, "dependabot[BOT]") == Taken(by_writer=True)
    assert by_author(people, "dependabot") is None
    assert to_ask(people.authors, ["dependabot[bot]", "dependabot", "X", None]) == {"dependabot", "x"}
    for near in ("dependabot[bot]x", "xdependabot[bot]", "[bot]", "dependab0t[bot]"):
        assert not people.count(near)


def test_a_name_that_is_both_trusted_and_blocked_is_blocked() -> None:
    both = Authors(trusted=("Eve",), blocked=("eve",))
    assert (both.trusts("EVE"), both.blocks("EVE")) == (False, True)


def test_anyone_means_anyone_but_the_blocked() -> None:
    people = People(authors=Authors(anyone=True, blocked=("EVE",)), writers=WRITES)
    assert by_author(people, "mallory") == Taken(by_writer=False)
    assert by_author(people, "ann") == Taken(by_writer=True)
    assert by_author(people, "dunno") == Taken(by_writer=None)
    assert by_author(people, None) == Taken(by_writer=False)
    assert code(by_author(people, "Eve")) == "author_blocked"


@given(
    login=st.sampled_from(["ann", "ANN", "Ann"]),
    anyone=st.booleans(),
    trusted=st.sampled_from([(), ("ann",)]),
    writes=st.sampled_from([True, None]),
)
def test_a_blocked_login_counts_for_nothing_whatever_else_is_said(
    *, login: str, anyone: bool, trusted: tuple[str, ...], writes: bool | None
) -> None:
    people = People(authors=Authors(anyone=anyone, trusted=trusted, blocked=("aNN",)), writers={"ann": writes})
    assert code(by_author(people, login)) == "author_blocked"
    assert people.count(login) is False
    assert code(judged(act("labeled", login, 0), people=people)) == "stranger"
    assert code(judged(act("labeled", "bob", 0), edits=(edit(login, 1),), people=_with_bob(people))) == "changed"
    assert to_ask(people.authors, [login]) == frozenset()


def _with_bob(people: People) -> People:
    return People(authors=people.authors, writers={**people.writers, "bob": True})


def test_a_strangers_issue_is_taken_when_a_writer_set_the_label() -> None:
    assert judged(act("labeled", "ann", 0)) == Taken(by_writer=False, vouched_at=NOW)


@pytest.mark.parametrize("by", ["mallory", "eve", None])
def test_a_label_that_a_stranger_or_a_template_set_is_nothing(by: str | None) -> None:
    assert code(judged(act("labeled", by, 0))) == "stranger"


def test_the_latest_application_that_is_still_in_force_counts() -> None:
    set_by_ann = act("labeled", "ann", 0, LABEL.upper())
    assert code(judged(set_by_ann, act("unlabeled", "ann", 1), act("labeled", "eve", 2))) == "stranger"
    assert code(judged(set_by_ann, act("unlabeled", "eve", 1))) == "stranger"
    anew = judged(act("labeled", "eve", 0), act("unlabeled", "ann", 1), act("labeled", "bob", 2))
    assert anew == Taken(by_writer=False, vouched_at=NOW + minutes(2))
    assert judged(act("labeled", "bob", 2), act("labeled", "eve", 0), act("unlabeled", "ann", 1)) == anew, "any order"
    assert code(judged(act("labeled", "ann", 0, "other"))) == "stranger"


def test_of_several_labels_the_one_that_made_the_rule_hold_counts() -> None:
    both = Rule(labels=("ready", "agreed"))
    first, second = act("labeled", "ann", 0, "ready"), act("labeled", "eve", 1, "agreed")
    assert code(judged(first, second, rule=both)) == "stranger"
    assert code(judged(second, act("labeled", "ann", 2, "ready"), rule=both)) == "taken"
    assert code(judged(first, rule=both)) == "stranger", "nobody knows who set the other"
    assert code(judged(act("labeled", "ann", 0, "ready"), act("labeled", "eve", 0, "agreed"), rule=both)) == "stranger"


def test_who_assigned_it_counts_where_the_rule_asks_for_that() -> None:
    rule = Rule(assignee="Octocat")
    assert code(judged(act("assigned", "ann", 0, "octocat"), rule=rule)) == "taken"
    assert code(judged(act("assigned", "eve", 0, "octocat"), rule=rule)) == "stranger"
    assert code(judged(act("assigned", "ann", 0, "hubot"), rule=rule)) == "stranger"
    gone = judged(act("assigned", "ann", 0, "octocat"), act("unassigned", "ann", 1, "octocat"), rule=rule)
    assert code(gone) == "stranger"
    either = judged(act("assigned", "eve", 0, "x"), act("assigned", "ann", 1, "y"), rule=Rule(assignee="*"))
    assert either == Taken(by_writer=False, vouched_at=NOW + minutes(1))
    assert code(judged(rule=Rule(assignee="*"))) == "stranger"


@pytest.mark.parametrize("rule", [None, Rule(query="is:open"), Rule(assignee="none"), Rule(exclude_labels=("wip",))])
def test_a_rule_with_nothing_to_apply_takes_no_strangers_issue(rule: Rule | None) -> None:
    assert code(judged(act("labeled", "ann", 0), act("assigned", "ann", 0, "ann"), rule=rule)) == "stranger"


def test_somebody_whose_right_could_not_be_told_vouches_for_nothing() -> None:
    assert code(judged(act("labeled", "dunno", 0))) == UNTOLD
    assert code(judged(act("labeled", "ann", 0), edits=(edit("dunno", 1),))) == UNTOLD


def test_text_that_came_after_the_label_is_not_taken_until_it_is_set_anew() -> None:
    label, renamed = act("labeled", "ann", 0), act("renamed", "mallory", 1, "")
    assert code(judged(label, renamed)) == "changed"
    assert code(judged(label, edits=(edit("mallory", 0),))) == "changed", "the same second is later"
    assert code(judged(label, edits=(edit(None, 1),))) == "changed", "an unknown editor is a stranger"
    assert code(judged(label, act("renamed", "bob", 1, ""), edits=(edit("ann", 1), edit("mallory", -1)))) == "taken"
    anew = judged(label, renamed, act("unlabeled", "ann", 2), act("labeled", "ann", 3), edits=(edit("mallory", 1),))
    assert anew == Taken(by_writer=False, vouched_at=NOW + minutes(3))


def test_without_a_record_of_edits_no_strangers_issue_is_taken() -> None:
    assert code(judged(act("labeled", "ann", 0), edits=None)) == "no_edits"
    assert code(judged(act("labeled", "eve", 0), edits=None)) == "stranger"


def test_what_was_asked_for_after_a_moment_counts_no_more_and_what_was_changed_does() -> None:
    matter = Matter(author="mallory", rule=RULE, until=NOW + minutes(5))
    own = (act("labeled", "ann", 0), act("unlabeled", "intake", 6), act("labeled", "intake", 7))
    people = People(authors=Authors(), writers={"ann": True, "intake": True, "mallory": False})
    assert by_history(people, matter, History(acts=own)) == Taken(by_writer=False, vouched_at=NOW)
    assert code(by_history(people, matter, History(acts=own, edits=(edit("mallory", 9),)))) == "changed"


def test_those_alone_are_asked_about_whose_word_counts() -> None:
    matter = Matter(author="mallory", rule=RULE)
    acts = (act("labeled", "ann", 0), act("labeled", "eve", 1, "bug"), act("renamed", "bob", 2, ""))
    history = History(acts=acts, edits=(edit("mallory", -1), edit("carl", 3), edit(None, 4)))
    assert whose_word(matter, history) == {"ann", "bob", "carl", None}
    assert whose_changes(history, NOW + minutes(3)) == {"carl", None}
    assert whose_word(Matter(author="mallory", rule=None), history) == frozenset()


def test_reasons_say_who_and_name_the_cure_in_one_line() -> None:
    odd = "eve\x1b[31m\n"
    people = People(authors=Authors(), writers={odd: False})
    ghost = by_history(people, Matter(author=None, rule=RULE), History(acts=(act("labeled", odd, 0),)))
    assert isinstance(ghost, Reason)
    assert ghost.sentence.startswith("its author somebody unknown has no write access, nor has eve, who set the label")
    assigned = judged(act("assigned", "mallory", 0, "ann"), rule=Rule(assignee="ann"))
    assert isinstance(assigned, Reason)
    assert assigned.sentence == (
        "its author mallory has no write access and assigned it to ann"
        " (somebody who has takes that back and does it anew)"
    )
    changed = changed_since(PEOPLE, History(edits=(edit("eve", 3),)), NOW, again="ask again")
    assert changed == Reason(
        "changed",
        "eve, who has no write access, changed its body at 2026-03-04 12:03 UTC, after it was asked for"
        " (look at it, then ask again)",
    )


MOMENTS = st.integers(0, 6).map(lambda minute: NOW + timedelta(minutes=minute))
ANYBODY = st.sampled_from(["ann", "bob", "mallory", "eve", "dunno", None])
ACTS = st.builds(
    Act,
    kind=st.sampled_from(["labeled", "unlabeled", "assigned", "unassigned", "renamed"]),
    by=ANYBODY,
    at=MOMENTS,
    about=st.sampled_from([LABEL, LABEL.upper(), "other", "ann"]),
)
EDITS = st.lists(st.builds(Edit, by=ANYBODY, at=MOMENTS), max_size=4).map(tuple)
RULES = st.sampled_from(
    [RULE, Rule(labels=(LABEL, "other")), Rule(assignee="ann"), Rule(assignee="*", labels=(LABEL,))]
)


@given(st.lists(ACTS, max_size=8), EDITS, RULES)
def test_no_history_whatever_lets_a_strangers_later_text_through(
    acts: list[Act], edits: tuple[Edit, ...], rule: Rule
) -> None:
    verdict = judged(*acts, edits=edits, rule=rule)
    if isinstance(verdict, Reason):
        return
    moment = _moment(verdict)
    applied = [one for one in acts if one.at == moment and one.kind in {"labeled", "assigned"}]
    assert any(one.by in {"ann", "bob"} for one in applied)
    later = [one.by for one in acts if one.kind == "renamed" and one.at >= moment]
    later += [one.by for one in edits if one.at >= moment]
    assert set(later) <= {"ann", "bob"}
    latest = [one for one in in_force(acts).values() if one.about.casefold() in {n.casefold() for n in rule.labels}]
    assert all(one.at <= moment for one in latest if one.kind == "labeled")


def _moment(taken: Taken) -> datetime:
    assert taken.by_writer is False
    assert taken.vouched_at is not None
    return taken.vouched_at


@given(st.lists(ACTS, max_size=8), EDITS, RULES)
def test_where_only_strangers_acted_nothing_is_taken(acts: list[Act], edits: tuple[Edit, ...], rule: Rule) -> None:
    theirs = [one for one in acts if one.by in STRANGERS]
    assert isinstance(judged(*theirs, edits=edits, rule=rule), Reason)


def test_a_public_repository_needs_a_sandbox_or_a_word_for_anyone() -> None:
    assert Authors(anyone=True).private_only(sandboxed=False)
    assert not Authors(anyone=True).private_only(sandboxed=True)
    assert not Authors(anyone=True, risk_understood=True).private_only(sandboxed=False)
    assert not Authors().private_only(sandboxed=False)
