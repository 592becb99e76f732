"""Claude Code (https://code.claude.com/docs/en/cli-reference). It asks for a login with /login, or takes a key."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import GIT, Belongings, Level, Preset

# Options that take several values stand before others, so that none of them swallows what follows.
_EDITS = ("--allowedTools", *(f"Bash(git {verb}:*)" for verb in GIT), "{commands}", "--add-dir", "{result_folder}")
_RECORD = ("-p", "--output-format", "stream-json", "--verbose")
_REST = ("{permissions}", "{model}", "{limits}", "{args}")

PRESET = Preset(
    name="claude",
    program="claude",
    made_for="2.1.197",
    run=(*_RECORD, *_REST),
    # It looks for the conversation among those of its working directory, which the worktree is each time.
    resume=(*_RECORD, "--resume", "{conversation}", *_REST),
    forgets=("--no-session-persistence",),
    kept=(".claude/projects/*/{conversation}.jsonl",),
    edits=Level(words=(*_EDITS, "--permission-mode", "acceptEdits")),
    commands=Level(words=(*_EDITS, "--permission-mode", "acceptEdits"), command="Bash({command}:*)"),
    everything=Level(
        words=("--add-dir", "{result_folder}", "--permission-mode", "bypassPermissions"),
        variables=MappingProxyType({"IS_SANDBOX": "1"}),  # else it refuses to where it runs as root
    ),
    turns=("--max-turns", "{turns}"),
    cost=("--max-budget-usd", "{cost}"),
    fixed=MappingProxyType({"DISABLE_AUTOUPDATER": "1"}),
    login="run claude once and log in with /login, or put ANTHROPIC_API_KEY into the env_file",
    logged_in=("auth", "status"),
    reader="claude",
    currency="USD",
    belongings=Belongings(
        folder=".claude",
        variable="CLAUDE_CONFIG_DIR",
        # Writable settings would be a way out: the user's own claude runs the hooks in them.
        read=(
            *("settings.json", "settings.local.json", "CLAUDE.md", "agents", "commands", "hooks", "output-styles"),
            *("plugins", "rules", "skills"),
        ),
        written=(".credentials.json",),
        made=("projects",),
        copied=(".claude.json",),
    ),
    variables=(
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_CUSTOM_HEADERS",
        "ANTHROPIC_MODEL",
        "CLAUDE_CODE_MAX_RETRIES",
        "CLAUDE_CODE_OAUTH_TOKEN",
        "CLAUDE_CODE_USE_BEDROCK",
        "CLAUDE_CODE_USE_FOUNDRY",
        "CLAUDE_CODE_USE_VERTEX",
        "CLAUDE_CONFIG_DIR",
    ),
    clouds=MappingProxyType(
        {
            "CLAUDE_CODE_USE_BEDROCK": (
                "ANTHROPIC_BEDROCK_BASE_URL",
                "AWS_ACCESS_KEY_ID",
                "AWS_BEARER_TOKEN_BEDROCK",
                "AWS_PROFILE",
                "AWS_REGION",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
            ),
            "CLAUDE_CODE_USE_FOUNDRY": (
                "ANTHROPIC_FOUNDRY_API_KEY",
                "ANTHROPIC_FOUNDRY_BASE_URL",
                "ANTHROPIC_FOUNDRY_RESOURCE",
            ),
            "CLAUDE_CODE_USE_VERTEX": (
                "ANTHROPIC_VERTEX_BASE_URL",
                "ANTHROPIC_VERTEX_PROJECT_ID",
                "CLOUD_ML_REGION",
                "GOOGLE_APPLICATION_CREDENTIALS",
            ),
        }
    ),
)
