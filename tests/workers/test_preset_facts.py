"""What a preset knows of its agent: its keys, what it leaves and obeys, what of it outlasts a sandbox."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from issue_intake.core.paths import protected
from issue_intake.workers.presets import NAMES, preset
from issue_intake.workers.presets.preset import Preset


def known(name: str) -> Preset:
    found = preset(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_a_person_is_told_to_put_into_the_env_file_is_handed_over(name: str) -> None:
    found = known(name)
    named = re.findall(r"[A-Z]+(?:_[A-Z]+)+", found.login) or ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"]  # any provider's
    assert set(named) <= set(found.variables)


LEFT = {
    "aider": (".aider.chat.history.md", ".aider.tags.cache.v4/cache.db", "src/.aider.input.history"),
    "opencode": tuple(
        f".opencode/{name}"
        for name in (".gitignore", "bun.lock", "node_modules/x/y", "package-lock.json", "package.json")
    ),
}


@pytest.mark.parametrize(("name", "paths"), LEFT.items())
def test_what_an_agent_leaves_in_the_worktree_is_known(name: str, paths: tuple[str, ...]) -> None:
    assert [path for path in paths if not protected(path, known(name).leaves)] == []


OBEYED = {
    "aider": (".env", ".aider.conf.yml", ".aider.model.settings.yml", ".aider.model.metadata.json"),
    "copilot": (".mcp.json", ".github/mcp.json", ".github/hooks/a.json", ".github/copilot/settings.json"),
    "cursor-agent": (".cursor/cli.json", ".cursor/hooks.json", ".cursor/mcp.json"),
    "gemini": (".env", "a/.env", ".gemini/settings.json"),
    "opencode": ("opencode.json", "a/opencode.jsonc", ".opencode/plugin/a.ts"),
}


@pytest.mark.parametrize(("name", "paths"), OBEYED.items())
def test_what_of_a_repository_would_change_what_an_agent_does_is_known(name: str, paths: tuple[str, ...]) -> None:
    assert [path for path in paths if not protected(path, known(name).obeys)] == []


ALONE = {
    "aider": {"BROWSER": "true"},
    "claude": {"DISABLE_AUTOUPDATER": "1"},
    "copilot": {"COPILOT_AUTO_UPDATE": "false"},
    "goose": {"GOOSE_DISABLE_KEYRING": "1", "GOOSE_TELEMETRY_ENABLED": "false"},
    "mini-swe-agent": {"MSWEA_CONFIGURED": "true"},
    "opencode": {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_SHARE": "1"},
}


@pytest.mark.parametrize(("name", "variables"), ALONE.items())
def test_an_agent_that_is_left_alone_asks_updates_and_shares_nothing(name: str, variables: dict[str, str]) -> None:
    assert variables.items() <= known(name).fixed.items()


RENEWED = {
    "aider": (".aider/intake/talk.md",),
    "claude": (".claude/.credentials.json", ".claude/projects/x/talk.jsonl"),
    "codex": (".codex/auth.json", ".codex/sessions/2026/11/21/rollout-talk.jsonl"),
    "copilot": (".copilot/session-state/talk/events.jsonl",),
    "cursor-agent": (".config/cursor/auth.json", ".cursor/chats/x/talk"),
    "gemini": (".gemini/oauth_creds.json", ".gemini/tmp/x/chats/talk.jsonl"),
    "goose": (".local/share/goose/sessions/talk.jsonl",),
    "opencode": (".local/share/opencode/auth.json", ".local/share/opencode/opencode.db"),
}
OBEYED_ANYWHERE = {
    "aider": ".aider.conf.yml",
    "claude": ".claude/settings.json",
    "codex": ".codex/config.toml",
    "copilot": ".copilot/mcp-config.json",
    "cursor-agent": ".cursor/cli-config.json",
    "gemini": ".gemini/settings.json",
    "goose": ".config/goose/config.yaml",
    "mini-swe-agent": ".config/mini-swe-agent/.env",
    "opencode": ".config/opencode/opencode.json",
}


def _outlasts(name: str, path: str) -> bool:
    """Whether what an agent writes there in its sandbox stays in its user's home."""
    own = known(name).belongings
    assert own is not None
    folder = PurePosixPath(own.folder)
    places = [*(folder / place for place in (*own.written, *own.made)), *map(PurePosixPath, own.also_made)]
    return any(PurePosixPath(path).is_relative_to(place) for place in places)


@pytest.mark.parametrize(("name", "paths"), RENEWED.items())
def test_the_login_and_the_conversations_of_an_agent_outlast_its_sandbox(name: str, paths: tuple[str, ...]) -> None:
    assert [path for path in paths if not _outlasts(name, path)] == []


@pytest.mark.parametrize(("name", "path"), OBEYED_ANYWHERE.items())
def test_settings_that_another_run_of_an_agent_would_obey_do_not(name: str, path: str) -> None:
    assert not _outlasts(name, path)
