"""The outcome follows the evidence in its order, and nothing an agent writes can raise or pass for what it is not."""

from __future__ import annotations

import json
import os
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.cost import Cost
from issue_intake.workers.outcome.result import read_end

ENDED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DONE: dict[str, Any] = {
    "schema_version": 1,
    "status": "done",
    "summary": "Fixed it.",
    "pr_title": "Fix",
    "pr_body": "B",
}
CLAUDE_DONE = json.dumps({"type": "result", "subtype": "success", "is_error": False, "result": "All good."})
CLAUDE_LIMIT = json.dumps(
    {"type": "result", "subtype": "success", "is_error": True, "result": "Claude AI usage limit reached|1795194000"}
)


class Folder:
    """An attempt's folder as a worker leaves it."""

    def __init__(self, path: Path, reader: str = "command") -> None:
        self.path = path
        (path / "out").mkdir(parents=True, exist_ok=True)
        (path / "order.json").write_text(json.dumps({"reader": reader}))

    def log(self, *lines: str) -> Folder:
        (self.path / "worker.log").write_text("".join(f"{line}\n" for line in lines))
        return self

    def report(self, data: object) -> Folder:
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        (self.path / "out" / "result.json").write_bytes(raw)
        return self

    def end(self, **fields: object) -> End:
        record = {"schema_version": 1, "end": "exited", "step": "agent", "exit_code": 0, "signal": None}
        return read_end(self.path, {**record, "ended_at": "2026-11-20T12:00:00Z", **fields})


@pytest.fixture
def attempt(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "1")


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("timeout", Outcome.TIMEOUT),
        ("stalled", Outcome.STALLED),
        ("cancelled", Outcome.CANCELLED),
        ("setup_failed", Outcome.SETUP_FAILED),
        ("not_started", Outcome.FAILED),
    ],
)
def test_the_workers_own_ends_are_what_they_are_whatever_the_agent_wrote(
    attempt: Folder, end: str, outcome: Outcome
) -> None:
    found = attempt.report(DONE).log("working").end(end=end, error="no output for 20m")
    assert (found.outcome, found.error, found.last_line) == (outcome, "no output for 20m", "working")
    assert attempt.end(end=end).error == end.replace("_", " ")


TURNED_AWAY = 'level=ERROR error.error="AI_APICallError: You exceeded your current quota. Try again in 5h."'
WORKING = '{"type":"tool_use","sessionID":"ses_1","part":{}}'


@pytest.mark.parametrize(
    ("end", "lines", "outcome"),
    [
        ("stalled", (WORKING, TURNED_AWAY), Outcome.QUOTA),
        ("stalled", (TURNED_AWAY, WORKING), Outcome.STALLED),
        ("timeout", (WORKING, TURNED_AWAY), Outcome.TIMEOUT),
    ],
    ids=["turned away", "went on after it", "worked all the time"],
)
def test_who_stands_still_because_the_provider_turned_it_away_uses_no_attempt(
    tmp_path: Path, end: str, lines: tuple[str, ...], outcome: Outcome
) -> None:
    found = Folder(tmp_path, "opencode").log(*lines).end(end=end)
    assert found.outcome is outcome
    assert (found.quota_until is not None) == (outcome is Outcome.QUOTA)


@pytest.mark.parametrize("end", ["terminated", "broken"])
def test_a_worker_that_was_itself_ended_is_a_crash_unless_the_agent_had_reported(attempt: Folder, end: str) -> None:
    assert attempt.end(end=end, error="ended by signal 15").outcome is Outcome.CRASHED
    assert attempt.report(DONE).end(end=end).outcome is Outcome.DONE


@pytest.mark.parametrize("status", ["done", "blocked", "no_changes"])
@pytest.mark.parametrize("reader", ["command", "claude", "codex"])
def test_the_agents_report_comes_first(tmp_path: Path, status: str, reader: str) -> None:
    found = Folder(tmp_path, reader).report({**DONE, "status": status, "blockers": ["no access"]}).end()
    assert found.outcome is not None
    assert found.outcome.value == status
    assert (found.summary, found.pr_title, found.pr_body) == ("Fixed it.", "Fix", "B")
    assert found.blockers == ("no access",)


@pytest.mark.parametrize("how", [{"exit_code": 1}, {"exit_code": None, "signal": 9}])
def test_a_report_wins_over_a_bad_exit(attempt: Folder, how: dict[str, object]) -> None:
    assert attempt.report(DONE).end(**how).outcome is Outcome.DONE


def test_a_report_wins_over_the_limit_that_was_reached_after_it(tmp_path: Path) -> None:
    found = Folder(tmp_path, "claude").report(DONE).log(CLAUDE_LIMIT).end(exit_code=1)
    assert (found.outcome, found.quota_until) == (Outcome.DONE, None)


def test_a_provider_that_turned_the_agent_away_names_the_time(tmp_path: Path) -> None:
    found = Folder(tmp_path, "claude").log(CLAUDE_LIMIT).end(exit_code=1)
    assert (found.outcome, found.quota_until) == (Outcome.QUOTA, datetime(2026, 11, 20, 17, 0, tzinfo=UTC))


def test_a_commands_output_is_never_read_as_a_providers_limit(attempt: Folder) -> None:
    assert attempt.log(CLAUDE_LIMIT, "Invalid API key · Please run /login").end(exit_code=1).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("how", "outcome", "error"),
    [
        ({"exit_code": 0}, None, ""),
        ({"exit_code": 3}, Outcome.FAILED, "exit code 3"),
        ({"exit_code": None, "signal": 11}, Outcome.FAILED, "signal 11"),
        ({"exit_code": None}, Outcome.FAILED, "no exit code"),
        ({"exit_code": True}, Outcome.FAILED, "no exit code"),
    ],
)
def test_only_a_command_is_judged_by_its_exit(
    attempt: Folder, how: dict[str, object], outcome: Outcome | None, error: str
) -> None:
    found = attempt.end(**how)
    assert (found.outcome, found.error) == (outcome, error)


@pytest.mark.parametrize("reader", ["claude", "codex"])
def test_a_preset_that_left_no_record_failed_even_with_exit_code_0(tmp_path: Path, reader: str) -> None:
    found = Folder(tmp_path, reader).log("hello").end()
    assert (found.outcome, found.error) == (Outcome.FAILED, f"{reader} left no record of its end")
    assert "signal 9" in Folder(tmp_path, reader).end(exit_code=None, signal=9).error


def test_an_order_that_was_rewritten_brings_no_control_characters_into_what_is_told(tmp_path: Path) -> None:
    found = Folder(tmp_path, "a\x1b[31m\n\u202eb\ud800").log("x").end()
    assert found.error == "a b left no record of its end"


def test_a_finished_record_without_a_report_leaves_it_to_the_tree(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "claude").log(CLAUDE_DONE)
    assert (folder.end().outcome, folder.end().summary) == (None, "All good.")
    assert folder.end(exit_code=1).outcome is Outcome.FAILED


def test_cost_tokens_and_conversation_are_kept_when_the_report_decides(tmp_path: Path) -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 1}
    record = {**json.loads(CLAUDE_DONE), "session_id": "abc-1", "total_cost_usd": 0.25, "usage": usage}
    found = Folder(tmp_path, "claude").report(DONE).log(json.dumps(record)).end()
    assert (found.outcome, found.conversation, found.tokens, found.cost_usd) == (Outcome.DONE, "abc-1", 116, 0.25)


def test_a_cost_is_in_the_currency_that_the_order_names(tmp_path: Path) -> None:
    paid = json.dumps({**json.loads(CLAUDE_DONE), "total_cost_usd": 0.5})
    attempt = Folder(tmp_path, "claude").log(paid)
    assert (attempt.end().cost_usd, attempt.end().cost_other) == (0.5, None)
    (tmp_path / "order.json").write_text(json.dumps({"reader": "claude", "currency": "EUR"}))
    assert (attempt.end().cost_usd, attempt.end().cost_other) == (None, Cost(amount=0.5, currency="EUR"))


def test_an_agent_that_counts_whole_conversations_is_known_by_its_end(tmp_path: Path) -> None:
    turn = json.dumps({"type": "turn.completed", "usage": {"input_tokens": 3500, "output_tokens": 100}})
    found = Folder(tmp_path, "codex").log(turn).end()
    assert (found.tokens, found.cost_usd, found.whole_conversation) == (3600, None, True)
    (tmp_path / "claude").mkdir()
    assert not Folder(tmp_path / "claude", "claude").log(CLAUDE_DONE).end().whole_conversation


@pytest.mark.parametrize("order", [None, b"{", b"[]", b'{"reader": 3}', b"{}"])
def test_an_unreadable_order_never_passes_for_success(attempt: Folder, order: bytes | None) -> None:
    (attempt.path / "order.json").unlink()
    if order is not None:
        (attempt.path / "order.json").write_bytes(order)
    assert attempt.end().outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON object"),
        (b"[1]", "no JSON object"),
        (b"{" * 100_000, "no JSON object"),
        (b"\xff\xfe", "no JSON object"),
        ({**DONE, "schema_version": 2}, "schema_version"),
        ({**DONE, "schema_version": True}, "schema_version"),
        ({**DONE, "schema_version": "1"}, "schema_version"),
        ({"status": "done"}, "schema_version"),
        ({**DONE, "status": "finished"}, "status"),
        ({**DONE, "status": ["done"]}, "status"),
        ({**DONE, "status": None}, "status"),
        (json.dumps(DONE).encode() + b" " * 1024 * 1024, "longer than"),
    ],
)
def test_a_report_that_is_not_valid_is_as_if_absent_and_said_so(attempt: Folder, data: object, why: str) -> None:
    found = attempt.report(data).end()
    assert found.outcome is None
    assert "result.json was ignored" in found.error
    assert why in found.error
    assert attempt.end(exit_code=2).error.startswith("exit code 2; result.json was ignored")


def test_a_report_that_is_a_link_is_not_followed(attempt: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text(json.dumps(DONE))
    (attempt.path / "out" / "result.json").symlink_to(tmp_path / "elsewhere.json")
    assert attempt.end().outcome is None


def test_a_report_in_a_linked_folder_is_not_followed(attempt: Folder, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "result.json").write_text(json.dumps(DONE))
    (attempt.path / "out").rmdir()
    (attempt.path / "out").symlink_to(tmp_path / "other")
    assert attempt.end().outcome is None


def test_a_pipe_in_the_place_of_a_file_does_not_keep_the_tick_waiting(attempt: Folder) -> None:
    os.mkfifo(attempt.path / "out" / "result.json")
    os.mkfifo(attempt.path / "worker.log")
    assert attempt.end().outcome is None


def test_texts_of_a_report_are_cleaned_and_bounded(attempt: Folder) -> None:
    hostile = {
        "summary": "\x1b[31mred\x1b[0m\u202e",
        "pr_title": "a\nb\x00",
        "pr_body": "\x07ä" * 60_000,
        "blockers": ["one\ntwo", 3, "", None, *["x"] * 100],
    }
    found = attempt.report({**DONE, **hostile}).end()
    assert (found.summary, found.pr_title) == ("red", "a b")
    assert len(found.pr_body.encode()) <= 60 * 1024
    assert set(found.pr_body) == {"ä"}
    assert found.blockers[:2] == ("one two", "x")
    assert len(found.blockers) <= 20


def test_side_texts_of_a_wrong_type_do_not_undo_the_status(attempt: Folder) -> None:
    found = attempt.report({**DONE, "summary": 3, "pr_title": None, "pr_body": [], "blockers": "one"}).end()
    assert found.outcome is Outcome.DONE
    assert (found.summary, found.pr_title, found.pr_body, found.blockers) == ("", "", "", ("one",))


def test_the_last_line_is_the_last_that_says_something(attempt: Folder) -> None:
    assert attempt.log("first", "\x1b[1mlast\x1b[0m words", "", "  \x1b[0m").end().last_line == "last words"
    assert attempt.log('{"plain": "json"}').end().last_line == '{"plain": "json"}'
    (attempt.path / "worker.log").unlink()
    assert attempt.end().last_line == ""


def _step(number: int) -> str:
    used = {"reason": "stop", "tokens": {"total": 10}, "cost": 0.01}
    noise = json.dumps({"type": "tool_use", "sessionID": "ses_1", "part": {"output": "x" * 20_000}})
    return f"{noise}\n" + json.dumps({"type": "step_finish", "sessionID": "ses_1", "part": used, "n": number})


def test_what_an_agent_tells_step_by_step_is_added_up_however_long_its_log_is(tmp_path: Path) -> None:
    found = Folder(tmp_path, "opencode").log(*map(_step, range(400))).end()
    assert (found.outcome, found.tokens) == (None, 4000)
    assert found.cost_usd == pytest.approx(4.0)


@pytest.mark.parametrize(("reader", "cost"), [("opencode", None), ("aider", 2.0)])
def test_a_sum_of_which_a_part_was_left_out_is_unknown(tmp_path: Path, reader: str, cost: float | None) -> None:
    told = "Tokens: 900 sent, 40 received. Cost: $1.00 message, $2.00 session."
    found = Folder(tmp_path, reader).log(_step(1), told, "[intake: 4711 bytes left out here]", _step(2), told).end()
    assert (found.cost_usd, found.tokens) == (cost, None)


def test_only_the_ends_of_a_huge_log_are_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "claude")
    first = json.dumps({"type": "system", "subtype": "init", "session_id": "s-1"})
    with (tmp_path / "worker.log").open("w") as log:
        log.write(f"{first}\n" + "x" * 99 + "\n")
        log.truncate(50 * 1024 * 1024)
        log.seek(0, os.SEEK_END)
        log.write(f"\n{CLAUDE_DONE}\n")
    found = folder.end()
    assert (found.outcome, found.conversation, found.last_line) == (None, "s-1", "All good.")


@pytest.mark.parametrize("how", [{"exit_code": 1}, {"end": "timeout"}, {"end": "stalled"}, {"end": "cancelled"}])
@pytest.mark.parametrize(
    ("reader", "first"),
    [
        ("claude", {"type": "system", "subtype": "init", "session_id": "c-1"}),
        ("codex", {"type": "thread.started", "thread_id": "c-1"}),
    ],
)
def test_a_conversation_is_known_however_it_ended(
    tmp_path: Path, reader: str, first: dict[str, str], how: dict[str, object]
) -> None:
    found = Folder(tmp_path, reader).log(json.dumps(first), *["working"] * 200_000).end(**how)
    assert found.conversation == "c-1"
    assert found.outcome is not None


def test_of_a_log_only_the_agents_part_is_read_where_that_is_known(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "command").log("before", "agent", "after")
    assert folder.end(agent_log=[7, 13]).last_line == "agent"
    assert folder.end(agent_log=[7, 10**30]).last_line == "after"
    odd: tuple[object, ...] = (None, [7], [13, 7], [-1, 7], ["7", "13"], {}, "713")
    assert {folder.end(agent_log=span).last_line for span in odd} == {"after"}


def test_verdicts_are_part_of_any_end(attempt: Folder) -> None:
    steps = [{"name": "agent"}, {"name": "verify", "title": "lint", "exit_code": 1, "seconds": 2.5, "tail": "bad\n"}]
    for found in (attempt.end(steps=steps), attempt.report(DONE).end(steps=steps)):
        assert [(one.name, one.exit_code, one.seconds, one.tail) for one in found.verified] == [("lint", 1, 2.5, "bad")]


def test_times_come_from_the_record(attempt: Folder) -> None:
    found = attempt.end(started_at="2026-11-20T11:00:00Z", agent_started_at="2026-11-20T11:59:30+00:00", hook_done=True)
    assert (found.ended_at, found.started_at) == (ENDED, datetime(2026, 11, 20, 11, 59, 30, tzinfo=UTC))
    assert found.hook_done
    assert attempt.end(started_at="2026-11-20T11:00:00Z", agent_started_at=None).started_at == ENDED.replace(hour=11)


def test_a_record_without_a_usable_time_takes_the_files(attempt: Folder) -> None:
    (attempt.path / "exit.json").write_text("{}")
    os.utime(attempt.path / "exit.json", (ENDED.timestamp(), ENDED.timestamp()))
    assert attempt.end(ended_at="soon").ended_at == ENDED
    assert attempt.end(ended_at="2026-11-20T12:00:00").ended_at == ENDED


ends = st.sampled_from(["exited", "timeout", "terminated", "broken", "", 3, None])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(["end", "exit_code", "signal", "error", "started_at", "ended_at", "agent_started_at", "step"])
words = st.sampled_from(["type", "result", "subtype", "success", "is_error", "error", "message", "session_id", "usage"])
events = st.dictionaries(words, junk | words | st.dictionaries(words, junk, max_size=2), max_size=5).map(
    lambda event: json.dumps(event).encode()
)
# Whatever of these holds "done" is not a valid report: its version is missing or wrong.
reports = st.binary(max_size=60) | st.dictionaries(
    st.sampled_from(["status", "summary", "pr_title", "blockers"]), junk | st.just("done"), max_size=4
).map(lambda report: json.dumps(report).encode())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reader=st.sampled_from(["command", "claude", "codex", "other"]),
    record=st.dictionaries(fields, junk | ends, max_size=8),
    log=st.lists(st.binary(max_size=40) | events, max_size=4).map(b"\n".join),
    report=reports,
)
def test_no_bytes_raise_and_none_pass_for_done(
    attempt: Folder, reader: str, record: dict[str, object], log: bytes, report: bytes
) -> None:
    (attempt.path / "order.json").write_text(json.dumps({"reader": reader}))
    (attempt.path / "worker.log").write_bytes(log)
    found = read_end(attempt.report(report).path, record)
    assert found.outcome not in (Outcome.DONE, Outcome.BLOCKED, Outcome.NO_CHANGES)
    assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for letter in found.last_line)
    assert "\n" not in found.error
