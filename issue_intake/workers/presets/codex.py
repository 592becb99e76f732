"""Codex (https://developers.openai.com/codex/noninteractive). Its own sandbox keeps it to the worktree."""

from __future__ import annotations

from issue_intake.workers.presets.preset import Belongings, Level, Preset

# `resume` refuses --sandbox, --add-dir and -C and inherits none of them: they are exec's, and stand before it.
_RUN = ("exec", "--json", "{permissions}", "-C", "{worktree}", "{model}", "{args}")

PRESET = Preset(
    name="codex",
    program="codex",
    made_for="0.169.0",
    run=(*_RUN, "-"),
    resume=(*_RUN, "resume", "{conversation}", "-"),
    forgets=("--ephemeral",),
    kept=(".codex/sessions/*/*/*/rollout-*-{conversation}.jsonl",),
    model=("-m", "{model}"),
    edits=Level(words=("--sandbox", "workspace-write", "--add-dir", "{result_folder}")),
    everything=Level(words=("--sandbox", "danger-full-access")),
    why_not="has no list of allowed commands; its sandbox lets any command run, without network"
    " (remove allow; for network use args: [-c, sandbox_workspace_write.network_access=true])",
    login="run codex login, or put CODEX_API_KEY into the env_file",
    logged_in=("login", "status"),
    reader="codex",
    belongings=Belongings(
        folder=".codex",
        variable="CODEX_HOME",
        read=("config.toml", "AGENTS.md", "prompts", "rules", "skills", "version.json"),
        written=("auth.json",),
        made=("sessions",),
    ),
    variables=(
        "CODEX_ACCESS_TOKEN",
        "CODEX_API_KEY",
        "CODEX_CA_CERTIFICATE",
        "CODEX_HOME",
        "CODEX_SQLITE_HOME",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENAI_ORGANIZATION",
        "OPENAI_PROJECT",
    ),
)
