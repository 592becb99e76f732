"""A program that is asked something may hang, flood, draw, leave others behind, or not be there."""

from __future__ import annotations

import os
import time
from pathlib import Path

from issue_intake.workers.ask import Answer, ask
from tests.workers.bench import until

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def asked(folder: Path, script: str, seconds: float = 5.0) -> Answer | None:
    return ask(("sh", "-c", script), ENVIRONMENT, folder, seconds)


def test_what_it_says_is_heard_on_both_streams_with_its_exit_code(tmp_path: Path) -> None:
    assert asked(tmp_path, "echo 1.2; echo warning >&2; exit 3") == Answer(code=3, text="1.2\nwarning\n")


def test_one_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    begun = time.monotonic()
    answer = asked(tmp_path, "echo $$ > pid; echo early; sleep 60 & sleep 60", seconds=0.3)
    assert answer == Answer(code=None, text="early\n")
    assert time.monotonic() - begun < 20
    group = int((tmp_path / "pid").read_text())
    until(lambda: None if group in map(_group, Path("/proc").glob("[0-9]*")) else True)  # a killed one takes a moment


def _group(pid: Path) -> int | None:
    """Of those that live: a zombie is nobody."""
    try:
        state, _, group = (pid / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return None
    return int(group) if state != "Z" else None


def test_one_that_leaves_its_output_open_to_others_is_not_waited_for(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert asked(tmp_path, "echo 1.0; sleep 60 & exit 0") == Answer(code=0, text="1.0\n")
    assert time.monotonic() - begun < 20


def test_one_that_closes_its_output_and_goes_on_is_ended(tmp_path: Path) -> None:
    assert asked(tmp_path, "echo 1.0; exec >&- 2>&-; sleep 60", seconds=0.3) == Answer(code=None, text="1.0\n")


def test_a_flood_is_cut(tmp_path: Path) -> None:
    answer = asked(tmp_path, "while :; do echo 0123456789012345678901234567890123456789; done")
    assert answer is not None
    assert (answer.code, len(answer.text)) == (None, 64 * 1024)


def test_it_finds_nothing_on_stdin_and_no_variable_but_those_given(tmp_path: Path) -> None:
    answer = asked(tmp_path, "cat; env | cut -d= -f1 | sort | tr '\\n' ' '; pwd")
    assert answer is not None
    assert set(answer.text.split()) <= {"PATH", "PWD", "OLDPWD", "SHLVL", "_", str(tmp_path)}


def test_what_a_terminal_would_obey_is_taken_out(tmp_path: Path) -> None:
    answer = asked(tmp_path, r"printf '\033[31m1.2.3\033[0m\033]0;title\007\377\n'")
    assert answer == Answer(code=0, text="1.2.3\ufffd\n")


def test_one_that_cannot_be_started_gives_no_answer(tmp_path: Path) -> None:
    assert ask((str(tmp_path / "missing"),), ENVIRONMENT, tmp_path, 1.0) is None
    (tmp_path / "odd").write_bytes(b"\x00not a program")
    (tmp_path / "odd").chmod(0o755)
    assert ask((str(tmp_path / "odd"),), ENVIRONMENT, tmp_path, 1.0) is None
