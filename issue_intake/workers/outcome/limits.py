"""The sentences in which vendors say "not now": a limit reached, or nobody logged in, and until when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo


class Refusal(StrEnum):
    """Why a provider turned an agent away: a limit, which ends by itself, or nobody logged in, which a person ends."""

    LIMIT = "limit"
    LOGIN = "login"


_LIMIT = re.compile(
    r"usage limit (has been )?reached|usage_limit_reached"
    r"|\b(you've|you have) (hit|reached|exceeded) (your|a)\b[\w' \-]{0,40}\blimit|hit your spend cap"
    r"|\b(\d-hour|five-hour|weekly|session|opus|sonnet|spend) limit reached|out of (extra usage|(usage )?credits)"
    r"|credit balance (is )?too low|insufficient_quota|quota exceeded|exceeded your current quota|credits exhausted"
    r"|exhausted your (\w{0,20} ?quota|capacity)|use codex with your chatgpt plan, upgrade"
    r"|rate_limit_e(rror|xceeded)|rate ?limit (reached|exceeded|error)|RateLimitError|rate limited you"
    r"|would exceed your account's rate limit|last (status|error): 429|429 too many requests|request rejected \(429\)"
    r"|usage not included in your plan",
    re.IGNORECASE,
)
_LOGGED_OUT = re.compile(
    r"please run /?\.?login|please run '?(agent|copilot) login|\bnot logged in\b|api key not valid|api_key_invalid"
    r"|(invalid|missing|incorrect) api key|invalid x-api-key|check your api key|api_key client option must be set"
    r"|oauth token (has )?(expired|been revoked|revoked)|authentication[_ ](error|failed)|AuthenticationError"
    r"|authentication required|failed to authenticate|not able to authenticate you|no authentication information found"
    r"|please set an auth method|invalid auth method|no provider configured|401 unauthorized|invalid_api_key"
    r"|access token could not be refreshed|please (log|sign) (out and (log|sign) )?in again|run `?codex login",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(?:\||resets_?at\W{1,3})(\d{10})(?:\d{3})?\b", re.IGNORECASE)
_WAIT = re.compile(
    r"(?:(?:try again|retry|resets?) in|(?:retry(?:ing)?|resets?) after|please wait)"
    r" ((?:\d{1,9}(?:\.\d{1,9})? ?[a-z]{1,12},? ?(?:and )?){1,4})",
    re.IGNORECASE | re.ASCII,
)
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?(ms|milli|mon|[wdhms])(?:[a-z]*)", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(
    r"(?:try again|resets?)(?: at| on)? "
    r"(?:(?P<month>[a-z]{3})[a-z]* (?P<day>\d{1,2})(?:st|nd|rd|th)?,?(?: (?P<year>\d{4}),?)?(?: at)? )?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>[ap]\.?m)?"
    r"(?:\.? (?:\((?P<zone>[\w/+\-]{2,40})\)|(?P<utc>UTC|GMT)\b))?",
    re.IGNORECASE | re.ASCII,
)
_DAY = re.compile(
    r"\b(?:resets?|try again|available again)\b[^.]{0,60}? (?:on|at|until) (\d{1,2})/(\d{1,2})/(\d{4})\b",
    re.IGNORECASE | re.ASCII,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SECONDS = {"mon": 2592000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001, "milli": 0.001}
# The longest window a vendor has is a month; anything further ahead was misread.
_FARTHEST = timedelta(days=35)


def refusal(text: str) -> Refusal | None:
    """Why `text` says that a provider turned the agent away, None where it does not say so."""
    plain = _plain(text)
    if _LIMIT.search(plain):
        return Refusal.LIMIT
    return Refusal.LOGIN if _LOGGED_OUT.search(plain) else None


def quota_until(text: str, now: datetime) -> datetime | None:
    """When the limit named in `text` ends, if it says so; a clock time is the next one after `now`."""
    plain = _plain(text)
    for read in (_epoch, _wait, _day, _clock):
        try:
            moment = read(plain, now)
            until = within_reach(moment, now) if moment else None
        except (ValueError, OverflowError, OSError, KeyError):  # KeyError: no such time zone
            continue
        if until is not None:
            return until
    return None


def _plain(text: str) -> str:
    """With the apostrophe and the blanks of a keyboard in the place of a typesetter's."""
    return text.replace("\u2019", "'").replace("\u202f", " ").replace("\xa0", " ")


def within_reach(moment: datetime, now: datetime) -> datetime | None:
    """`moment` in UTC if it lies ahead, and no further than a vendor's longest window; None otherwise."""
    return moment.astimezone(UTC) if timedelta() < moment - now <= _FARTHEST else None


def _epoch(text: str, _now: datetime) -> datetime | None:
    found = _EPOCH.search(text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _wait(text: str, now: datetime) -> datetime | None:
    found = _WAIT.search(text)
    seconds = sum(float(count) * _SECONDS[unit.lower()] for count, unit in _PART.findall(found[1])) if found else 0
    return now + timedelta(seconds=seconds) if seconds else None


def _day(text: str, now: datetime) -> datetime | None:
    """The end of the day that is named as M/D/YYYY: which hour of it is meant is not said."""
    found = _DAY.search(text)
    if not found:
        return None
    month, day, year = map(int, found.groups())
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.replace(year=year, month=month, day=day) + timedelta(days=1)


def _clock(text: str, now: datetime) -> datetime | None:
    found = _CLOCK.search(text)
    if not found or not (found["half"] or found["minute"]):
        return None
    local = now.astimezone(_zone(found["zone"] or found["utc"]))
    at = local.replace(hour=_hour(found["hour"], found["half"]), minute=int(found["minute"] or 0), second=0)
    at = at.replace(microsecond=0)
    if not found["month"]:
        return at if at > local else at + timedelta(days=1)
    month = _MONTHS.index(found["month"].lower()) + 1
    dated = at.replace(year=int(found["year"] or local.year), month=month, day=int(found["day"]))
    return dated if found["year"] or dated > local else dated.replace(year=dated.year + 1)


def _hour(hour: str, half: str | None) -> int:
    if not half:
        return int(hour)
    return int(hour) % 12 + (12 if half[0].lower() == "p" else 0)


def _zone(name: str | None) -> tzinfo | None:
    """The named zone, None for the machine's own, which is what the vendors mean without one."""
    if name is None:
        return None
    return UTC if name.upper() in {"UTC", "GMT"} else ZoneInfo(name)
