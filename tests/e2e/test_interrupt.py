"""Ctrl-C at any moment: one line, the exit code for it, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.begun import ROOT
from tests.e2e.scene import Scene

_SAID = "intake: interrupted; what was begun is on record\n"


def test_an_interrupted_command_says_so(scene: Scene) -> None:
    number = scene.running()
    begun = scene.start("logs", str(number), "-f")
    begun.first_line()
    begun.send_signal(signal.SIGINT)
    done = scene.finish(begun)
    assert (done.code, done.err) == (130, _SAID)
    scene.release()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_demonstration_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    argv = [sys.executable, "-m", "issue_intake", "demo"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        assert any(line.startswith("$ intake run") for line in playing.stdout)
        playing.send_signal(number)
        assert playing.stdout.read().endswith("Interrupted.\n")
        assert playing.wait(60) == 130
    assert list(tmp_path.glob("intake-demo-*")) == []


def test_while_modules_are_loaded_it_is_as_quiet(tmp_path: Path) -> None:
    slow = "import os, signal; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(30)"
    (tmp_path / "typer.py").write_text(slow)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "issue_intake", "status"],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, _SAID)
    assert time.monotonic() - started < 30
