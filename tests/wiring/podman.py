#!/usr/bin/env python3
"""Stands in for podman: refuses what it does not know, and runs the step on this machine with what it was told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_FLAGS = {
    "--rm", "-i", "--replace", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges",
    "--security-opt=label=disable", "--pull=never", "--userns=keep-id", "--network=none", "--entrypoint=",
}  # fmt: skip
_PAIRS = {"--volume", "--env", "--workdir", "--tmpfs"}
_NEEDED = {"--rm", "-i", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--pull=never"}


def main(arguments: list[str], note: Path) -> int:
    """Act as podman would, as far as it is asked here."""
    with note.open("a") as file:
        file.write(" ".join(arguments) + "\n")
    if arguments[:2] == ["image", "exists"]:
        return 0 if arguments[2] == "there" else 1
    if arguments[0] == "rm":
        return 0
    assert arguments[0] == "run", arguments
    flags, pairs, step = _parsed(arguments[1:])
    assert flags >= _NEEDED, _NEEDED - flags
    for kind, value in pairs:
        if kind == "--volume":
            source, target, mode = value.split(":")
            assert Path(source).exists(), source
            assert target.startswith("/"), target
            assert mode in {"ro", "rw"}, mode
    named = {name for kind, name in pairs if kind == "--env"}
    environment = {name: os.environ[name] for name in named if name in os.environ} | {"PATH": os.environ["PATH"]}
    folder = next(value for kind, value in pairs if kind == "--workdir")
    return subprocess.run(step, env=environment, cwd=folder, check=False).returncode


def _parsed(words: list[str]) -> tuple[set[str], list[tuple[str, str]], list[str]]:
    flags: set[str] = set()
    pairs: list[tuple[str, str]] = []
    while words[0].startswith("-"):
        word = words.pop(0)
        if word in _PAIRS:
            pairs.append((word, words.pop(0)))
        else:
            assert word in _FLAGS or word.startswith(("--name=intake-", "--memory=", "--pids-limit=")), word
            flags.add(word)
    assert words[0] == "there", words[0]
    return flags, pairs, words[1:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).with_suffix(".calls")))
