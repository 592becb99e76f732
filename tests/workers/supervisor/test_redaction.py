"""What looks like a secret is taken out of a worker's output as it passes, however it is cut up."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from issue_intake.workers.outcome.result import read_end as read_whole_end
from issue_intake.workers.supervisor.records import read_json
from issue_intake.workers.supervisor.redaction import Redaction
from tests.workers.bench import Bench, until

TOKEN = b"ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEow/+a=\nabcd\n-----END RSA PRIVATE KEY-----"


def passed(*pieces: bytes) -> bytes:
    redaction = Redaction()
    return b"".join([*(redaction.pass_on(piece) for piece in pieces), redaction.rest()])


@given(st.lists(st.integers(0, 400), max_size=6))
def test_however_output_is_cut_up_a_secret_in_it_is_gone(cuts: list[int]) -> None:
    text = b"one\n\x1b[1mtwo " + TOKEN + b" three\nx " + KEY + b" y\nhttps://me:pass@h/a\n\xff\x00" + TOKEN
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    shown = passed(*(text[begin:end] for begin, end in pairwise(places)))
    assert shown == passed(text)
    assert not [part for part in (b"ghp_", b"MIIE", b"abcd", b"PRIVATE", b"pass") if part in shown]
    assert shown.startswith(b"one\n\x1b[1mtwo [redacted] three\nx [redacted]")
    assert b" y\nhttps://[redacted]@h/a\n\xff\x00[redacted]" in shown


@given(st.binary(max_size=300), st.integers(1, 50))
def test_output_without_secrets_passes_as_it_is(data: bytes, size: int) -> None:
    assert passed(*(data[at : at + size] for at in range(0, len(data), size))) == data


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_record_of_an_agents_stays_a_record(before: str, after: str) -> None:
    token, key = TOKEN.decode(), KEY.decode()
    said = {"a": f"{before}\n{token}\n{after}", "k": f"{before}{key}", "h": f'"authorization: {before}'}
    for ascii_only in (True, False):
        shown = json.loads(passed(json.dumps(said, ensure_ascii=ascii_only).encode() + b"\n"))
        assert shown.keys() == said.keys()
        assert "ghp_" not in shown["a"]
        assert "MIIE" not in shown["k"]


def test_a_key_that_never_ends_takes_no_other_lines_with_it() -> None:
    assert passed(b"-----BEGIN PRIVATE KEY-----\nMIIE\n", b"[ok] 3 passed\n") == b"[redacted]\n[ok] 3 passed\n"


def test_a_line_without_end_is_held_in_bounds_and_cut_between_words() -> None:
    redaction = Redaction()
    shown = b""
    for _ in range(40):
        shown += redaction.pass_on(b"word " * 2000 + TOKEN + b" ")
    assert len(shown) > 300_000
    assert b"ghp_" not in shown + redaction.rest()
    assert len(redaction.pass_on(b"x" * 200_000)) > 100_000


def test_a_prompt_without_an_end_is_seen_while_the_worker_waits(bench: Bench) -> None:
    ref = bench.start(bench.shell("printf 'Continue? '; sleep 600"))
    log = ref.folder / "worker.log"
    until(lambda: (log.exists() and log.read_text() == "Continue? ") or None)
    bench.worker.stop(ref)


def test_what_an_agent_prints_is_clean_in_the_log_in_the_tails_and_at_its_places(bench: Bench) -> None:
    token = TOKEN.decode()
    say = f"printf 'ghp_'; printf '{token[4:]}\\n'; echo '-- {token} --'; printf '%s' {token}"
    ref = bench.run(bench.shell(say, "before_run"), bench.shell(say), bench.shell(f"{say}; exit 1", "verify"))
    record = read_json(str(ref.folder / "exit.json"))
    log = (ref.folder / "worker.log").read_bytes()
    mine = b"[redacted]\n-- [redacted] --\n[redacted]"
    assert log == mine * 3
    assert record["agent_log"] == [len(mine), 2 * len(mine)]
    assert read_whole_end(ref.folder, record).verified[0].tail == mine.decode()
