"""The kernel's keyring of a login session, in which tickets and keys are found: a worker gets one of its own."""

from __future__ import annotations

import os
import sys

_JOIN_NEW = 1  # KEYCTL_JOIN_SESSION_KEYRING, without a name
# The number of keyctl(2), as <asm/unistd.h> has it for programs of 64 bits.
NUMBERS = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "loongarch64": 219, "ppc64le": 271, "s390x": 280}


def leave() -> bool:
    """Go on, with all that is started from here, in a new and empty one; False where that is not known how."""
    number = NUMBERS.get(os.uname().machine) if sys.platform == "linux" and sys.maxsize > 2**32 else None
    if number is None:
        return False
    try:
        import ctypes  # noqa: PLC0415 - a Python built without it can do the rest

        return bool(ctypes.CDLL(None).syscall(number, _JOIN_NEW, None, 0, 0, 0) > 0)
    except (ImportError, OSError, AttributeError):
        return False
