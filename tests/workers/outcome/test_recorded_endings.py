"""What real programs printed and left, from success to nothing at all, is read for what it was."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.record import record
from issue_intake.workers.outcome.readers import read_record
from issue_intake.workers.outcome.readers.evidence import Evidence
from issue_intake.workers.outcome.result import read_end
from issue_intake.workers.presets import NAMES

RECORDINGS = Path(__file__).parents[2] / "data" / "agents"
ENDED = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
CURSORS = "c6b62c6f-7ead-4fd6-9922-e952131177ff"


@record
class Told:
    """What is to be read from a recording. `error` is a part of it, "" for none; `outcome` None: the tree decides."""

    outcome: Outcome | None = None
    error: str = ""
    code: int = 0
    signal: int | None = None
    conversation: str | None = None
    tokens: int | None = None
    cost: float | None = None
    until: datetime | None = None


FAILED, QUOTA = Outcome.FAILED, Outcome.QUOTA
ENDINGS = {
    "aider/success": Told(tokens=1880, cost=0.0053),
    "aider/resumed": Told(tokens=940, cost=0.0027),
    "aider/unknown-model": Told(tokens=940),
    "aider/error": Told(outcome=FAILED, error="The server had an error while processing your request."),
    "aider/login": Told(outcome=QUOTA, error="Incorrect API key provided"),
    "aider/login-none": Told(outcome=QUOTA, error="setting the OPENAI_API_KEY environment variable"),
    "aider/quota": Told(outcome=QUOTA, error="You exceeded your current quota, please check your plan"),
    "aider/rate": Told(outcome=QUOTA, error="try again in 20s", signal=15, until=ENDED + timedelta(seconds=20)),
    "aider/own-limit": Told(outcome=FAILED, error="aider gave up", tokens=3760, cost=0.01),
    "aider/torn": Told(outcome=FAILED, error="signal 15; aider left no record of its end", signal=15),
    "aider/none": Told(outcome=FAILED, error="signal 9; aider left no record of its end", signal=9),
    "mini-swe-agent/success": Told(tokens=1880, cost=0.0053),
    "mini-swe-agent/success-deterministic": Told(cost=0.02),
    "mini-swe-agent/error": Told(outcome=FAILED, error="InternalServerError: OpenAIException - The server had", code=1),
    "mini-swe-agent/login": Told(outcome=QUOTA, error="Incorrect API key provided", code=1),
    "mini-swe-agent/quota": Told(outcome=QUOTA, error="You exceeded your current quota", code=1),
    "mini-swe-agent/own-limit": Told(outcome=FAILED, error="stopped at its limit of steps or cost"),
    "mini-swe-agent/torn": Told(outcome=FAILED, error="signal 15; mini-swe-agent left no record", signal=15),
    "mini-swe-agent/none": Told(outcome=FAILED, error="signal 9; mini-swe-agent left no record", signal=9),
    "goose/success": Told(tokens=1880, cost=0.0066),
    "goose/success-older": Told(tokens=1880),
    "goose/resumed": Told(tokens=3760, cost=0.0132),
    "goose/error": Told(outcome=FAILED, error="Server error: Server error (500 Internal Server Error)", code=1),
    "goose/login": Told(outcome=QUOTA, error="Incorrect API key provided", code=1),
    "goose/login-none": Told(outcome=QUOTA, error="Run 'goose configure' first", code=1),
    "goose/quota": Told(outcome=QUOTA, error="Rate limit exceeded", code=1),
    "goose/quota-older": Told(outcome=QUOTA, error="Rate limit exceeded"),
    "goose/own-limit": Told(outcome=FAILED, error="goose stopped at its limit of turns", tokens=940),
    "goose/torn": Told(outcome=FAILED, error="signal 15; goose left no record of its end", signal=15),
    "goose/none": Told(outcome=FAILED, error="signal 9; goose left no record of its end", signal=9),
    "cursor-agent/success": Told(conversation=CURSORS, tokens=1880),
    "cursor-agent/success-without-usage": Told(conversation=CURSORS),
    "cursor-agent/resumed": Told(conversation=CURSORS, tokens=1880),
    "cursor-agent/error": Told(outcome=FAILED, error="Cannot use this model: bogus-model.", code=1),
    "cursor-agent/login": Told(outcome=QUOTA, error="run 'agent login' first", code=1),
    "cursor-agent/quota": Told(
        outcome=QUOTA,
        error="hit your usage limit",
        code=1,
        conversation=CURSORS,
    ),
    "cursor-agent/torn": Told(outcome=FAILED, error="signal 15; cursor-agent left no record", signal=15),
    "cursor-agent/none": Told(outcome=FAILED, error="signal 9; cursor-agent left no record", signal=9),
}
MINE = ("aider", "cursor-agent", "goose", "mini-swe-agent")


def ended(folder: Path, name: str, told: Told) -> End:
    """The end of an attempt whose agent left that recording."""
    (folder / "out").mkdir()
    (folder / "order.json").write_text(json.dumps({"reader": name.partition("/")[0]}))
    shutil.copy(RECORDINGS / f"{name}.log", folder / "worker.log")
    if (left := RECORDINGS / f"{name}.traj.json").exists():
        shutil.copy(left, folder / "out" / "mini.traj.json")
    code = None if told.signal else told.code
    exit_record = {"end": "exited", "exit_code": code, "signal": told.signal, "ended_at": ENDED.isoformat()}
    return read_end(folder, exit_record)


@pytest.mark.parametrize("name", ENDINGS)
def test_an_ending_is_read_for_what_it_was(name: str, tmp_path: Path) -> None:
    told = ENDINGS[name]
    end = ended(tmp_path, name, told)
    assert end.outcome == told.outcome
    if name != "cursor-agent/quota":  # a day of the year, in the machine's own time
        assert end.quota_until == told.until
    assert told.error in end.error
    assert bool(end.error) == bool(told.error)
    if name != "cursor-agent/torn":  # what names it stands at its beginning
        assert end.conversation == told.conversation
    assert end.tokens == told.tokens
    assert end.cost_usd == (pytest.approx(told.cost) if told.cost is not None else None)


def test_every_recording_is_read() -> None:
    there = {str(path.relative_to(RECORDINGS))[:-4] for name in MINE for path in (RECORDINGS / name).glob("*.log")}
    assert there == ENDINGS.keys()


def test_no_recording_names_a_place_of_the_machine_it_was_made_on() -> None:
    for path in (path for name in MINE for path in (RECORDINGS / name).iterdir()):
        text = path.read_text(encoding="utf-8")
        assert not any(place in text for place in ("/root/", "/opt/", "/work/", "/tmp/")), path
        assert len(text) <= 6 * 1024, path


def test_of_aiders_words_only_those_that_are_no_edit_are_kept() -> None:
    answer = (
        "Repo-map: disabled\n\nhello.txt\nI replace the greeting.\n\nhello.txt\n<<<<<<< SEARCH\nhello\n=======\nbye\n"
        ">>>>>>> REPLACE\n\nTokens: 1.2k sent, 3.1k cache write, 1.5M cache hit, 40 received.\n"
        "Cost: $0.01 message, $1.25 session.\nApplied edit to hello.txt\n"
    )
    told = read_record("aider", Evidence(log=answer, folder=Path("/nowhere"), ended_at=ENDED))
    assert (told.words, told.tokens, told.cost_usd) == ("I replace the greeting.", 1240, 1.25)


def test_aiders_last_words_are_found_beneath_a_flood_of_blank_lines(tmp_path: Path) -> None:
    used = "Tokens: 900 sent, 40 received. Cost: $0.0027 message, $0.0027 session."
    log = "\n" * 500_000 + f"Added .gitignore to the chat\nI changed it.\n\nBoth of them.\n\n{used}\n"
    found = read_record("aider", Evidence(log=log, folder=tmp_path, ended_at=ENDED))
    assert (found.finished, found.words, found.tokens) == (True, "I changed it.\n\nBoth of them.", 940)


def test_a_models_own_words_turn_no_success_into_a_failure() -> None:
    answer = "litellm.RateLimitError: says the file\nTokens: 9 sent, 1 received.\nApplied edit to a\n"
    assert read_record("aider", Evidence(log=answer, folder=Path("/nowhere"), ended_at=ENDED)).finished
    shown = (
        "Tokens: 9 sent, 1 received.\nlitellm.RateLimitError: a line of a file\nOnly 3 reflections allowed, stopping.\n"
    )
    gave_up = read_record("aider", Evidence(log=shown, folder=Path("/nowhere"), ended_at=ENDED))
    assert (gave_up.finished, gave_up.quota) == (False, False)


@pytest.mark.parametrize(
    "said", ["Traceback (most recent call last):\n  File x\nKeyError: 1", "Model gpt-4o has hit a token limit!\n"]
)
def test_aider_that_broke_off_after_an_answer_is_not_finished(said: str) -> None:
    log = f"Tokens: 9 sent, 1 received.\n{said}\n"
    told = read_record("aider", Evidence(log=log, folder=Path("/nowhere"), ended_at=ENDED))
    assert (told.finished, told.quota, bool(told.error), told.tokens) == (False, False, True, 10)


@pytest.mark.parametrize(
    "trajectory",
    [
        "",
        "[]",
        "{",
        '{"info": 3, "messages": {}}',
        '{"info": {"exit_status": ["Submitted"], "model_stats": {"instance_cost": -1}}, "messages": [3]}',
    ],
)
def test_a_trajectory_that_is_none_is_no_end(trajectory: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mini.traj.json").write_text(trajectory)
    told = read_record("mini-swe-agent", Evidence(log="", folder=tmp_path, ended_at=ENDED))
    assert (told.finished, told.quota, told.tokens, told.cost_usd) == (False, False, None, None)


def test_a_trajectory_is_never_read_through_a_link_or_without_end(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    trajectory = tmp_path / "out" / "mini.traj.json"
    trajectory.symlink_to("/dev/zero")
    evidence = Evidence(log="", folder=tmp_path, ended_at=ENDED)
    assert "can't be read" in read_record("mini-swe-agent", evidence).error
    trajectory.unlink()
    with trajectory.open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    assert "longer than" in read_record("mini-swe-agent", evidence).error


@pytest.mark.parametrize("reader", NAMES)
@given(
    log=st.lists(
        st.text(max_size=20)
        | st.sampled_from(
            [
                *("Tokens: 1 sent, 2 received.", "litellm.RateLimitError: x", "<<<<<<< SEARCH", "```", "Error: x"),
                *('{"type":"error"}', '{"type":"complete","total_tokens":-1}', '{"type":"result","usage":[]}'),
                '{"type":"message","message":{"role":"assistant","content":[{"type":"text","text":3}]}}',
            ]
        ),
        max_size=8,
    )
)
def test_no_output_makes_a_reader_raise_or_finish_with_an_error(reader: str, log: list[str]) -> None:
    told = read_record(reader, Evidence(log="\n".join(log), folder=Path("/nowhere"), ended_at=ENDED))
    assert not (told.finished and (told.error or told.quota))
