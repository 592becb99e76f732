"""Gemini CLI (https://geminicli.com/docs/cli/headless). It logs in with a Google account, or takes a key."""

from __future__ import annotations

from types import MappingProxyType

from issue_intake.workers.presets.preset import GIT, Belongings, Level, Preset

# Without --skip-trust it does nothing in a folder that nobody declared trusted. A prompt on stdin needs no -p.
_RECORD = ("-o", "stream-json", "--skip-trust")
_EDITS = ("--approval-mode", "auto_edit", "--include-directories", "{result_folder}")
_REST = ("{permissions}", "{model}", "{args}")

PRESET = Preset(
    name="gemini",
    program="gemini",
    made_for="0.61.0",
    run=(*_RECORD, *_REST),
    resume=(*_RECORD, "--resume", "{conversation}", *_REST),
    kept=(".gemini/tmp/*/chats/session-*-{short}.jsonl",),
    model=("-m", "{model}"),
    edits=Level(words=_EDITS),
    commands=Level(
        words=(
            *_EDITS,
            *(f"--allowed-tools=run_shell_command(git {verb})" for verb in GIT),
            "{commands}",
        ),
        command="--allowed-tools=run_shell_command({command})",
    ),
    everything=Level(words=("--approval-mode", "yolo", "--include-directories", "{result_folder}")),
    # It reads the repository's .env, which must not send the prompts, and the key with them, elsewhere: what is set
    # already stays, were it to nothing.
    fixed=MappingProxyType({"GOOGLE_GEMINI_BASE_URL": "", "GOOGLE_VERTEX_BASE_URL": ""}),
    login="run gemini once and log in, or put GEMINI_API_KEY into the env_file",
    reader="gemini",
    obeys=("**/.env", "**/.gemini/"),
    belongings=Belongings(
        folder=".gemini",
        variable="GEMINI_CLI_HOME",
        within=".gemini",
        read=(
            *("settings.json", "GEMINI.md", "agents", "commands", "extensions", "hooks", "policies", "skills"),
            *("installation_id", "trustedFolders.json"),
        ),
        written=("google_accounts.json", "oauth_creds.json"),
        made=("tmp",),
        emptied=("tmp/bin",),  # programs that the user's own gemini starts
    ),
    variables=(
        "GEMINI_API_KEY",
        "GEMINI_CLI_HOME",
        "GEMINI_MODEL",
        "GOOGLE_API_KEY",
        "GOOGLE_GEMINI_BASE_URL",
        "GOOGLE_GENAI_API_VERSION",
        "GOOGLE_GENAI_USE_GCA",
        "GOOGLE_GENAI_USE_VERTEXAI",
    ),
    clouds=MappingProxyType(
        {
            "GOOGLE_GENAI_USE_GCA": ("GOOGLE_CLOUD_PROJECT",),
            "GOOGLE_GENAI_USE_VERTEXAI": (
                "GOOGLE_APPLICATION_CREDENTIALS",
                "GOOGLE_CLOUD_LOCATION",
                "GOOGLE_CLOUD_PROJECT",
                "GOOGLE_VERTEX_BASE_URL",
            ),
        }
    ),
)
