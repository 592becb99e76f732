"""The selector: never above a limit, never a key twice, nothing on doubt, no matter the order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.eligibility import Reason
from issue_intake.core.model import AgentRest, Issue, Poll, Session, Stage
from issue_intake.core.names import issue_key
from issue_intake.core.plan import open_pull
from issue_intake.core.policy import Limits, ProjectPolicy
from issue_intake.core.queue import Bounds, Polled, Selection, select
from issue_intake.core.stages import RUNNING
from tests.builders import NOW, attempt, ended, issue, minutes, policy, pull, reviewed, running, session

ROOMY = Bounds(limits=Limits(running=100, starts_per_day=100))


def _polled(*issues: Issue, project: ProjectPolicy | None = None, repo_id: int = 7) -> Polled:
    return Polled(policy=project or policy(), repo_id=repo_id, poll=Poll(issues=issues))


def _select(polled: list[Polled], *sessions: Session, bounds: Bounds = ROOMY) -> Selection:
    return select(NOW, polled, {s.key: s for s in sessions}, bounds)


def _codes(selection: Selection) -> dict[str, str]:
    return {skip.key.rpartition("/")[2]: skip.code for skip in selection.skipped}


def _started(selection: Selection) -> list[int]:
    return [candidate.number for candidate in selection.starts]


def test_the_oldest_issues_start_first() -> None:
    old = issue(9, created_at=NOW - minutes(9999))
    selection = _select([_polled(issue(1), old, issue(2), project=policy(running=2))])
    assert _started(selection) == [9, 1]
    assert _codes(selection) == {"webshop#2": "limit_project"}
    assert [w.number for w in selection.waiting["webshop"]] == [2]


def test_an_issue_that_was_taken_on_is_never_started_as_new() -> None:
    for stage in set(Stage) - {Stage.QUEUED}:
        assert _started(_select([_polled(issue(1))], session(1, stage))) == []


def test_a_repository_under_a_new_name_is_the_same_repository() -> None:
    moved = replace(session(1, Stage.DONE), key="github:acme/old-name#1")
    assert _codes(_select([_polled(issue(1), repo_id=7)], moved)) == {"webshop#1": "taken"}
    assert _started(_select([_polled(issue(1), repo_id=8)], moved)) == [1]


def test_a_queued_session_starts_when_its_time_has_come() -> None:
    later = session(1, next_attempt_at=NOW + minutes(5))
    assert _codes(_select([_polled()], later)) == {"webshop#1": "retry_later"}
    assert _started(_select([_polled()], session(1, next_attempt_at=NOW))) == [1]


def test_a_time_further_ahead_than_any_delay_is_due_now() -> None:
    assert _started(_select([_polled()], session(1, next_attempt_at=NOW + minutes(60 * 24 * 400)))) == [1]


def test_a_queued_session_whose_worker_may_live_does_not_start() -> None:
    assert _started(_select([_polled(issue(1))], session(1, attempts=(attempt(handle={"pid": 1}),)))) == []


def test_open_pull_requests_and_work_under_way_bound_new_work_but_not_rework() -> None:
    crowded = [_polled(issue(5), project=policy(open_pulls=2, running=9))]
    assert _codes(_select(crowded, reviewed(1), running(2)))["webshop#5"] == "limit_pulls"
    rework = session(1, pull=pull(), attempts=(ended(),))
    assert _started(_select([_polled(project=policy(open_pulls=1))], rework)) == [1]


def test_the_starts_of_the_last_24_hours_are_counted() -> None:
    bounds = Bounds(limits=Limits(running=100, starts_per_day=1))
    yesterday = session(1, Stage.DONE, attempts=(ended(claimed_at=NOW - minutes(60 * 24 - 1)),))
    assert _codes(_select([_polled(issue(2))], yesterday, bounds=bounds))["webshop#2"] == "limit_day"
    before = session(1, Stage.DONE, attempts=(ended(claimed_at=NOW - minutes(60 * 24 + 1)),))
    assert _started(_select([_polled(issue(2))], before, bounds=bounds)) == [2]


def test_a_clock_that_was_set_back_allows_no_more_starts_in_a_day() -> None:
    bounds = Bounds(limits=Limits(running=100, starts_per_day=1))
    ahead = session(1, Stage.DONE, attempts=(ended(claimed_at=NOW + minutes(60)),))
    assert _codes(_select([_polled(issue(2))], ahead, bounds=bounds))["webshop#2"] == "limit_day"
    absurd = session(1, Stage.DONE, attempts=(ended(claimed_at=NOW + minutes(60 * 24)),))
    assert _started(_select([_polled(issue(2))], absurd, bounds=bounds)) == [2]


def test_a_project_that_is_held_starts_nothing_and_says_why() -> None:
    held = replace(ROOMY, held={"webshop": Reason("cloning", "the first copy is being made")})
    assert _codes(_select([_polled(issue(1))], bounds=held)) == {"webshop#1": "cloning"}


def test_max_lowers_the_number_of_starts() -> None:
    selection = _select([_polled(issue(1), issue(2))], bounds=replace(ROOMY, most=1))
    assert (_started(selection), _codes(selection)) == ([1], {"webshop#2": "max"})


def test_a_resting_agent_starts_nothing() -> None:
    bounds = replace(ROOMY, agents={"claude": AgentRest(quick=3, until=NOW + minutes(2), reason="exit code 1")})
    assert _codes(_select([_polled(issue(1))], bounds=bounds)) == {"webshop#1": "agent_rests"}


def test_after_its_rest_an_agent_gets_one_probe_at_a_time() -> None:
    bounds = replace(ROOMY, agents={"claude": AgentRest(quick=3, until=NOW - minutes(1), reason="exit code 1")})
    polled = [_polled(issue(1), issue(2), project=policy(running=9))]
    assert _started(_select(polled, bounds=bounds)) == [1]
    assert _started(_select(polled, running(3), bounds=bounds)) == []


def test_a_project_that_is_not_polled_starts_nothing() -> None:
    assert _started(_select([_polled(issue(1), project=policy(rule=None))])) == []


NAMES = ("web", "api")
SESSION = st.builds(
    lambda number, name, stage, working, has_pull: replace(
        session(number, stage),
        key=issue_key(policy(name).repository, number),
        project=name,
        repo_id=NAMES.index(name),
        attempts=(attempt(handle={"pid": 1}) if working else ended(),) if stage is not Stage.QUEUED or working else (),
        pull=pull() if has_pull else None,
    ),
    st.integers(1, 12),
    st.sampled_from(NAMES),
    st.sampled_from(Stage),
    st.booleans(),
    st.booleans(),
)
ISSUES = st.lists(st.integers(1, 12).map(issue), max_size=12)


@given(
    issues=st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, ISSUES)),
    sessions=st.lists(SESSION, max_size=8),
    limits=st.builds(Limits, running=st.integers(1, 4), starts_per_day=st.integers(1, 6)),
    own=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    most=st.none() | st.integers(0, 3),
    seed=st.randoms(use_true_random=False),
)
def test_no_limit_is_ever_broken_whatever_the_world(issues, sessions, limits, own, most, seed) -> None:  # type: ignore[no-untyped-def] # six strategies say the types
    memory = {s.key: s for s in sessions}
    polled = [
        _polled(*found, project=policy(name, running=own[0], open_pulls=own[1]), repo_id=NAMES.index(name))
        for name, found in issues.items()
    ]
    bounds = Bounds(limits=limits, most=most)
    selection = select(NOW, polled, memory, bounds)
    keys = [candidate.key for candidate in selection.starts]
    assert len(keys) == len(set(keys))
    assert not {c.policy.name for c in selection.starts} - set(issues), "a blind look launches nothing"
    assert all(memory[k].stage is Stage.QUEUED and not memory[k].working for k in keys if k in memory)
    assert most is None or len(keys) <= most
    _hold_limits(selection, memory, limits, own)
    for look in polled:
        seed.shuffle(mixed := list(look.poll.issues))
        polled[polled.index(look)] = replace(look, poll=Poll(issues=tuple(mixed)))
    seed.shuffle(polled)
    shuffled = dict(seed.sample(sorted(memory.items()), len(memory)))
    assert select(NOW, polled, shuffled, bounds) == selection, "the order of the input does not matter"


def _hold_limits(selection: Selection, memory: dict[str, Session], limits: Limits, own: tuple[int, int]) -> None:
    before = Counter(s.project for s in memory.values() if s.working)
    new = Counter(c.policy.name for c in selection.starts)
    if selection.starts:
        assert before.total() + new.total() <= limits.running
        recent = sum(len(s.attempts) for s in memory.values())
        assert recent + new.total() <= limits.starts_per_day
    pulls = Counter(s.project for s in memory.values() if open_pull(s) or s.working or s.stage in RUNNING)
    for name, count in new.items():
        assert before[name] + count <= own[0]
        opening = sum(1 for c in selection.starts if c.policy.name == name and not c.has_pull)
        assert not opening or pulls[name] + opening <= own[1]
