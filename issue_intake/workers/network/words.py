"""The command lines of the programs that stand between the supervisor and a step's own."""

from __future__ import annotations

USAGE = 125  # the exit code of a program that could not begin, as env's and timeout's
NO_PROGRAM = 127


def parted(words: list[str], known: tuple[str, ...]) -> tuple[dict[str, list[str]], list[str]]:
    """The values of each option, and the argv after `--`. Raises ValueError."""
    try:
        end = words.index("--")
    except ValueError:
        end = len(words)
    options: dict[str, list[str]] = {}
    for name, value in zip(words[:end:2], words[1:end:2], strict=False):
        if name not in known:
            raise ValueError(f"{name} is not known")
        options.setdefault(name, []).append(value)
    if end % 2 or not words[end + 1 :]:
        raise ValueError(f"it wants {' VALUE '.join(known)} VALUE -- ARGV")
    return options, words[end + 1 :]
