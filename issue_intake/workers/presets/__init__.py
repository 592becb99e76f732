"""Agents whose command line, variables and own record are known: each in a module of data, loaded where it is used."""

from __future__ import annotations

from importlib import import_module

from issue_intake.workers.presets.preset import Preset

NAMES = (
    "aider",
    "claude",
    "codex",
    "copilot",
    "cursor-agent",
    "gemini",
    "goose",
    "mini-swe-agent",
    "opencode",
)


def preset(name: str) -> Preset | None:
    """The preset of that name, None where there is none."""
    if name not in NAMES:
        return None
    found: Preset = import_module(f"issue_intake.workers.presets.{name.replace('-', '_')}").PRESET
    return found
