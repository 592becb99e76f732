"""Keys of the login session that started a run."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from issue_intake.workers.supervisor import keyring
from tests.workers.bench import PYTHON, Bench

_ADD_KEY = {"x86_64": 248, "aarch64": 217}
_FIND = """
import ctypes, sys
found = ctypes.CDLL(None).syscall(int(sys.argv[1]), 10, -3, b"user", b"canary", 0)  # KEYCTL_SEARCH of the session's
print("found" if found > 0 else "nothing")
"""


def test_a_worker_does_not_find_the_keys_of_the_session_that_started_it(bench: Bench) -> None:
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in _ADD_KEY or not keyring.leave():
        pytest.skip("no keyring here")
    if ctypes.CDLL(None).syscall(_ADD_KEY[machine], b"user", b"canary", b"secret", 6, -3) < 0:
        pytest.skip("no key can be added here")
    find = (*PYTHON, _FIND, str(keyring.NUMBERS[machine]))
    assert subprocess.run(find, capture_output=True, check=True).stdout == b"found\n"
    ref = bench.run(bench.step(*find))
    assert (ref.folder / "worker.log").read_text() == "nothing\n"
