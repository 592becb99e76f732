"""The words of intake's comments: one of each stage, and none of anybody else's that GitHub would act on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from issue_intake.core.attempt import Outcome, Verified
from issue_intake.core.comment import Telling, status_comment, status_marker, stopped_comment
from issue_intake.core.ledger import Cause, CauseKind, Ledger, Standing
from issue_intake.core.mirror import due, labelled, pull_comment
from issue_intake.core.model import Session, Stage
from issue_intake.core.policy import Fixes
from issue_intake.core.ports import Rule
from tests.builders import LABEL, NOW, OTHER_SHA, SHA, attempt, ended, policy, pull, reviewed, running, session

RULE = Rule(labels=(LABEL,))
VERIFIED = (
    Verified(name="make lint", exit_code=0, seconds=12.4, required=True),
    Verified(name="make `test`", exit_code=2, seconds=60, required=True),
    Verified(name="slow", exit_code=None, seconds=600, required=False),
)
LEDGER = Ledger(ci_fixes=1, rounds=2, pushed=(SHA, OTHER_SHA))
AGAIN = Cause(kind=CauseKind.REVIEW, about=("review/1",), note="2 findings of @ann")
BEFORE = ended(1, note="did what was asked; Closes #7")
REWORK = ended(2, note="renamed it", cause=AGAIN, verified=VERIFIED[:1])
BROKEN = ended(2, Outcome.FAILED, note="exit code 3 — boom", verified=VERIFIED, agent="")

SHOWN: dict[Stage, Session] = {
    Stage.QUEUED: session(
        stage=Stage.QUEUED, note="attempt 1 failed: exit code 3", attempts=(replace(BROKEN, number=1),)
    ),
    Stage.TRIAGING: session(stage=Stage.TRIAGING),
    Stage.PLANNING: session(stage=Stage.PLANNING),
    Stage.SPLITTING: session(stage=Stage.SPLITTING),
    Stage.IN_PROGRESS: running(attempts=(BEFORE, attempt(2, cause=AGAIN))),
    Stage.REVIEW: reviewed(
        attempts=(BEFORE, REWORK),
        ledger=LEDGER,
        standing=Standing(head=OTHER_SHA, since=NOW, note="ready to merge", ready=True),
    ),
    Stage.DONE: reviewed(stage=Stage.DONE, pull=pull(state="merged"), note="pull request #101 was merged"),
    Stage.BLOCKED: reviewed(
        stage=Stage.BLOCKED,
        note="3 rounds of review are used up; open: 2 findings of @ann",
        ledger=LEDGER,
        standing=Standing(head=OTHER_SHA, since=NOW, note="a reviewer is writing"),
    ),
    Stage.DEFERRED: session(stage=Stage.DEFERRED, note="not now"),
    Stage.REJECTED: session(stage=Stage.REJECTED, note="no"),
    Stage.NEEDS_HUMAN: running(stage=Stage.NEEDS_HUMAN, attempts=(BROKEN,), note="make `test` failed after attempt 2"),
    Stage.CANCELLED: reviewed(stage=Stage.CANCELLED, note="the label agent:review was taken off"),
}
LOG = "\n".join(f"\x1b[3{n % 8}mline {n}\x1b[0m" for n in range(40)) + "\n```\n@ann ghp_0123456789abcdef\n"


@pytest.mark.parametrize("stage", Stage)
def test_a_comment_of_each_stage(snapshot: SnapshotAssertion, stage: Stage) -> None:
    assert status_comment(SHOWN[stage], Telling(rule=RULE, log=LOG)) == snapshot


def test_a_pull_request_is_told_that_intake_has_stopped(snapshot: SnapshotAssertion) -> None:
    assert stopped_comment(SHOWN[Stage.BLOCKED], Telling(rule=RULE)) == snapshot


@pytest.mark.parametrize(
    ("stage", "fixes", "told"),
    [
        (Stage.BLOCKED, Fixes(rounds=2), True),
        (Stage.BLOCKED, Fixes(rounds=3), False),
        (Stage.NEEDS_HUMAN, Fixes(ci=1), True),
        (Stage.NEEDS_HUMAN, Fixes(), False),
        (Stage.REVIEW, Fixes(ci=0, rounds=0), False),
    ],
)
def test_a_pull_request_is_told_so_only_where_all_fixes_are_used_up(stage: Stage, fixes: Fixes, *, told: bool) -> None:
    shown = policy(writes="full", fixes=fixes)
    there = reviewed(stage=stage, ledger=LEDGER)
    assert bool(pull_comment(shown, there, Telling())) is told
    assert due(shown, labelled(there)).on_pull is told


words = st.one_of(
    st.text(max_size=300),
    st.text(st.sampled_from("`~@#<!->[]()\\\n\r\t \u200b\x1bagh1/*_|"), max_size=600),
    st.lists(
        st.sampled_from(
            [
                *("@octocat", "@acme/team", "Closes #12", "fixes: acme/webshop#3", "Resolves GH-4", "\u202e"),
                *("closes https://github.com/acme/webshop/issues/5", "<!-- intake:github:acme/webshop#1/status -->"),
                *("<!-- intake {} -->", "```", "~~~~", "</details>", "`" * 40, "<img src=http://x>", "\ud800"),
            ]
        ),
        max_size=40,
    ).map(" ".join),
)
_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[:\s]+(?:\S*#\d|gh-\d|https?://\S+/(?:issues|pull)/\d)", re.I
)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    verified = tuple(
        Verified(name=draw(words), exit_code=draw(st.none() | st.integers()), seconds=1.0, required=True)
        for _ in range(draw(st.sampled_from([0, 1, 30])))
    )
    cause = Cause(kind=CauseKind.REVIEW, about=("x",), note=draw(words))
    outcome = draw(st.none() | st.sampled_from(Outcome))
    said = ended(1, outcome, note=draw(words), agent=draw(words), cause=cause, verified=verified)
    return reviewed(
        stage=draw(st.sampled_from(Stage)),
        note=draw(words),
        attempts=tuple(replace(said, number=n + 1) for n in range(draw(st.sampled_from([1, 2, 15])))),
        standing=Standing(head=draw(words), since=NOW, note=draw(words)),
        ledger=Ledger(pushed=(draw(words), *(f"{n:040x}" for n in range(50)))),
    )


@settings(deadline=None, max_examples=150)
@given(sessions(), words, st.sampled_from([1, 200]), words)
def test_no_words_of_others_tell_anybody_close_anything_or_pass_for_a_mark(
    shown: Session, log: str, times: int, label: str
) -> None:
    telling = Telling(rule=Rule(labels=(f"agent:{label}",)), log="\n".join([log] * times))
    for text in (status_comment(shown, telling), stopped_comment(shown, telling)):
        assert not re.search(r"(?<![A-Za-z0-9_])@\w", text), "within a word it calls nobody"
        assert not _CLOSING.search(text)
        assert text.count("<!--") == 1
        assert len(text) < 65_536
    assert status_comment(shown, telling).startswith(status_marker(shown) + "\n")


@settings(deadline=None)
@given(words, words)
def test_words_cannot_leave_the_code_they_stand_in(note: str, log: str) -> None:
    shown = replace(SHOWN[Stage.NEEDS_HUMAN], note=note)
    text = status_comment(shown, Telling(rule=RULE, log=f"x{log}"))
    head, _, tail = text.rpartition("</summary>\n\n")
    fence, *_, last, blank, end = tail.split("\n")
    ticks = fence.removesuffix("text")
    assert (last, blank, end, set(ticks)) == (ticks, "", "</details>", {"`"})
    assert not any(re.fullmatch(rf" *[`~]{{{len(ticks)},}}\s*", line) for line in tail.split("\n")[1:-3])
    paragraph = head.split("\n\n")[2]
    if paragraph.startswith("`"):
        span = re.match(r"`+", paragraph)
        assert span is not None
        assert span[0] not in re.findall(r"`+", paragraph[len(span[0]) : -len(span[0])])


def test_a_link_that_is_no_plain_address_is_no_link() -> None:
    odd = reviewed(pull=pull(url="javascript:alert(1)"), url="https://x) [y](z/issues/1")
    text = status_comment(odd, Telling())
    assert "](" not in text
    assert "- pull request: 101 (open)" in text
