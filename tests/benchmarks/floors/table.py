"""Floor: a Typer program that prints a table of ten rows with rich."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def print_table() -> None:
    """Ten rows as wide as those of status."""
    table = Table(box=None, pad_edge=False)
    for name in ("ISSUE", "STAGE", "AGE", "TRY", "PULL", "WHAT"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for number in range(1, 11):
        table.add_row(f"webshop#{number}", "in_progress", "3h", "1/3", "", f"Say that we ship abroad, too ({number})")
    Console(file=sys.stdout, width=100).print(table)


@app.command("status")
def status(project: Annotated[str | None, typer.Option(help="One alone.")] = None) -> None:
    """Show it."""
    print_table()


@app.command("run")
def run() -> None:
    """Do it."""


def main() -> None:
    """The entry point."""
    app()
