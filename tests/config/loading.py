"""How the tests of the configuration write one and read it back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from issue_intake.config.load import ConfigError, load
from issue_intake.config.model import Config, Project


def no_origin(_: Path) -> str | None:
    """A world without local clones."""
    return None


def load_text(folder: Path, text: str, origin_url: Callable[[Path], str | None] = no_origin) -> Config:
    """The configuration `text` stands for, written to config.yaml in `folder`."""
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ={"HOME": "/home/octo"}, origin_url=origin_url)


def one_project(folder: Path, keys: str = "", repo: str = "acme/webshop", agent: str = "claude") -> Project:
    """The project of a configuration with `keys` (lines) added to the smallest entry."""
    entry = f"projects:\n- repo: {repo}\n  agent: {agent}\n"
    lines = "".join(f"  {line}\n" for line in keys.splitlines())
    return load_text(folder, entry + lines).projects[0]


def faults_of(folder: Path, text: str, origin_url: Callable[[Path], str | None] = no_origin) -> list[str]:
    """Every fault's line, with the folder left out."""
    with pytest.raises(ConfigError) as caught:
        load_text(folder, text, origin_url)
    return [line.removeprefix(f"{folder}/config.yaml") for line in caught.value.message.splitlines()]
