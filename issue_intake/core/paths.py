"""Which paths of a repository a list of patterns protects, written as in a .gitignore."""

from __future__ import annotations

import re
from functools import lru_cache

_ANY_FOLDERS = "(?:[^/]+/)*?"
_NOTHING = "(?!)"


def protected(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether `path`, a file's from the repository's root, is protected: the last of `patterns` that matches decides.

    `*` and `?` match within one name, `**` any number of folders, all else stands for itself. A pattern without a
    slash before its end matches at any depth, any other from the root. A folder's pattern (`docs`, `docs/`, `docs/**`)
    matches the folder, a link in its place, and all below. `!pattern` takes out what it matches itself: `!docs/x` one
    file, `!docs/x/` what is below x. In doubt a path is protected: only after a `!` upper and lower case matter.
    """
    for pattern in reversed(patterns):
        if _matcher(pattern).fullmatch(path):
            return not pattern.startswith("!")
    return False


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> re.Pattern[str]:
    if pattern.startswith("!"):
        return re.compile(_exactly(pattern[1:]), re.DOTALL)
    return re.compile(_with_all_below(pattern), re.DOTALL | re.IGNORECASE)


def _with_all_below(pattern: str) -> str:
    names = _names(pattern)
    if not names:
        return _NOTHING
    while names[-1:] == ["**"]:
        names.pop()
    return f"{_expression(names)}(?:/.*)?" if names else ".+"


def _exactly(pattern: str) -> str:
    names = _names(pattern)
    if not names:
        return _NOTHING
    if pattern.endswith("/"):
        names.append("**")
    return _expression(names)


def _names(pattern: str) -> list[str]:
    """The names between the slashes; none where the pattern names nothing."""
    names = [name for name in pattern.split("/") if name not in {"", "."}]
    from_root = "/" in pattern.rstrip("/")
    return names if from_root or not names else ["**", *names]


def _expression(names: list[str]) -> str:
    """The names as a regular expression that takes linear time, whatever an agent calls its files.

    What stands before the last `**` is matched as early as it can be and never tried again: later would not help.
    """
    runs: list[list[str]] = [[]]
    for name in names:
        if name != "**":
            runs[-1].append(_name(name))
        elif runs[-1] or len(runs) == 1:
            runs.append([])
    first, *rest = ("/".join(run) for run in runs)
    if not rest:
        return first
    begin = f"{first}/" if first else ""
    between = "".join(f"(?>{_ANY_FOLDERS}{run}/)" for run in rest[:-1])
    return begin + between + (f"{_ANY_FOLDERS}{rest[-1]}" if rest[-1] else ".+")


def _name(name: str) -> str:
    first, *rest = ("".join(map(_sign, piece)) for piece in re.split(r"\*+", name))
    if not rest:
        return first
    return first + "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1]) + f"[^/]*{rest[-1]}"


def _sign(sign: str) -> str:
    return "[^/]" if sign == "?" else re.escape(sign)
