"""What a program is started with, and what it never gets."""

from __future__ import annotations

import re

import psutil

from issue_intake.core.work import Step
from tests.workers.bench import Bench


def test_an_agent_gets_the_orders_environment_its_steps_and_its_mark_and_nothing_else(bench: Bench) -> None:
    bench.environ = {"PATH": "/usr/bin:/bin", "KEY": "s3cret", "EMPTY": "", "ODD": "a\nb=c \udcff"}
    added = {"STEP": "1", "EMPTY": "no"}
    ref = bench.run(Step(name="agent", argv=("env", "-0"), cwd=str(bench.worktree), env=added))
    lines = (ref.folder / "worker.log").read_bytes().decode("utf-8", "surrogateescape").split("\0")
    seen = dict(line.split("=", 1) for line in lines if line)
    assert seen == {**bench.environ, **added, "INTAKE_RUN": ref.run}


def test_no_value_of_the_environment_reaches_a_file_or_an_argument(bench: Bench) -> None:
    bench.environ["KEY"] = "s3cret-value"
    ref = bench.start(bench.shell("sleep 600"))
    pid = bench.supervisor(ref).pid
    assert "s3cret" not in " ".join(psutil.Process(pid).cmdline())
    bench.worker.stop(ref)
    bench.settle(ref)
    assert all(b"s3cret" not in path.read_bytes() for path in ref.folder.iterdir() if path.is_file())


def test_an_agent_gets_three_streams_and_no_other_descriptor(bench: Bench) -> None:
    ref = bench.run(bench.step("/bin/ls", "-l", "/proc/self/fd"))
    shown = re.findall(r" (\d+) -> (.+)", (ref.folder / "worker.log").read_text())
    assert [number for number, _ in shown] == ["0", "1", "2", "3"]
    assert [target.partition(":")[0] for _, target in shown[:3]] == ["/dev/null", "pipe", "pipe"]
    assert re.fullmatch(r"/proc/\d+/fd", shown[3][1])  # the listing's own


_THE_C_LIBRARYS = 1 << 31 | 1 << 32  # signals 32 and 33, which no program can set


def test_an_agent_starts_with_default_signals_in_a_session_of_its_own(bench: Bench) -> None:
    ref = bench.run(bench.step("cat", "/proc/self/status", "/proc/self/stat"))
    shown = (ref.folder / "worker.log").read_text()
    masks = [int(mask, 16) for mask in re.findall(r"(?:SigBlk|SigIgn):\s*(\w+)", shown)]
    assert [mask & ~_THE_C_LIBRARYS for mask in masks] == [0, 0]
    pid, _, _, _, _, session = shown.splitlines()[-1].split()[:6]
    assert pid == session


def test_stdin_is_the_steps_file_or_nothing(bench: Bench) -> None:
    given = bench.root / "given.md"
    given.write_text("Do the thing.\n")
    ref = bench.run(bench.step("cat", stdin=str(given)), bench.step("cat", name="after_run"))
    assert (ref.folder / "worker.log").read_text() == "Do the thing.\n"
