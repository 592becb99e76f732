"""Memory that is in no process: files without a name, and in temporary file systems of a sandbox's own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from issue_intake.core.sandbox import Mount, Sandbox
from issue_intake.workers.sandbox.wrap import wrapped
from issue_intake.workers.supervisor.held import held
from issue_intake.workers.supervisor.table import LINUX
from tests.sandboxes import needs_bwrap
from tests.workers.bench import PYTHON, Bench, ref_of, until

pytestmark = pytest.mark.skipif(not LINUX, reason="only Linux tells")

MIB = 1 << 20
LIMIT = 256 * MIB
WAIT = "time.sleep(600)"
NAMELESS = f"import os, time; file = os.memfd_create('x'); [os.write(file, bytes({MIB})) for _ in range(400)]; {WAIT}"
MAPPED = (
    "import mmap, os, time; file = os.memfd_create('x'); os.truncate(file, 160 << 20);"
    "held = mmap.mmap(file, 160 << 20); [held.write(bytes(1 << 20)) for _ in range(160)]; os.fork(); time.sleep(2.5)"
)


def _record(bench: Bench, *argv: str) -> dict[str, Any]:
    order = replace(bench.order(bench.step(*argv)), memory=LIMIT)
    return bench.record(ref_of(order, bench.worker.start(order)))


def _boxed(bench: Bench, *argv: str) -> tuple[str, ...]:
    mounts = [Mount(path=Path(name), access="empty", what="") for name in ("/var/tmp", "/tmp")]
    tree = Mount(path=bench.worktree, access="write", what="")
    root = tuple(
        Mount(path=Path(name), access="read", what="") for name in {sys.prefix, sys.base_prefix, str(Path.cwd())}
    )
    sandbox = Sandbox(kind="bwrap", home=Path("/tmp"), mounts=(*mounts, *root, tree), memory=LIMIT)
    return wrapped(sandbox, argv, cwd=str(bench.worktree))


def test_a_file_without_a_name_counts(bench: Bench) -> None:
    record = _record(bench, *PYTHON, NAMELESS)
    assert (record["end"], record["error"]) == ("over_limit", "agent used more than 256 MiB of memory")


def test_what_is_held_and_mapped_counts_once(bench: Bench) -> None:
    record = _record(bench, *PYTHON, MAPPED)
    assert (record["end"], record["exit_code"]) == ("exited", 0)


@needs_bwrap
def test_what_an_agent_writes_to_the_empty_folders_of_its_sandbox_counts(bench: Bench) -> None:
    fill = "head -c 200M /dev/zero > /tmp/a; head -c 200M /dev/zero > /var/tmp/b; sleep 600"
    record = _record(bench, *_boxed(bench, "sh", "-c", fill))
    assert (record["end"], record["error"]) == ("over_limit", "agent used more than 256 MiB of memory")


@needs_bwrap
def test_no_empty_folder_takes_more_than_the_memory_of_all(bench: Bench) -> None:
    record = _record(bench, *_boxed(bench, "sh", "-c", "head -c 1G /dev/zero > /tmp/a 2> said; exit 7"))
    assert record["exit_code"] == 7 or record["end"] == "over_limit"
    assert "No space left" in (bench.worktree / "said").read_text()


@needs_bwrap
def test_a_temporary_file_system_that_an_agent_mounts_itself_counts(bench: Bench) -> None:
    mounted = "mount -t tmpfs none /var/tmp && head -c 50M /dev/zero > /var/tmp/b && touch full; sleep 600"
    argv = _boxed(bench, "unshare", "-Urm", "sh", "-c", mounted)
    with subprocess.Popen(argv, cwd=bench.worktree, stderr=subprocess.PIPE) as outer:
        try:
            until(lambda: (bench.worktree / "full").exists() or outer.poll() is not None or None)
            if outer.poll() is not None:
                pytest.skip("no namespace in a namespace here")
            below = [process.pid for process in psutil.Process(outer.pid).children(recursive=True)]
            assert held(below) >= 50 * MIB
        finally:
            outer.kill()


def test_what_others_hold_does_not_count() -> None:
    assert held([os.getpid(), os.getppid(), 2**22 + 1]) == 0
