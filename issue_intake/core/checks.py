"""What the checks of a head come to."""

from __future__ import annotations

from enum import StrEnum

from issue_intake.core.review import Check, CheckState

_VERDICTLESS = frozenset({"timed_out", "startup_failure"})
_MOST_NAMES = 3


class Rollup(StrEnum):
    """All checks of a head in one word. NONE is not PASSED."""

    NONE = "none"
    PENDING = "pending"
    FAILED = "failed"
    PASSED = "passed"


def rollup(checks: tuple[Check, ...]) -> Rollup:
    """FAILED as soon as one failed; a check that was skipped, cancelled or says nothing is neither good nor bad."""
    states = {check.state for check in checks}
    if failed(checks):
        return Rollup.FAILED
    if states & {CheckState.PENDING, CheckState.ACTION_REQUIRED}:
        return Rollup.PENDING
    return Rollup.PASSED if CheckState.PASSED in states else Rollup.NONE


def failed(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Those that failed, or ended without a verdict. One that was cancelled did not."""
    return tuple(c for c in checks if c.state is CheckState.FAILED or c.conclusion in _VERDICTLESS)


def broken_off(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Those that came to no verdict of their own: worth one more run."""
    return tuple(c for c in checks if c.state is CheckState.BROKEN_OFF)


def names(checks: tuple[Check, ...]) -> str:
    """`lint, test and 2 more`."""
    shown = ", ".join(check.name for check in checks[:_MOST_NAMES])
    return shown if len(checks) <= _MOST_NAMES else f"{shown} and {len(checks) - _MOST_NAMES} more"
