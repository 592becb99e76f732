"""GitHub Copilot CLI (https://docs.github.com/copilot/concepts/agents/about-copilot-cli)."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import GIT, Belongings, Level, Preset

_RECORD = ("--output-format", "json", "--no-ask-user", "--no-auto-update", "--no-color")
_REST = (
    *("--add-dir", "{result_folder}", "--usage-output-file", "{result_folder}/copilot-usage.json"),
    *("{permissions}", "{model}", "{limits}", "{args}"),
)

PRESET = Preset(
    name="copilot",
    program="copilot",
    made_for="1.0.102",
    # It tells the conversation's id on its very last line only: one that was ended would be lost.
    run=(*_RECORD, "--session-id", "{conversation}", *_REST),
    resume=(*_RECORD, "--resume={conversation}", *_REST),
    chosen=True,
    kept=(".copilot/session-state/{conversation}/events.jsonl",),
    edits=Level(words=("--allow-tool=write",)),
    commands=Level(
        words=("--allow-tool=write", *(f"--allow-tool=shell(git {verb}:*)" for verb in GIT), "{commands}"),
        command="--allow-tool=shell({command}:*)",
    ),
    everything=Level(words=("--allow-all",)),
    # In AI credits of an account at GitHub, at least 30; a model of one's own costs none.
    cost=("--max-ai-credits", "{cost}"),
    fixed=MappingProxyType({"COPILOT_AUTO_UPDATE": "false"}),
    # A token of GitHub's is handed to no agent: the login that it keeps for itself is no variable.
    login="run copilot once and log in with /login, or put COPILOT_PROVIDER_API_KEY into the env_file",
    reader="copilot",
    currency="credits",
    obeys=("**/.github/copilot/", "**/.github/hooks/", "**/.github/mcp.json", "**/.mcp.json"),
    belongings=Belongings(
        folder=".copilot",
        variable="COPILOT_HOME",
        read=(
            *("config.json", "settings.json", "mcp-config.json", "copilot-instructions.md"),
            *("agents", "hooks", "installed-plugins", "instructions", "skills"),
        ),
        made=("session-state",),
        also_read=(".cache/copilot",),  # the program itself, 235 MB, which each start would unpack anew
    ),
    variables=(
        "COPILOT_GH_HOST",
        "COPILOT_HOME",
        "COPILOT_MODEL",
        "COPILOT_OFFLINE",
        "COPILOT_PROVIDER_API_KEY",
        "COPILOT_PROVIDER_AZURE_API_VERSION",
        "COPILOT_PROVIDER_BASE_URL",
        "COPILOT_PROVIDER_BEARER_TOKEN",
        "COPILOT_PROVIDER_HEADERS",
        "COPILOT_PROVIDER_MAX_OUTPUT_TOKENS",
        "COPILOT_PROVIDER_MAX_PROMPT_TOKENS",
        "COPILOT_PROVIDER_MODEL_ID",
        "COPILOT_PROVIDER_TYPE",
        "COPILOT_PROVIDER_WIRE_API",
        "COPILOT_PROVIDER_WIRE_MODEL",
    ),
)
