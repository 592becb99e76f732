"""Durations and sizes carry their unit: `90s`, `20m`, `2h`, `1d`; `500MB`, `1GiB`. Amounts of money carry none."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,3})?) ?([kKMGT]i?)?B", re.ASCII)
_BYTES = {"": 1} | {
    prefix + suffix: base**power
    for suffix, base in (("", 1000), ("i", 1024))
    for power, prefix in enumerate("KMGT", start=1)
}

_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)

LONGEST = 365 * 86400.0


def seconds(text: str) -> float:
    """The seconds in a duration. Raises ValueError without a unit, for nothing at all, and beyond a year."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("not a duration")
    value = float(found[1]) * _SECONDS[found[2]]
    if not 0 < value <= LONGEST:
        raise ValueError("out of bounds")
    return value


def size(text: str) -> int:
    """The bytes in a size. Raises ValueError without a unit."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError("not a size")
    return int(float(found[1]) * _BYTES[(found[2] or "").replace("k", "K")])


def amount(text: str) -> float:
    """An amount of money above nothing. Raises ValueError with a currency's sign or name, and for nothing at all."""
    value = float(text.strip()) if _AMOUNT.fullmatch(text.strip()) else 0.0
    if value <= 0:
        raise ValueError("not an amount")
    return value
