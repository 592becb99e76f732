"""The commands, and the options that stand before them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from issue_intake import __version__
from issue_intake.cli.commands import Commands

app = typer.Typer(
    name="intake",
    cls=Commands,
    help="cron for coding agents: ready GitHub issues become reviewable pull requests.",
    invoke_without_command=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if value:
        typer.echo(f"intake {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Keep config, memory and worktrees below this folder.")] = None,
    config: Annotated[Path | None, typer.Option(help="The configuration file.")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Options of every command."""
    context.obj = (home, config)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
