"""What the checks of a head say: each conclusion, what a rerun replaces, and what is read where they are closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from issue_intake.core.review import Check, CheckState, PullFacts
from tests.github.builders import API, Row, check_run, open_pull, reviews, status
from tests.github.served import DENIED, REPO, SHA, Served, serving

RUNS = f"{REPO}/commits/{SHA}/check-runs"
STATUS = f"{REPO}/commits/{SHA}/status"
ACTIONS = f"{REPO}/actions/runs"


@pytest.fixture
def github() -> Iterator[Served]:
    with serving() as served:
        served.with_pull()
        yield served


def _checked(github: Served, folder: Path, *rows: Row) -> tuple[Check, ...]:
    github.get(RUNS, {"total_count": len(rows), "check_runs": rows})
    checks = _facts(folder).checks
    assert checks is not None
    return checks


def _facts(folder: Path) -> PullFacts:
    return reviews(folder).facts(3)


def _job(number: int, conclusion: str | None, **changes: object) -> Row:
    url = f"https://github.com/acme/webshop/actions/runs/1/job/{number}"
    return {"id": number, "name": "test", "conclusion": conclusion, "html_url": url, **changes}


def _run(number: int, conclusion: str | None = "failure", **changes: object) -> Row:
    return {
        "id": number,
        "name": "CI",
        "workflow_id": 9,
        "event": "push",
        "conclusion": conclusion,
        "html_url": f"https://github.com/acme/webshop/actions/runs/{number}",
        **changes,
    }


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        ("success", CheckState.PASSED),
        ("failure", CheckState.FAILED),
        ("neutral", CheckState.NEUTRAL),
        ("skipped", CheckState.NEUTRAL),
        ("timed_out", CheckState.BROKEN_OFF),
        ("startup_failure", CheckState.BROKEN_OFF),
        ("cancelled", CheckState.BROKEN_OFF),
        ("stale", CheckState.BROKEN_OFF),
        ("action_required", CheckState.ACTION_REQUIRED),
        ("hitherto_unknown", CheckState.PENDING),
        (None, CheckState.PENDING),
    ],
)
def test_a_conclusion_means(github: Served, tmp_path: Path, conclusion: str | None, state: CheckState) -> None:
    (check,) = _checked(github, tmp_path, check_run(1, conclusion))
    assert (check.state, check.conclusion) == (state, conclusion or "")


@pytest.mark.parametrize(
    ("said", "state", "conclusion"),
    [
        ("success", CheckState.PASSED, "success"),
        ("failure", CheckState.FAILED, "failure"),
        ("error", CheckState.FAILED, "error"),
        ("pending", CheckState.PENDING, ""),
    ],
)
def test_a_commit_status_is_a_check_without_a_job(
    github: Served, tmp_path: Path, said: str, state: CheckState, conclusion: str
) -> None:
    url, words = "https://ci.example.org/4", "It\x1b[31m ended\r\nso"
    github.get(STATUS, {"statuses": [status(4, said, target_url=url, description=words)]})
    (check,) = _checked(github, tmp_path)
    assert check == Check(name="ci/4", state=state, conclusion=conclusion, url=url, summary="It ended so")


def test_only_a_check_of_actions_has_a_job(github: Served, tmp_path: Path) -> None:
    apps: list[Row | None] = [{"id": 2, "slug": "codecov"}, None]
    checks = _checked(github, tmp_path, check_run(1), *(check_run(n, app=app) for n, app in enumerate(apps, 2)))
    assert [check.job for check in checks] == [1, None, None]


def test_what_a_check_says_is_cleaned_and_cut(github: Served, tmp_path: Path) -> None:
    output = {"title": "2 errors", "summary": "a\x1b[1m\r\nb" + "x" * 9000}
    (check,) = _checked(
        github, tmp_path, check_run(1, name="a\nb", output=output, html_url=None, details_url="ftp://x")
    )
    assert (check.name, check.url, len(check.summary)) == ("a b", "", 4000)
    assert check.summary.startswith("2 errors\na\nbxxx")


@pytest.mark.parametrize("missing", ["output", "app", "check_suite", "html_url", "name"])
def test_what_a_check_does_not_say_is_no_fault(github: Served, tmp_path: Path, missing: str) -> None:
    (check,) = _checked(github, tmp_path, check_run(1, **{missing: None}))
    assert check.state == CheckState.PASSED


@pytest.mark.parametrize("wrong", [{"name": ["a"]}, {"app": {"id": {}}}, {"check_suite": {"id": []}}])
def test_a_check_that_cannot_be_told_from_others_leaves_all_of_them_unknown(
    github: Served, tmp_path: Path, wrong: Row
) -> None:
    github.with_pull()
    rows = [check_run(1), check_run(2) | wrong]
    github.get(f"{REPO}/commits/{SHA}/check-runs", {"total_count": 2, "check_runs": rows})
    assert _facts(tmp_path).checks is None


def test_a_rerun_replaces_what_it_repeats(github: Served, tmp_path: Path) -> None:
    runs = [check_run(5, None, name="test"), check_run(4, "failure", name="test")]
    assert [check.job for check in _checked(github, tmp_path, *runs)] == [5]


def test_a_later_run_of_the_same_name_hides_a_broken_off_one_and_no_failure(github: Served, tmp_path: Path) -> None:
    suites = [
        check_run(1, "failure", name="test", check_suite={"id": 1}),
        check_run(2, "cancelled", name="test", check_suite={"id": 2}),
        check_run(3, "success", name="test", check_suite={"id": 3}),
        check_run(4, "cancelled", name="lint", check_suite={"id": 3}),
    ]
    checks = _checked(github, tmp_path, *suites)
    assert [(check.name, check.job, check.state) for check in checks] == [
        ("lint", 4, CheckState.BROKEN_OFF),
        ("test", 1, CheckState.FAILED),
        ("test", 3, CheckState.PASSED),
    ]


def test_the_latest_status_of_a_context_counts(github: Served, tmp_path: Path) -> None:
    github.get(STATUS, {"statuses": [status(4, "success", context="ci"), status(3, "failure", context="ci")]})
    assert [check.state for check in _checked(github, tmp_path)] == [CheckState.PASSED]


@pytest.mark.parametrize("path", [RUNS, STATUS])
def test_all_pages_count(github: Served, tmp_path: Path, path: str) -> None:
    name, make = ("check_runs", check_run) if path == RUNS else ("statuses", status)
    rows = [make(n, "success") for n in range(1, 101)]
    github.get(RUNS, {"total_count": 0, "check_runs": []})
    github.get(path, {name: rows}, Link=f'<{API}{path}?page=2>; rel="next"')
    github.get(f"{path}?page=2", {name: [make(101, "failure")]})
    checks = _facts(tmp_path).checks or ()
    assert len(checks) == 101
    assert sum(check.state == CheckState.FAILED for check in checks) == 1


def test_none_is_not_passed_and_nothing_is_not_unknown(github: Served, tmp_path: Path) -> None:
    assert _checked(github, tmp_path) == ()


def test_a_head_that_is_not_known_has_no_known_checks(github: Served, tmp_path: Path) -> None:
    github.get(f"{REPO}/pulls/3", open_pull(3, head={"ref": "agent/issue-7", "sha": None, "repo": None}))
    facts = _facts(tmp_path)
    assert facts.checks is None
    assert facts.reviews == ()


class TestWhereCheckRunsMayNotBeRead:
    """Fine-grained tokens have no permission for them."""

    @pytest.fixture(autouse=True)
    def _closed(self, github: Served) -> None:
        github.get(RUNS, DENIED, 403)

    def test_the_jobs_of_actions_runs_count_with_one_remark(self, github: Served, tmp_path: Path) -> None:
        github.get(ACTIONS, {"workflow_runs": [_run(1), _run(2, None, workflow_id=10)]})
        github.get(f"{ACTIONS}/1/jobs", {"jobs": [_job(11, "success"), _job(12, "failure", name="lint")]})
        github.get(f"{ACTIONS}/2/jobs", {"jobs": [_job(21, None, name="docs")]})
        github.get(STATUS, {"statuses": [status(4, "success")]})
        facts = _facts(tmp_path)
        assert [(check.name, check.job, check.state) for check in facts.checks or ()] == [
            ("ci/4", None, CheckState.PASSED),
            ("docs", 21, CheckState.PENDING),
            ("lint", 12, CheckState.FAILED),
            ("test", 11, CheckState.PASSED),
        ]
        assert len(facts.remarks) == 1
        assert "fine-grained" in facts.remarks[0]
        asked = [str(call.request.url) for call in github.mock.calls if "actions/runs?" in str(call.request.url)]
        assert asked == [f"{API}{ACTIONS}?head_sha={SHA}&per_page=100"]

    def test_the_latest_run_of_a_workflow_and_event_counts(self, github: Served, tmp_path: Path) -> None:
        runs = [_run(3, "success"), _run(2, event="pull_request"), _run(1)]
        github.get(ACTIONS, {"workflow_runs": runs})
        github.get(f"{ACTIONS}/3/jobs", {"jobs": [_job(31, "success")]})
        github.get(f"{ACTIONS}/2/jobs", {"jobs": [_job(21, "failure")]})
        assert [check.job for check in _facts(tmp_path).checks or ()] == [21, 31]

    @pytest.mark.parametrize(
        ("conclusion", "state"),
        [
            ("startup_failure", CheckState.BROKEN_OFF),
            ("action_required", CheckState.ACTION_REQUIRED),
            (None, CheckState.PENDING),
        ],
    )
    def test_a_run_without_jobs_speaks_for_itself(
        self, github: Served, tmp_path: Path, conclusion: str | None, state: CheckState
    ) -> None:
        github.get(ACTIONS, {"workflow_runs": [_run(1, conclusion)]})
        github.get(f"{ACTIONS}/1/jobs", {"jobs": []})
        (check,) = _facts(tmp_path).checks or ()
        assert (check.name, check.job, check.state) == ("CI", None, state)

    def test_they_are_not_asked_for_again(self, github: Served, tmp_path: Path) -> None:
        github.get(ACTIONS, {"workflow_runs": []})
        room = reviews(tmp_path)
        assert [room.facts(3).checks, room.facts(3).checks] == [(), ()]
        assert github.asked.count(("GET", RUNS)) == 1
        assert len(room.facts(3).remarks) == 1

    def test_where_actions_are_closed_as_well_nothing_is_known(self, github: Served, tmp_path: Path) -> None:
        github.get(ACTIONS, DENIED, 403)
        facts = _facts(tmp_path)
        assert facts.checks is None
        assert facts.remarks[0].startswith("checks: GitHub forbids /repos/acme/webshop/actions/runs")


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (RUNS, 500, {}),
        (RUNS, 200, {"check_runs": None}),
        (RUNS, 200, {"check_runs": [{}]}),
        (STATUS, 403, DENIED),
        (STATUS, 200, {"statuses": [{"id": 1}]}),
    ],
)
def test_half_of_the_checks_is_none_of_them(github: Served, tmp_path: Path, path: str, status: int, body: Row) -> None:
    github.get(path, body, status)
    assert _facts(tmp_path).checks is None
