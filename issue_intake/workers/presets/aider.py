"""Aider (https://aider.chat/docs/config/options.html). It edits files and runs nothing; it exits 0 however it went."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import Belongings, Level, Preset

# A conversation is a file. Below the home it outlives the worktree, and is no part of the work.
_HISTORY = "{home}/.aider/intake/{conversation}.md"
_QUIET = (
    *("--yes-always", "--no-stream", "--no-pretty", "--no-fancy-input", "--no-analytics", "--no-check-update"),
    *("--no-show-release-notes", "--no-show-model-warnings", "--no-gitignore", "--no-detect-urls"),
    *("--disable-playwright", "--no-auto-commits", "--no-dirty-commits"),
)
# What a repository's .aider.conf.yml could name to be run in spite of everything else.
_RUNS_NOTHING = ("--no-auto-test", "--no-auto-lint", "--no-notifications", "--load", "/dev/null")
_RUN = (
    *("--message-file", "{prompt_file}", *_QUIET, *_RUNS_NOTHING),
    *("--chat-history-file", _HISTORY, "--input-history-file", "/dev/null"),
)
_REST = ("{permissions}", "{model}", "{limits}", "{args}")

PRESET = Preset(
    name="aider",
    program="aider",
    made_for="0.86.2",
    run=(*_RUN, *_REST),
    resume=(*_RUN, "--restore-chat-history", *_REST),
    stdin=False,
    chosen=True,
    kept=(".aider/intake/{conversation}.md",),
    needs_model=True,  # without one, and without a key, it opens a browser and waits five minutes
    edits=Level(words=("--no-suggest-shell-commands",)),
    why_not="edits files and runs no command at all (remove it; verify: runs yours after the agent)",
    fixed=MappingProxyType({"COLUMNS": "1000", "BROWSER": "true"}),  # its reader wants whole lines
    leaves=(".aider*",),
    # Keys and addresses of providers, and commands to be run, in the place of the user's own.
    obeys=(".env", ".aider.conf.yml", ".aider.model.settings.yml", ".aider.model.metadata.json"),
    login="put the model's key into the env_file, such as OPENAI_API_KEY or ANTHROPIC_API_KEY",
    reader="aider",
    currency="USD",
    belongings=Belongings(
        folder=".aider",
        variable="",
        read=("oauth-keys.env",),
        made=("intake",),
        copied=(".aider.conf.yml", ".aider.model.settings.yml", ".aider.model.metadata.json"),
    ),
    variables=(
        "AIDER_MODEL",
        "ANTHROPIC_API_KEY",
        "AZURE_API_BASE",
        "AZURE_API_KEY",
        "AZURE_API_VERSION",
        "DEEPSEEK_API_KEY",
        "GEMINI_API_KEY",
        "GROQ_API_KEY",
        "LITELLM_LOCAL_MODEL_COST_MAP",
        "OLLAMA_API_BASE",
        "OPENAI_API_BASE",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "XAI_API_KEY",
    ),
)
