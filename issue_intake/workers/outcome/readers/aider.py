"""Aider's output for people: its exit code is 0 whatever happened, so that its sentences decide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from issue_intake.core.record import record
from issue_intake.core.text import one_line
from issue_intake.workers.outcome.limits import Refusal
from issue_intake.workers.outcome.readers.evidence import Evidence, Record

_FAILED = re.compile(r"litellm\.(\w*(?:Error|Timeout))\b")
_USED = re.compile(r"Tokens: ([\d.]+[kM]?) sent(?:, [\d.]+[kM]? cache \w+)*, ([\d.]+[kM]?) received\.")
_COST = re.compile(r"Cost: \$[\d.]+ message, \$([\d.]+) session\.")
_GAVE_UP = re.compile(r"Only \d+ reflections allowed, stopping\.")
_BROKEN = re.compile(r"Traceback \(most recent call last\):")
_TOO_LONG = re.compile(r"Model \S+ has hit a token limit!")
# What it says of a failed call after the provider's own words, which it breaks over lines on a narrow terminal.
_ASIDE = re.compile(r"$|Retrying in |The API provider")
_REFUSALS = {
    "AuthenticationError": Refusal.LOGIN,
    "PermissionDeniedError": Refusal.LOGIN,
    "RateLimitError": Refusal.LIMIT,
}
_SIZES = {"k": 1000, "M": 1_000_000}
# The last of these stands before the files in the chat and the model's first answer.
_BEFORE = re.compile(r"Aider v|Git repo: |Repo-map: |Restored previous conversation history|Added .* to the chat")
_MOST_LINES = 500
_BEGINS = ("```", "<<<<<<< SEARCH")
_ENDS = ("```", ">>>>>>> REPLACE")


@record
class _Reading:
    """What was read so far. `failing`: the lines of a failed call are being read; `since`: where an answer began."""

    record: Record = Record()
    failing: bool = False
    since: int = 0


def read(evidence: Evidence) -> Record:
    """What its sentences tell. A call that failed for good is the last thing that is said of any."""
    lines = evidence.log.split("\n")
    # Blank lines say nothing of their own but for the end of a failure, and there may be a million of them.
    told = (number for number, line in enumerate(lines) if line or (number and lines[number - 1]))
    found = reduce(lambda reading, number: _step(reading, lines, number), told, _Reading()).record
    return found if evidence.whole else replace(found, tokens=None)


def _step(reading: _Reading, lines: list[str], number: int) -> _Reading:  # noqa: PLR0911 - one line for each sentence
    seen, line, after = reading.record, lines[number], number + 1
    if failed := _FAILED.match(line):
        failure = replace(seen, finished=False, error=one_line(line, 500), refusal=_REFUSALS.get(failed[1]))
        return _Reading(record=failure, failing=True, since=after)
    if used := _USED.match(line):
        said = lines[max(reading.since, number - _MOST_LINES) : number]
        return _Reading(record=_answered(seen, used, said, line), since=after)
    if cost := _COST.search(line):  # beneath the tokens where there are many kinds of them
        return _Reading(record=replace(seen, cost_usd=float(cost[1])), since=after)
    if _GAVE_UP.match(line):
        return _Reading(record=_stopped(seen, "aider gave up: the model's edits do not match"), since=after)
    if _BROKEN.match(line):
        return _Reading(record=_stopped(seen, "aider broke off: its own words have the reason"), since=after)
    if _TOO_LONG.match(line):
        return _Reading(record=_stopped(seen, line), since=after)
    if reading.failing:
        return _more(replace(reading, since=after), line)
    return replace(reading, since=after) if _BEFORE.match(line) else reading


def _stopped(record: Record, error: str) -> Record:
    # What was read as a refusal may have been a line of a file that did not match.
    return replace(record, finished=False, refusal=None, error=one_line(error, 500), words="")


def _more(reading: _Reading, line: str) -> _Reading:
    """A further line of the provider's words, up to aider's own."""
    if _ASIDE.match(line):
        return replace(reading, failing=False)
    said = one_line(f"{reading.record.error} {line}", 500)
    return replace(reading, record=replace(reading.record, error=said))


def _answered(before: Record, used: re.Match[str], said: list[str], line: str) -> Record:
    cost = _COST.search(line)
    tokens = sum(map(_count, used.groups()))
    return replace(
        before,
        finished=True,
        error="",
        refusal=None,
        tokens=(before.tokens or 0) + tokens,
        cost_usd=float(cost[1]) if cost else before.cost_usd,
        words=_prose(said) or before.words,
    )


def _count(text: str) -> int:
    size = _SIZES.get(text[-1], 1)
    return round(float(text.rstrip("kM")) * size)


def _prose(lines: Iterable[str]) -> str:
    """What of an answer is no edit: neither the blocks, nor lines that name a file, as one does before each block."""
    names: set[str] = set()
    told: list[str] = []
    inside = False
    for line in lines:
        if not inside and line.startswith(_BEGINS):
            inside = True
            names.update(told[-1:])
        elif inside:
            inside = not line.startswith(_ENDS)
        else:
            told.append(line)
    return "\n".join(line for line in told if line not in names).strip()
