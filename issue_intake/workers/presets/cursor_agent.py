"""Cursor's agent (https://cursor.com/docs/cli/headless), by its documentation alone; not run."""

from __future__ import annotations

from issue_intake.workers.presets.preset import Belongings, Level, Preset

# Without --trust it stops at a folder it has not seen before; without --force it only proposes its edits.
_RUN = ("-p", "--output-format", "stream-json", "--trust")
_REST = ("{permissions}", "{model}", "{limits}", "{args}")

PRESET = Preset(
    name="cursor-agent",
    program="cursor-agent",
    made_for="2026.08.28",
    run=(*_RUN, *_REST),
    resume=(*_RUN, "--resume", "{conversation}", *_REST),
    kept=(".cursor/chats/*/{conversation}",),
    everything=Level(words=("--force",)),
    why_not="does everything or only proposes: its lists of commands are read from settings files alone"
    " (write permissions: everything, and workspace: {sandbox: bwrap})",
    # What it runs without a question, its hooks and servers.
    obeys=(".cursor/cli.json", ".cursor/hooks.json", ".cursor/mcp.json"),
    login="run cursor-agent login, or put CURSOR_API_KEY into the env_file",
    reader="cursor-agent",
    belongings=Belongings(
        folder="",
        variable="",
        read=(".cursor/rules",),
        written=(".config/cursor/auth.json",),
        made=(".cursor/chats", ".cursor/projects"),
        copied=(".cursor/cli-config.json",),
    ),
    variables=("CURSOR_API_KEY",),
)
