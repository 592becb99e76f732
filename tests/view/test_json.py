"""The contract with programs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker

from issue_intake.core.attempt import Outcome, Verified
from issue_intake.core.cost import Cost
from issue_intake.core.ledger import Cause, CauseKind, Ledger, Standing
from issue_intake.core.model import Stage
from issue_intake.core.rows import Acted, Report, Skip, TickReport
from issue_intake.view.json import detail_json, report_json, tick_json, write_json
from tests.view.builders import HOSTILE, NOW, a_backoff, a_detail, a_footer, a_pull, a_report, a_session, an_attempt
from tests.view.strategies import patient, reports, tick_reports

Schema = dict[str, Any]

TEXT = {"type": "string"}
LINE = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f-\x9f]*\Z"}
MAYBE_TEXT = {"type": ["string", "null"]}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z"}
MAYBE_TIME = {"anyOf": [TIME, {"type": "null"}]}
STATUSES = ["queued", "running", "waiting-review", "blocked", "done"]
ROLES = ["coder", "triager", "planner", "splitter", "debugger", "reviewer"]


def exactly(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


PULL = exactly(
    number={"type": "integer", "minimum": 1},
    url=LINE,
    state={"enum": ["open", "closed", "merged"]},
    head_sha=MAYBE_TEXT,
)
COUNT = {"type": "integer", "minimum": 0}
CAUSE = exactly(kind={"enum": ["checks", "review", "conflict", "verify"]}, about=many(LINE), note=LINE)
VERIFIED = exactly(
    name=LINE,
    exit_code={"type": ["integer", "null"]},
    seconds={"type": ["number", "null"]},
    required={"type": "boolean"},
)
ATTEMPT = exactly(
    number={"type": "integer"},
    role={"enum": ROLES},
    agent=LINE,
    chosen_by=many(LINE),
    conflicting=many(LINE),
    started_at=MAYBE_TIME,
    ended_at=MAYBE_TIME,
    outcome={"enum": [*(outcome.value for outcome in Outcome), None]},
    note=LINE,
    cost_usd={"type": ["number", "null"]},
    cost={"type": ["number", "null"]},
    currency=MAYBE_TEXT,
    tokens={"type": ["integer", "null"]},
    cause=or_null(CAUSE),
    resumed={"type": "boolean"},
    verified=many(VERIFIED),
)
COST = exactly(currency=LINE, amount={"type": "number", "minimum": 0})
SESSION = exactly(
    key=LINE,
    project=LINE,
    number={"type": "integer"},
    title=LINE,
    url=LINE,
    stage={"enum": [stage.value for stage in Stage]},
    status={"enum": STATUSES},
    role={"enum": [*ROLES, None]},
    attempt={"type": "integer", "minimum": 0},
    branch=LINE,
    worktree=MAYBE_TEXT,
    pid={"type": ["integer", "null"]},
    pull=or_null(PULL),
    note=LINE,
    next_attempt_at=MAYBE_TIME,
    started_at=MAYBE_TIME,
    cancelling={"type": "boolean"},
    outcome=ATTEMPT["properties"]["outcome"],
    cause=or_null(CAUSE),
    standing=or_null(exactly(head=LINE, since=TIME, note=LINE, ready={"type": "boolean"})),
    counters=exactly(ci_fixes=COUNT, rounds=COUNT, verify_fixes=COUNT),
    asides=many(LINE),
    attempts=many(ATTEMPT),
    spent=many(COST),
    tokens={"type": ["integer", "null"]},
)
PROJECT = exactly(
    name=LINE,
    last_poll_at=MAYBE_TIME,
    backoff=or_null(exactly(until=TIME, reason=LINE)),
    paused={"type": "boolean"},
)
REPORT = exactly(
    schema_version={"const": 1},
    generated_at=TIME,
    counts=exactly(**{stage.value: {"type": "integer", "minimum": 0} for stage in Stage}),
    projects=many(PROJECT),
    sessions=many(SESSION),
    spent_24h=many(COST),
)
TICK = exactly(
    **REPORT["properties"],
    actions=many(exactly(action=LINE, key=LINE, reason=LINE)),
    skipped=many(exactly(key=LINE, code=LINE, reason=LINE)),
)


def check(text: str, schema: Schema) -> Any:
    document = json.loads(text.encode())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(document)
    return document


@patient
@given(reports)
def test_any_report_keeps_the_contract(report: Report) -> None:
    document = check(report_json(report), REPORT)
    assert sum(document["counts"].values()) == len(report.sessions)


@patient
@given(tick_reports)
def test_any_tick_keeps_the_contract(tick: TickReport) -> None:
    document = check(tick_json(tick), TICK)
    assert len(document["actions"]) == len(tick.actions)
    assert len(document["skipped"]) == len(tick.skipped)


def test_keys_come_in_the_order_of_the_contract() -> None:
    document = json.loads(report_json(a_report(sessions=(a_session(),))))
    assert list(document) == list(REPORT["properties"])
    assert list(document["counts"]) == [stage.value for stage in Stage]
    assert list(document["sessions"][0]) == list(SESSION["properties"])


def test_a_session_as_programs_see_it() -> None:
    session = a_session(
        attempts=(an_attempt(1), an_attempt(2, outcome=None, ended_at=None, started_at=NOW)), pull=a_pull()
    )
    record = json.loads(report_json(a_report(sessions=(session,))))["sessions"][0]
    assert [attempt["number"] for attempt in record.pop("attempts")] == [1, 2]
    assert record == {
        "key": "github:acme/webshop#12",
        "project": "webshop",
        "number": 12,
        "title": "Fix the cart total",
        "url": "https://github.com/acme/webshop/issues/12",
        "stage": "in_progress",
        "status": "running",
        "role": "coder",
        "attempt": 2,
        "branch": "agent/issue-12",
        "worktree": "/home/ann/intake/acme-webshop/issue-12",
        "pid": 4242,
        "pull": {
            "number": 14,
            "url": "https://github.com/acme/webshop/pull/14",
            "state": "open",
            "head_sha": "a" * 40,
        },
        "note": "",
        "next_attempt_at": None,
        "started_at": "2026-11-21T10:51:40Z",
        "cancelling": False,
        "outcome": None,
        "cause": None,
        "standing": None,
        "counters": {"ci_fixes": 0, "rounds": 0, "verify_fixes": 0},
        "asides": [],
        "spent": [{"currency": "USD", "amount": 0.84}],
        "tokens": 24_690,
    }


def test_what_a_pull_request_asked_for_and_what_was_verified_is_told() -> None:
    cause = Cause(kind=CauseKind.CHECKS, about=("checks/a",), note="test failed")
    verified = (Verified(name="make test", exit_code=1, seconds=2.5, required=True),)
    session = a_session(
        attempts=(an_attempt(cause=cause, verified=verified),),
        standing=Standing(head="a" * 40, since=NOW, note="checks are running"),
        ledger=Ledger(ci_fixes=1),
        asides=("the issue was edited",),
    )
    record = check(report_json(a_report(sessions=(session,))), REPORT)["sessions"][0]
    assert record["standing"]["note"] == "checks are running"
    assert (record["counters"]["ci_fixes"], record["asides"]) == (1, ["the issue was edited"])
    attempt = record["attempts"][0]
    assert attempt["cause"] == {"kind": "checks", "about": ["checks/a"], "note": "test failed"}
    assert attempt["verified"] == [{"name": "make test", "exit_code": 1, "seconds": 2.5, "required": True}]


def test_what_was_spent_is_told_in_each_currency_and_what_is_not_known_is_null() -> None:
    credited = an_attempt(2, cost_usd=None, cost_other=Cost(amount=31, currency="credits"))
    silent = an_attempt(3, cost_usd=None, tokens=None)
    footer = a_footer(spent=(Cost(amount=12.4, currency="USD"),))
    session = a_session(attempts=(an_attempt(1), credited, silent))
    document = check(report_json(a_report(footer=footer, sessions=(session,))), REPORT)
    (record,) = document["sessions"]
    told = [[attempt[name] for name in ("cost_usd", "cost", "currency", "tokens")] for attempt in record["attempts"]]
    assert told == [[0.42, 0.42, "USD", 12_345], [None, 31, "credits", 12_345], [None] * 4]
    assert record["spent"] == [{"currency": "USD", "amount": 0.42}, {"currency": "credits", "amount": 31}]
    assert (record["tokens"], document["spent_24h"]) == (24_690, [{"currency": "USD", "amount": 12.4}])


def test_an_attempt_says_whether_it_goes_on_with_a_conversation() -> None:
    session = a_session(attempts=(an_attempt(1), an_attempt(2, resumed=True)))
    record = json.loads(report_json(a_report(sessions=(session,))))["sessions"][0]
    assert [attempt["resumed"] for attempt in record["attempts"]] == [False, True]


def test_a_session_without_an_attempt_has_attempt_0_and_no_role() -> None:
    record = json.loads(report_json(a_report(sessions=(a_session(attempts=()),))))["sessions"][0]
    assert (record["attempt"], record["role"], record["started_at"]) == (0, None, None)


def test_a_removed_worktree_is_not_named() -> None:
    record = json.loads(report_json(a_report(sessions=(a_session(workspace="removed"),))))["sessions"][0]
    assert record["worktree"] is None


def test_a_backoff_says_until_when_and_why() -> None:
    report = a_report()
    resting = replace(report, projects=(replace(report.projects[0], backoff=a_backoff()),))
    record = json.loads(report_json(resting))["projects"][0]["backoff"]
    assert record == {"until": "2026-11-21T11:01:40Z", "reason": "GitHub answers 503 (asked for acme/docs)"}


def test_actions_and_skips_carry_their_reasons() -> None:
    tick = TickReport(
        report=a_report(),
        actions=(Acted(action="launch", key="github:acme/webshop#12", reason="first attempt"),),
        skipped=(Skip(key="github:acme/webshop#13", code="project_limit", reason="2 of 2 run"),),
        polls=(),
    )
    document = json.loads(tick_json(tick))
    assert document["actions"] == [{"action": "launch", "key": "github:acme/webshop#12", "reason": "first attempt"}]
    assert document["skipped"] == [{"key": "github:acme/webshop#13", "code": "project_limit", "reason": "2 of 2 run"}]


def test_letters_are_written_as_themselves_and_a_title_is_one_line() -> None:
    text = report_json(a_report(sessions=(a_session(title=f"Größe 日本 {HOSTILE}"),)))
    assert "Größe 日本 [red]bold[/red] :boom: $(id) second line {0} %s" in text


def test_a_session_whole() -> None:
    session = a_session(attempts=(an_attempt(cost_usd=float("nan")),), worktree="/srv/\udcff")
    document = json.loads(detail_json(a_detail(session, log_tail=("\x1b[31mred\x1b[0m",))).encode())
    assert document["session"]["attempts"][0]["outcome"] == Outcome.FAILED
    assert document["session"]["attempts"][0]["cost_usd"] is None
    assert document["session"]["attempts"][0]["currency"] is None
    assert document["session"]["log_tail"] == ["red"]
    assert document["session"]["next_step"] == "The worker is at work; the next run looks again."


def test_a_document_is_utf_8_whatever_the_locale() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    write_json(report_json(a_report(sessions=(a_session(title="日本"),))), stream)
    assert "日本" in raw.getvalue().decode()
