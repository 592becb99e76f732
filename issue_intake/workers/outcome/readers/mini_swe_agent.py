"""mini-swe-agent's trajectory: one JSON object, written again after each step, in the folder of the report."""

from __future__ import annotations

from issue_intake.core.text import one_line
from issue_intake.workers.fields import Fields, object_of, parse_object, text_of
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, cost, total
from issue_intake.workers.safe_read import read_small

_MIB = 1024 * 1024
_LARGEST = 32 * _MIB  # it holds all that every command printed
_REFUSALS = {
    "AuthenticationError": Refusal.LOGIN,
    "PermissionDeniedError": Refusal.LOGIN,
    "RateLimitError": Refusal.LIMIT,
}
_OWN_LIMITS = {
    "LimitsExceeded": "mini-swe-agent stopped at its limit of steps or cost",
    "TimeExceeded": "mini-swe-agent stopped at its limit of time",
}


def read(evidence: Evidence) -> Record:
    """What the trajectory tells; nothing where it is missing or torn."""
    try:
        found = parse_object(read_small(evidence.folder, "out", "mini.traj.json", limit=_LARGEST))
    except FileNotFoundError:
        return Record()
    except OSError as error:
        return Record(error=f"mini-swe-agent's trajectory can't be read: {error.strerror or error}")
    return _told(found) if found is not None else Record()


def _told(trajectory: Fields) -> Record:
    info = object_of(trajectory.get("info"))
    messages = trajectory.get("messages")
    steps = [object_of(message) for message in messages] if isinstance(messages, list) else []
    status = text_of(info.get("exit_status"))
    finished = status == "Submitted"
    return Record(
        finished=finished,
        error="" if finished or not status else _OWN_LIMITS.get(status) or _reason(steps) or one_line(status),
        refusal=_REFUSALS.get(status),
        tokens=_tokens(steps),
        # Of a model whose price is unknown it counts nothing.
        cost_usd=cost(object_of(info.get("model_stats")).get("instance_cost")) or None,
        words=next((said for step in reversed(steps) if (said := _said_in(step))), ""),
    )


def _reason(steps: list[Fields]) -> str:
    last = steps[-1] if steps else {}
    return one_line(text_of(object_of(last.get("extra")).get("exception_str")) or text_of(last.get("content")), 500)


def _tokens(steps: list[Fields]) -> int | None:
    responses = (object_of(object_of(step.get("extra")).get("response")) for step in steps)
    counts = [total(object_of(each.get("usage")), "prompt_tokens", "completion_tokens") for each in responses]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _said_in(step: Fields) -> str:
    return text_of(step.get("content")) if step.get("role") == "assistant" else ""
