"""What the presets' agents write about themselves: a small parser each, loaded where it is used."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from issue_intake.core.text import one_line
from issue_intake.workers.outcome.limits import Refusal, quota_until, refusal, within_reach
from issue_intake.workers.outcome.readers.evidence import Evidence, Record, plain_lines
from issue_intake.workers.presets import NAMES

# Only the very end of plain output is believed to be the agent's: what hooks and tools print may read alike.
_LAST_PLAIN_LINES = 3

ADDING = frozenset({"opencode"})
"""Those that add up what stands all over the log, and so want the whole of it."""


def read_record(reader: str, evidence: Evidence) -> Record:
    """The record that the agent left whose reader has that name; an empty one for any other name."""
    if reader not in NAMES:
        return Record()
    found: Record = import_module(f"issue_intake.workers.outcome.readers.{reader.replace('-', '_')}").read(evidence)
    return _with_quota(found, evidence)


def _with_quota(record: Record, evidence: Evidence) -> Record:
    if record.finished:
        return replace(record, quota=False, refusal=None, quota_until=None)
    said = record.error or " · ".join(one_line(line, 500) for line in plain_lines(evidence.log)[-_LAST_PLAIN_LINES:])
    why = record.refusal or refusal(said) or (Refusal.LIMIT if record.quota else None)
    if why is None:
        return replace(record, quota_until=None)
    until = within_reach(record.quota_until, evidence.ended_at) if record.quota_until else None
    return replace(
        record,
        quota=True,
        refusal=why,
        quota_until=until or quota_until(said, evidence.ended_at),
        error=one_line(said, 500),
    )
