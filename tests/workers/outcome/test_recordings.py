"""What the genuine agents recorded of themselves is read as what it was: the recordings lie in tests/data/agents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.cost import Cost
from issue_intake.core.record import record
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers import read_record
from issue_intake.workers.outcome.readers.evidence import Evidence, Record
from issue_intake.workers.outcome.result import read_end
from issue_intake.workers.presets import NAMES, preset

RECORDINGS = Path(__file__).parents[2] / "data" / "agents"
ENDED = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
CHOSEN = "0c0ffee0-2222-4333-8444-555555555555"


@record
class Told:
    """What a recording comes to. `code`: as the process ended; `says`: a piece of the error; `conversation`: its first
    characters, "" for none; `waits`: until the moment that is named.
    """

    outcome: Outcome | None
    code: int = 0
    says: str = ""
    conversation: str = ""
    tokens: int | None = None
    cost: float | None = None
    refusal: Refusal | None = None
    waits: timedelta | None = None


GOOD = Told(outcome=None, tokens=1880)
BAD = Told(outcome=Outcome.FAILED, code=1)
CUT = replace(BAD, code=-15, says="left no record of its end")
NOTHING = replace(CUT, code=-9)
LIMIT = Told(outcome=Outcome.QUOTA, code=1, refusal=Refusal.LIMIT)
LOGIN = replace(LIMIT, refusal=Refusal.LOGIN)

TABLE = {
    "claude/success": replace(GOOD, conversation="fff2238f", cost=0.0066),
    "claude/resumed": replace(GOOD, conversation="fff2238f", cost=0.0066),
    "claude/error": replace(BAD, says="API Error: 500", conversation="1b2ac9c4", tokens=0, cost=0.0),
    "claude/login": replace(LOGIN, says="Not logged in", conversation="b50d1fac", tokens=0, cost=0.0),
    "claude/login-none": replace(LOGIN, says="Not logged in", conversation="f7af78aa", tokens=0, cost=0.0),
    "claude/quota": replace(
        LIMIT,
        says="resets 7:33pm",
        conversation="ec6d5363",
        tokens=0,
        cost=0.0,
        waits=timedelta(hours=2, minutes=3, seconds=19),
    ),
    "claude/quota-apikey": replace(LIMIT, says="429", conversation="4dbda044", tokens=0, cost=0.0),
    "claude/credit": replace(LIMIT, says="Credit balance", conversation="5c4d25e6", tokens=0, cost=0.0),
    "claude/own-limit": replace(BAD, says="limit of turns", conversation="5718a35c", tokens=1880, cost=0.0066),
    "claude/own-cost-limit": replace(BAD, says="budget", conversation="51481255", tokens=2820, cost=0.0132),
    "claude/resume-missing": replace(BAD, says="No conversation", conversation="11111111", tokens=0, cost=0.0),
    "claude/torn": replace(CUT, code=143, conversation="88c19c3c"),
    "claude/none": NOTHING,
    "codex/success": replace(GOOD, conversation="01a1ff1c"),
    "codex/resumed": replace(GOOD, conversation="01a1ff1c", tokens=3760),
    "codex/error": replace(BAD, says="high demand", conversation="01a1ff22"),
    "codex/login": replace(LOGIN, says="401 Unauthorized", conversation="01a1ff21"),
    "codex/quota": replace(LIMIT, says="Quota exceeded", conversation="01a1ff21"),
    "codex/rate": replace(LIMIT, code=-15, says="429", conversation="01a1ff21"),
    "codex/resume-missing": replace(BAD, says="left no record of its end"),
    "codex/torn": replace(CUT, conversation="01a1ff21"),
    "codex/none": NOTHING,
    "copilot/success": replace(GOOD, conversation="aaaaaaaa", tokens=None),
    "copilot/resumed": replace(GOOD, conversation="aaaaaaaa", tokens=3760),
    "copilot/denied": replace(GOOD, conversation="9f7260df", tokens=None),
    "copilot/error": replace(BAD, says="Last error: 500", conversation="6767524d"),
    "copilot/login": replace(LOGIN, says="Authentication failed", conversation="7a5b4192"),
    "copilot/login-none": replace(LOGIN, says="No authentication information", conversation="0c0ffee0"),
    "copilot/quota": replace(LIMIT, says="Last error: 429", conversation="f5dc113b"),
    "copilot/rate": replace(BAD, code=-15, says="was ended", conversation="0f851efc"),
    "copilot/own-limit": replace(BAD, code=0, says="limit of continuations", conversation="f821e4ac"),
    "copilot/resume-missing": replace(BAD, says="No session, task, or name matched", conversation="0c0ffee0"),
    "copilot/torn": replace(BAD, code=-15, says="was ended", conversation="c0215cab"),
    "copilot/none": replace(NOTHING, conversation="0c0ffee0"),
    "gemini/success": replace(GOOD, conversation="52f08403"),
    "gemini/resumed": replace(GOOD, conversation="52f08403"),
    "gemini/shell-denied": replace(GOOD, conversation="1cf8838d"),
    "gemini/error": replace(BAD, code=244, says="The server had an error", conversation="c52e217c", tokens=0),
    "gemini/login": replace(LOGIN, code=144, says="API key not valid", conversation="02724e3b", tokens=0),
    "gemini/login-none": replace(LOGIN, code=41, says="Please set an Auth method"),
    "gemini/login-gateway": replace(LOGIN, code=41, says="Invalid auth method"),
    "gemini/quota": replace(LIMIT, code=173, says="daily quota", conversation="f31e6a00", tokens=0),
    "gemini/rate-bounded": replace(
        LIMIT, code=173, says="retry in 31.2s", conversation="b6fbb103", tokens=0, waits=timedelta(seconds=31.2)
    ),
    "gemini/own-limit": replace(BAD, code=53, says="limit of turns", conversation="ef1b5382", tokens=1880),
    "gemini/resume-missing": replace(BAD, code=42, says="exit code 42"),
    "gemini/torn": replace(CUT, code=0, conversation="16ea7731"),
    "gemini/none": NOTHING,
    "opencode/success": replace(GOOD, conversation="ses_e00f", cost=0.0053),
    "opencode/resumed": replace(GOOD, conversation="ses_e00f", cost=0.0053),
    "opencode/shell-denied": replace(GOOD, conversation="ses_e00e"),
    "opencode/denied": replace(
        BAD, code=0, says="stopped at what it may not do: bash", conversation="ses_e00e", tokens=940, cost=0.00265
    ),
    "opencode/error": CUT,  # it tries again until it is ended
    "opencode/login": replace(LOGIN, says="Incorrect API key", conversation="ses_e00e"),
    "opencode/login-none": replace(BAD, says="run opencode auth login", conversation="ses_e00d"),
    "opencode/quota": replace(LIMIT, says="exceeded your current quota", conversation="ses_e00e"),
    "opencode/quota-torn-with-logs": replace(LIMIT, code=-15, says="exceeded your current quota"),
    "opencode/aimock-429": replace(
        LIMIT, says="Rate limit reached", conversation="ses_e00d", waits=timedelta(seconds=1)
    ),
    "opencode/resume-missing": replace(BAD, says="exit code 1"),
    "opencode/torn": replace(CUT, conversation="ses_e00e", tokens=2820, cost=0.00795),
    "opencode/none": NOTHING,
}


def recorded(name: str, folder: Path) -> Record:
    log = (RECORDINGS / f"{name}.log").read_text()
    return read_record(name.partition("/")[0], Evidence(log=log, folder=folder, ended_at=ENDED))


def ended(name: str, code: int, folder: Path) -> End:
    """The end of an attempt whose agent left this recording, in the folder that a worker would leave."""
    known = preset(name.partition("/")[0])
    assert known is not None
    (folder / "out").mkdir(parents=True)
    order = {"reader": known.reader, "login": known.login, "conversation": CHOSEN if known.chosen else None}
    (folder / "order.json").write_text(json.dumps(order))
    (folder / "worker.log").write_bytes((RECORDINGS / f"{name}.log").read_bytes())
    if (usage := RECORDINGS / f"{name}.usage.json").exists():
        (folder / "out" / "copilot-usage.json").write_bytes(usage.read_bytes())
    how = {"exit_code": code, "signal": None} if code >= 0 else {"exit_code": None, "signal": -code}
    return read_end(folder, {"schema_version": 1, "end": "exited", "ended_at": ENDED.isoformat(), **how})


@pytest.mark.parametrize("name", TABLE)
def test_a_recording_is_read_as_what_it_was(name: str, tmp_path: Path) -> None:
    told, end = TABLE[name], ended(name, TABLE[name].code, tmp_path / "1")
    assert (end.outcome, end.tokens) == (told.outcome, told.tokens)
    assert end.cost_usd == (pytest.approx(told.cost) if told.cost is not None else None)
    assert told.says in end.error
    assert (end.error != "") == (told.outcome is not None)
    assert (end.conversation or "")[:8] == told.conversation
    assert end.quota_until == (ENDED + told.waits if told.waits is not None else None)
    assert recorded(name, tmp_path / "1").refusal is told.refusal


@pytest.mark.parametrize("name", [name for name, told in TABLE.items() if told.refusal is Refusal.LOGIN])
def test_a_login_problem_says_what_to_run_where_even_little_room_shows_it(name: str, tmp_path: Path) -> None:
    known = preset(name.partition("/")[0])
    end = ended(name, TABLE[name].code, tmp_path / "1")
    assert known is not None
    assert end.error.endswith(f"; {known.login}")
    assert len(end.error) <= 160


def test_every_recording_is_in_the_table_and_small() -> None:
    here = {str(path.relative_to(RECORDINGS).with_suffix("")): path for path in RECORDINGS.glob("*/*.log")}
    agents = {name.partition("/")[0] for name in TABLE}
    ours = {name: path for name, path in here.items() if name.partition("/")[0] in agents}
    assert set(ours) == set(TABLE)
    assert [name for name, path in ours.items() if path.stat().st_size > 6144] == []


@pytest.mark.parametrize("agent", NAMES)
def test_every_agent_was_recorded_from_success_to_nothing_at_all(agent: str) -> None:
    here = {path.stem for path in RECORDINGS.glob(f"{agent}/*.log")}
    known = preset(agent)
    assert known is not None
    own = {"own-limit"} if known.turns or known.cost else set()
    assert {"success", "error", "login", "quota", "torn", "none", *own} <= here


@pytest.mark.parametrize("agent", ["claude", "codex", "copilot", "gemini", "opencode"])
def test_a_record_cut_anywhere_is_never_a_good_end(agent: str, tmp_path: Path) -> None:
    whole = (RECORDINGS / agent / "success.log").read_text().rstrip("\n")
    last = len(whole) - whole.rfind("\n")
    for cut in (1, 2, last // 2, last - 1, last, last + 1, len(whole) // 2):
        evidence = Evidence(log=whole[:-cut], folder=tmp_path, ended_at=ENDED)
        assert not read_record(agent, evidence).finished


def test_the_usage_of_copilot_is_that_of_the_whole_conversation(tmp_path: Path) -> None:
    assert ended("copilot/resumed", 0, tmp_path / "1").whole_conversation


@pytest.mark.parametrize(
    ("content", "tokens", "cost"),
    [
        (b'{"modelMetrics": {"m": {"usage": {"inputTokens": 5, "outputTokens": 2}}}}', 7, None),
        (b'{"totalNanoAiu": 2500000000}', None, Cost(amount=2.5, currency="credits")),
        (b'{"totalNanoAiu": "2", "modelMetrics": {"m": {"usage": {"inputTokens": -5}}}}', None, None),
        (b'{"modelMetrics": ["m"], "totalNanoAiu": 1e99}', None, None),
        (b"[" * 100_000, None, None),
        (b" " * 300_000 + b"{}", None, None),
        (b"\xff", None, None),
    ],
)  # fmt: skip
def test_of_what_anybody_can_write_only_numbers_are_taken(
    content: bytes, tokens: int | None, cost: Cost | None, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "copilot-usage.json").write_bytes(content)
    found = recorded("copilot/success", tmp_path)
    assert (found.finished, found.tokens, found.cost_other) == (True, tokens, cost)


def test_a_usage_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "copilot-usage.json").symlink_to(RECORDINGS / "copilot" / "resumed.usage.json")
    assert recorded("copilot/success", tmp_path).tokens is None


def test_gemini_that_stopped_itself_in_a_loop_did_not_finish(tmp_path: Path) -> None:
    good = (RECORDINGS / "gemini" / "success.log").read_text().rstrip("\n")
    loop = '{"type":"error","severity":"warning","message":"Loop detected, stopping execution"}'
    head, _, last = good.rpartition("\n")
    found = read_record("gemini", Evidence(log=f"{head}\n{loop}\n{last}\n", folder=tmp_path, ended_at=ENDED))
    assert (found.finished, found.error) == (False, "gemini stopped itself: it repeated one call")
