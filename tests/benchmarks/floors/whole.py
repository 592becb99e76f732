"""Floor: the same requests, in a program that starts as ours does: Typer, a YAML file, a table of ten rows."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from tests.benchmarks.floors import gets, pages
from tests.benchmarks.floors.table import print_table

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
Text = Annotated[str, typer.Argument()]


@app.command("gets")
def get_all(config: Text, api: Text, count: Annotated[int, typer.Argument()]) -> None:
    """Many conditional requests."""
    _read(config)
    gets.ask_all(api, count)
    print_table()


@app.command("pages")
def read_pages(config: Text, url: Text, count: Annotated[int, typer.Argument()]) -> None:
    """A list page by page."""
    _read(config)
    assert len(pages.fetch(url)) == count
    print_table()


def _read(config: str) -> None:
    with Path(config).open() as file:
        yaml.safe_load(file)


def main() -> None:
    """The entry point."""
    app()
