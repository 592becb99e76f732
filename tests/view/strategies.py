"""Any rows, sessions and reports: whatever a stranger may have written into them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from issue_intake.core.attempt import Attempt
from issue_intake.core.cost import Cost
from issue_intake.core.model import Backoff, LastRun, Pull, Session
from issue_intake.core.rows import Acted, Footer, Group, ProjectLine, Report, Row, SessionLine, Skip, TickReport

patient = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For what renders whole reports: a busy machine is no failure."""

any_text = st.one_of(
    st.text(max_size=120),
    st.text(st.characters(), max_size=40),  # lone surrogates as well
    st.text(st.sampled_from("日本語👩‍👧é\u0301\u202e\x1b[]();\x07\r\n\t\x9b a…🇩🇪"), max_size=80),
    st.lists(st.sampled_from(["[red]", "[/]", ":boom:", "\x1b[31m", "\x1b]8;;http://x\x07", "wörter"])).map(" ".join),
)
times = st.integers(600_000_000, 3_900_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
numbers = st.integers(1, 99_999)
project_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,19}", fullmatch=True)
tries = st.from_regex(r"([1-9]/[1-9])?", fullmatch=True)
stages = st.sampled_from(["waiting", "in_progress", "needs_human", "review", "queued"])
pulls = st.builds(Pull, number=numbers, url=any_text, branch=any_text, head_sha=st.none() | any_text)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    number, project = draw(numbers), draw(project_names)
    return Row(
        key=f"github:acme/{project}#{number}",
        label=f"{project}#{number}",
        url=draw(any_text),
        group=draw(st.sampled_from(Group)),
        stage=draw(stages),
        since=draw(times),
        tries=draw(tries),
        pull=draw(st.none() | pulls),
        what=draw(any_text),
        changed=draw(st.booleans()),
    )


row_tuples = st.lists(rows(), max_size=5).map(tuple)
backoffs = st.builds(Backoff, until=times, reason=any_text)
costs = st.builds(Cost, amount=st.floats(0, 1e6), currency=any_text)
attempts = st.builds(
    Attempt,
    number=numbers,
    agent=any_text,
    claimed_at=times,
    note=any_text,
    handle=st.none(),
    cost_usd=st.none() | st.floats(),
    cost_other=st.none() | costs,
    tokens=st.none() | st.integers(0, 10**15),
)
sessions = st.builds(
    Session,
    key=any_text,
    project=any_text,
    number=numbers,
    title=any_text,
    url=any_text,
    since=times,
    created_at=times,
    branch=any_text,
    note=any_text,
    worktree=any_text,
    attempts=st.lists(attempts, max_size=2).map(tuple),
    next_attempt_at=st.none() | times,
    pull=st.none() | pulls,
)
footers = st.builds(
    Footer,
    last_run=st.none() | st.builds(LastRun, at=times, exit_code=st.integers(0, 130), summary=any_text),
    backoffs=st.lists(st.tuples(project_names, backoffs), max_size=2).map(tuple),
    rests=st.lists(st.tuples(any_text, any_text), max_size=2).map(tuple),
    spent=st.lists(costs, max_size=2).map(tuple),
    cost_per_day=st.none() | st.floats(0.01, 1e6),
)
reports = st.builds(
    Report,
    now=times,
    rows=row_tuples,
    footer=footers,
    projects=st.lists(
        st.builds(ProjectLine, name=any_text, last_poll_at=st.none() | times, backoff=st.none() | backoffs), max_size=2
    ).map(tuple),
    sessions=st.lists(st.builds(SessionLine, session=sessions, pid=st.none() | numbers), max_size=3).map(tuple),
)
tick_reports = st.builds(
    TickReport,
    report=reports,
    actions=st.lists(st.builds(Acted, action=any_text, key=any_text, reason=any_text), max_size=3).map(tuple),
    skipped=st.lists(st.builds(Skip, key=any_text, code=any_text, reason=any_text), max_size=3).map(tuple),
    polls=st.lists(any_text, max_size=2).map(tuple),
    problems=st.lists(any_text, max_size=2).map(tuple),
    attention=st.lists(any_text, max_size=2).map(tuple),
)
