"""Secrets taken out of what is shown to others: those that are known, and what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from issue_intake.core.attempt import End
from issue_intake.core.disguises import disguises
from issue_intake.core.model import Session
from issue_intake.core.shapes import GONE, KEY, KEY_END, KEY_HINT, MASK, SHAPES

# A shorter value would be found in words that are none.
SHORTEST = 6
_LONG_LINE = 16
_OF_KEYS = re.compile(r"[A-Za-z0-9+/=]+")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without `secrets` and without what looks like a token, a password in a URL or a private key."""
    for secret in parts(secrets):
        text = text.replace(secret, GONE)
    if "[redacted-" in text:
        text = re.sub(MASK, GONE, text)
    if KEY_HINT in text:
        text = _without_ends(re.sub(KEY, GONE, text))
    for hints, shape in SHAPES:  # made when first needed: most texts of most runs need none
        if any(hint in text for hint in hints):
            text = re.compile(shape).sub(rf"\1{GONE}", text)
    return text


def parts(secrets: Iterable[str]) -> tuple[str, ...]:
    """What is looked for of `secrets`, the longest first: each whole, encoded, and line by line."""
    return _all_parts(tuple(secrets))


def redact_end(end: End, secrets: Iterable[str] = ()) -> End:
    """The end of an attempt with all its words redacted."""
    known = tuple(secrets)
    return replace(
        end,
        summary=redact(end.summary, known),
        pr_title=redact(end.pr_title, known),
        pr_body=redact(end.pr_body, known),
        blockers=tuple(redact(blocker, known) for blocker in end.blockers),
        error=redact(end.error, known),
        last_line=redact(end.last_line, known),
        verified=tuple(replace(each, tail=redact(each.tail, known)) for each in end.verified),
    )


def redact_session(session: Session, secrets: Iterable[str]) -> Session:
    """The session with the words of others that it carries redacted."""
    known = tuple(secrets)
    last, standing, trouble = session.last, session.standing, session.trouble
    if last is not None:
        session = session.with_last(replace(last, note=redact(last.note, known)))
    return replace(
        session,
        note=redact(session.note, known),
        standing=standing and replace(standing, note=redact(standing.note, known)),
        trouble=trouble and replace(trouble, reason=redact(trouble.reason, known)),
    )


def redact_json(value: object, secrets: tuple[str, ...]) -> object:
    """A plain JSON value with all texts in it redacted."""
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, Mapping):
        return {key: redact_json(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact_json(item, secrets) for item in value]
    return value


@lru_cache(maxsize=16)
def _all_parts(secrets: tuple[str, ...]) -> tuple[str, ...]:
    found = {part for secret in secrets for part in _parts(secret)}
    return tuple(sorted(found, key=lambda part: (-len(part), part)))


def _parts(secret: str) -> Iterator[str]:
    if len(secret) >= SHORTEST:
        yield from (secret, *disguises(secret))
    lines = secret.split("\n")
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= _LONG_LINE)


def _without_ends(text: str) -> str:
    """Of keys whose beginning was cut off, what is left: the end's line, and those before it that are of a key."""
    kept: list[str] = []
    for line in text.split("\n"):
        end = re.search(KEY_END, line)
        if end is None:
            kept.append(line)
            continue
        while kept and _OF_KEYS.fullmatch(kept[-1].strip()):
            kept.pop()
        kept.append(GONE + line[end.end() :])
    return "\n".join(kept)
