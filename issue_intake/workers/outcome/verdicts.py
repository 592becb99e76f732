"""What the project's own commands said of the work, read from the worker's end."""

from __future__ import annotations

from collections.abc import Mapping

from issue_intake.core.attempt import Verified
from issue_intake.core.text import as_drawn, one_line
from issue_intake.workers.fields import Fields, amount_of, is_integer, object_of, text_of
from issue_intake.workers.supervisor.last_lines import BYTES, LINES


def read_verdicts(exit_record: Mapping[str, object]) -> tuple[Verified, ...]:
    """One for each verify step that was begun, in their order. Never raises, whatever the record holds."""
    steps = exit_record.get("steps")
    ends = [object_of(step) for step in steps] if isinstance(steps, list) else []
    return tuple(_verdict(end) for end in ends if end.get("name") == "verify")


def _verdict(end: Fields) -> Verified:
    code = end.get("exit_code")
    return Verified(
        name=one_line(text_of(end.get("title"))),
        exit_code=code if isinstance(code, int) and is_integer(code) else None,
        seconds=float(amount_of(end.get("seconds")) or 0.0),
        required=end.get("required") is not False,
        tail=_tail(end, said=code is None),
    )


def _tail(end: Fields, *, said: bool) -> str:
    """What the command wrote. `said`: and after it why it came to no exit code, which nothing else tells."""
    lines = [as_drawn(line) for line in text_of(end.get("tail")).split("\n")[-LINES:]]
    last = "\n".join(lines).encode("utf-8", "replace")[-BYTES:].decode("utf-8", "ignore").strip("\n")
    why = one_line(text_of(end.get("error"))) if said else ""
    return "\n".join(filter(None, (last, why)))
