"""Which commands there are, each loaded when it is called: none pays for what another needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

# In the order of the help: the module of this room, its function, and what the list of commands says of it.
PLACES: dict[str, tuple[str, str, str]] = {
    "run": ("run", "run", "Poll once, start and follow workers, print what changed, exit."),
    "status": ("status", "status", "Show where every issue stands, or one of them whole."),
    "logs": ("looking", "logs", "Print what the worker of an attempt wrote."),
    "open": ("looking", "open_", "Print where an issue, its pull request and its worktree are."),
    "sandbox": ("looking", "sandbox", "Print what a worker of a project would see and may do."),
    "agents": ("looking", "agents", "Print which agents are known, installed and logged in."),
    "retry": ("asking", "retry", "Ask again for an issue that is not in work."),
    "cancel": ("asking", "cancel", "Stop an issue's worker now."),
    "adopt": ("asking", "adopt", "Follow an open pull request as the issue's own."),
    "demo": ("demo", "demo", "Play the whole loop on a stand-in for GitHub."),
}


class Commands(TyperGroup):
    """The commands as a group that makes only those it is asked for."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Typer itself would end an interrupted one without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Abort from None

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer calls it so
        """Their names."""
        return list(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, None where there is none; then all are made, for Typer names the nearest."""
        if cmd_name in PLACES and cmd_name not in self.commands:
            self.commands[cmd_name] = _made(cmd_name)
        elif cmd_name not in PLACES:
            self.commands = {name: self.get_command(ctx, name) for name in PLACES}
        return self.commands.get(cmd_name)


def _made(name: str) -> Any:
    module, function, short = PLACES[name]
    alone = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    alone.command(name, short_help=short)(getattr(import_module(f"{__package__}.{module}"), function))
    return get_command(alone)
