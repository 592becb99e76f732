"""Floor: a Typer program of two commands that does nothing."""

from typing import Annotated

import typer

app = typer.Typer(
    help="A program of two commands.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if value:
        typer.echo("floor 1.0")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,  # noqa: FBT002
) -> None:
    """Options of every command."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command("run")
def run(project: Annotated[str | None, typer.Option(help="One alone.")] = None) -> None:
    """Do it."""


@app.command("status")
def status(project: Annotated[str | None, typer.Option(help="One alone.")] = None) -> None:
    """Show it."""


def main() -> None:
    """The entry point."""
    app()
