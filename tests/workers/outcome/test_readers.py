"""Each preset's own record is read from a log, torn or mixed with other output as it may be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.workers.outcome.limits import Refusal, quota_until, refusal
from issue_intake.workers.outcome.readers import read_record
from issue_intake.workers.outcome.readers.evidence import Evidence, Record

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def lines(*events: object) -> str:
    return "".join(f"{event if isinstance(event, str) else json.dumps(event)}\n" for event in events)


def read(reader: str, log: str) -> Record:
    return read_record(reader, Evidence(log=log, folder=Path("/nowhere"), ended_at=NOW))


def claude(*events: object) -> Record:
    return read("claude", lines(*events))


def codex(*events: object) -> Record:
    return read("codex", lines(*events))


INIT = {"type": "system", "subtype": "init", "session_id": "c0ffee-1", "model": "opus"}
SAID = {"type": "assistant", "message": {"content": [{"type": "text", "text": "Let me look."}, {"type": "tool_use"}]}}
SUCCESS = {"type": "result", "subtype": "success", "is_error": False, "result": "Done.\nTests pass."}


def refused(text: str, **fields: object) -> dict[str, object]:
    return {"type": "result", "subtype": "success", "is_error": True, "result": text, **fields}


def test_claude_that_finished() -> None:
    usage = {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 5}
    record = claude(INIT, SAID, {**SUCCESS, "usage": usage, "total_cost_usd": 1.5})
    assert record == Record(finished=True, conversation="c0ffee-1", tokens=12, cost_usd=1.5, words="Done.\nTests pass.")


@pytest.mark.parametrize(
    ("subtype", "error"),
    [
        ("error_max_turns", "claude stopped at its limit of turns"),
        ("error_max_budget_usd", "claude stopped at its budget"),
        ("error_during_execution", "claude reports an error"),
        (["strange"], "claude reports an error"),
    ],
)
def test_claude_that_stopped(subtype: object, error: str) -> None:
    record = claude(INIT, SAID, {"type": "result", "subtype": subtype, "is_error": True})
    assert (record.finished, record.quota, record.error, record.words) == (False, False, error, "Let me look.")


def test_claude_names_what_went_wrong() -> None:
    record = claude({"type": "result", "subtype": "error_during_execution", "errors": ["disk\nfull"]})
    assert record.error == "disk full"


def test_claudes_own_limit_is_not_its_providers() -> None:
    limit = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1795194000}}
    assert not claude(limit, {"type": "result", "subtype": "error_max_turns", "is_error": True}).quota


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Claude AI usage limit reached|1795194000", NOW.replace(hour=17)),
        ("You've hit your limit · resets 3pm (America/Bogota)", datetime(2026, 11, 20, 20, 0, tzinfo=UTC)),
        (
            "You\u2019ve hit your session limit · resets 12:50pm (Europe/Paris)",
            datetime(2026, 11, 21, 11, 50, tzinfo=UTC),
        ),
        ("Claude usage limit reached. Your limit will reset at 1pm (Etc/GMT+5).", NOW.replace(hour=18)),
        ("5-hour limit reached", None),
        ("Invalid API key · Please run /login", None),
        ("Not logged in · Please run /login", None),
        ("Credit balance is too low", None),
        ('API Error: 401 {"type":"error","error":{"type":"authentication_error"}}', None),
    ],
)
def test_claude_turned_away_waits_until_the_time_it_names(text: str, until: datetime | None) -> None:
    record = claude(INIT, refused(text))
    assert (record.quota, record.quota_until) == (True, until)
    assert record.error == text


def test_claude_turned_away_without_a_record_of_its_end() -> None:
    record = claude("added 12 packages", "Invalid API key · Please run /login")
    assert record.quota
    assert "Please run /login" in record.error
    assert not claude("Please run /login first", *["installing"] * 5).quota


def test_the_old_refusal_is_one_even_when_it_is_called_a_success() -> None:
    record = claude({**SUCCESS, "result": "Claude AI usage limit reached|1795194000"})
    assert (record.finished, record.quota) == (False, True)


def test_a_rejection_names_the_time_and_a_warning_does_not() -> None:
    limit = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1795194000}}
    record = claude(limit, refused("You've hit your limit"))
    assert (record.quota, record.quota_until) == (True, datetime.fromtimestamp(1795194000, UTC))
    warning = {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed_warning", "resetsAt": 1795194000}}
    assert claude(warning, SUCCESS).finished
    assert not claude(warning, refused("The tests do not run")).quota


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("oauth_org_not_allowed", Refusal.LOGIN),
        ("authentication_failed", Refusal.LOGIN),
        ("billing_error", Refusal.LIMIT),
        ("server_error", None),
        (["rate_limit"], None),
    ],
)
def test_claude_turned_away_is_known_by_the_kind_of_error_however_it_is_worded(
    kind: object, why: Refusal | None
) -> None:
    away = {**SAID, "error": kind}
    assert (claude(away, refused("Not for you.")).refusal, claude(away, refused("Not for you.")).quota) == (
        why,
        bool(why),
    )
    assert claude(away, SAID, refused("Not for you.")).refusal is None, "it went on after that"
    assert claude(away, {"type": "result", "subtype": "error_max_turns", "is_error": True}).refusal is None


def test_an_agent_that_went_on_after_a_rejection_finished() -> None:
    limit = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": 1795194000}}
    record = claude(limit, SUCCESS)
    assert (record.finished, record.quota, record.quota_until) == (True, False, None)


def test_a_successful_agent_may_speak_of_limits() -> None:
    record = claude({**SUCCESS, "result": "Added the sentence 'usage limit reached' and 'Please run /login'."})
    assert (record.finished, record.quota) == (True, False)


def test_codex_that_finished() -> None:
    item = {"type": "item.completed", "item": {"id": "i1", "type": "agent_message", "text": "Done."}}
    usage = {"input_tokens": 100, "cached_input_tokens": 90, "output_tokens": 7}
    record = codex({"type": "thread.started", "thread_id": "0199a-b"}, item, {"type": "turn.completed", "usage": usage})
    assert record == Record(finished=True, conversation="0199a-b", tokens=107, whole_conversation=True, words="Done.")


def test_codex_that_failed() -> None:
    record = codex({"type": "error", "message": "odd"}, {"type": "turn.failed", "error": {"message": "model is gone"}})
    assert (record.finished, record.quota, record.error) == (False, False, "model is gone")


@pytest.mark.parametrize("identity", ["", "-rf", "a.b", "a b", "../x", "x" * 101, 3, None, ["a"]])
def test_what_could_not_be_an_argument_is_no_conversation(identity: object) -> None:
    assert claude({**INIT, "session_id": identity}).conversation is None
    assert codex({"type": "thread.started", "thread_id": identity}).conversation is None


def test_codex_that_reconnected_finished() -> None:
    assert codex({"type": "error", "message": "Reconnecting... 1/5"}, {"type": "turn.completed"}).finished


@pytest.mark.parametrize(
    ("text", "until"),
    [
        (
            "You've hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing)"
            " or try again in 2 days 17 hours 14 minutes.",
            NOW + timedelta(days=2, hours=17, minutes=14),
        ),
        (
            '{"error":{"type":"usage_limit_reached","message":"The usage limit was hit","resets_at":1795194000}}',
            datetime.fromtimestamp(1795194000, UTC),
        ),
        ("exceeded retry limit, last status: 429 Too Many Requests", None),
        ("unexpected status 401 Unauthorized: Missing bearer", None),
        ("Not logged in", None),
        ("Your access token could not be refreshed. Please log out and sign in again.", None),
    ],
)
def test_codex_turned_away_waits_until_the_time_it_names(text: str, until: datetime | None) -> None:
    record = codex({"type": "turn.failed", "error": {"message": text}})
    assert (record.quota, record.quota_until) == (True, until)


@pytest.mark.parametrize("reader", ["claude", "codex"])
@pytest.mark.parametrize(
    "log", ["", "\n\n", "garbage", '{"type":"result","subtype":"succ', "[]", "{}\n{}", "\x00\ufffd"]
)
def test_output_without_a_record_is_no_end(reader: str, log: str) -> None:
    record = read(reader, log)
    assert (record.finished, record.quota, record.error) == (False, False, "")


def test_a_torn_last_line_takes_nothing_from_what_stands_before_it() -> None:
    record = claude(INIT, SAID, '{"type":"result","subtype":"success","is_err')
    assert (record.finished, record.conversation, record.words) == (False, "c0ffee-1", "Let me look.")


def test_a_line_of_json_may_hold_what_python_calls_a_line_end() -> None:
    event = json.dumps({**SUCCESS, "result": "a\u2028b\x85c"}, ensure_ascii=False)
    assert claude(event).finished


def test_hostile_numbers_and_names_are_as_good_as_absent() -> None:
    fields = {"session_id": "../../x", "total_cost_usd": -1, "usage": {"input_tokens": True, "output_tokens": 1e300}}
    record = claude(
        {**SUCCESS, **fields}, '{"type":"result","subtype":"success","is_error":false,"total_cost_usd":NaN}'
    )
    assert (record.conversation, record.cost_usd, record.tokens) == (None, None, None)


@pytest.mark.parametrize(
    "text", ["all 42 tests passed", "rate of change", "context limit reached: too long", "login page"]
)
def test_ordinary_words_are_no_limit(text: str) -> None:
    assert refusal(text) is None


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("try again at Nov 25th, 2026 3:39 AM (UTC)", datetime(2026, 11, 25, 3, 39, tzinfo=UTC)),
        ("resets Nov 25, 3pm (UTC)", datetime(2026, 11, 25, 15, tzinfo=UTC)),
        ("resets 15:00 (UTC)", NOW.replace(hour=15)),
        ("resets 12am (UTC)", datetime(2026, 11, 21, tzinfo=UTC)),
        ("resets 12pm (UTC)", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("resets in 3h 20m", NOW + timedelta(hours=3, minutes=20)),
        ("limit reached|1795194000000", datetime.fromtimestamp(1795194000, UTC)),
        ("resets Jan 3, 3pm (UTC)", None),
        ("limit reached|1495194000", None),
        ("limit reached|9999999999", None),
        ("resets 25:00 (UTC)", None),
        ("resets 3pm (Mars/Base)", None),
        ("resets Feb 30, 3pm (UTC)", None),
        ("resets 3", None),
        ("", None),
    ],
)
def test_the_time_a_limit_names(text: str, until: datetime | None) -> None:
    assert quota_until(text, NOW) == until


@pytest.mark.parametrize("text", ["resets 3pm", "try again at 8:38 AM.", "Limits will reset at 9:30 AM."])
def test_a_time_without_a_zone_is_the_machines(text: str) -> None:
    until = quota_until(text, NOW)
    assert until is not None
    assert NOW < until <= NOW + timedelta(days=1, hours=1)


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_no_text_and_no_time_raise(text: str, now: datetime) -> None:
    for said in (text, f"resets {text}", f"try again in {text}", f"resets 3pm ({text})", "resets 3pm", "resets in 9d"):
        until = quota_until(said, now)
        assert until is None or until > now
