"""Output of programs as a person may see it: what a terminal would obey is taken out of each line."""

from __future__ import annotations

from issue_intake.core.text import last_drawn, without_controls


def shown(line: str) -> str:
    """`line` cleaned; of what was written over and over, as by a progress bar, the last."""
    return without_controls(last_drawn(line))
