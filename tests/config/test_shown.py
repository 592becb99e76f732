"""The configurations shown to users load, and together they show every key."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from issue_intake.config.presets import OwnAgent
from issue_intake.config.publishing import PROTECTED
from issue_intake.config.schema import ConfigFile, ProjectEntry
from tests.config.loading import load_text
from tests.config.test_schema import fields
from tests.pages import blocks

SHOWN = [block for block in blocks("yaml") if re.search(r"^projects:", block, re.MULTILINE)]


def test_every_configuration_shown_loads(tmp_path: Path) -> None:
    for block in SHOWN:
        for name in set(re.findall(r"\b(?:env_file|key_file): *([\w.-]+)", block)):
            (tmp_path / name).touch(mode=0o600)
        load_text(tmp_path, block, lambda _: "git@github.com:acme/webshop.git")


def test_the_pages_show_every_key_and_no_other() -> None:
    shown: set[str] = set()
    for block in SHOWN:
        file = yaml.load(block, Loader=yaml.BaseLoader)  # plain words; nothing but str, list and dict is made
        entries = file.pop("projects")
        if "agents" in file:
            file["agents"] = [*file["agents"].values()]  # their names are the user's
        shown |= _keys(file, "") | {"projects"}
        shown |= {f"projects.{key}" for entry in entries for key in _keys(entry, "")}
    every = {key for key, _ in fields(ConfigFile)} | {f"projects.{key}" for key, _ in fields(ProjectEntry)}
    every |= {f"agents.{key}" for key, _ in fields(OwnAgent)}
    # Either of the two programs; a preset may be the one word after agent:, or after a label.
    either = ("projects.agent.", "projects.agent_by_label.")
    alike = ("agents.edits.", "agents.everything.")  # as agents.commands
    missing = {key for key in every - shown if not key.startswith((*either, *alike))}
    assert not missing
    free = re.compile(r"\.(env|fixed|files|clouds|variables)\.|^defaults\.")
    named = (key for key in shown if not free.search(key))
    assert {re.sub(r"(agent_by_label)\.[^.]+", r"\1", key) for key in named} <= every


def test_the_pages_show_the_protected_paths_as_they_are() -> None:
    entries = [entry for block in SHOWN for entry in yaml.load(block, Loader=yaml.BaseLoader)["projects"]]
    (shown,) = [entry["publish"]["protected"] for entry in entries if "protected" in entry.get("publish", {})]
    assert tuple(shown) == PROTECTED


def _keys(value: object, prefix: str) -> set[str]:
    if isinstance(value, list):
        return {key for item in value for key in _keys(item, prefix)}
    if not isinstance(value, dict):
        return set()
    return {f"{prefix}{name}" for name in value} | {
        key for name, below in value.items() for key in _keys(below, f"{prefix}{name}.")
    }
