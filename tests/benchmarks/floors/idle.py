"""Floor: the program with the table also reads a YAML file and asks once over HTTP."""

from pathlib import Path
from typing import Annotated

import requests
import typer
import yaml

from tests.benchmarks.floors.table import print_table

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command("run")
def run(config: Annotated[Path, typer.Argument()], url: Annotated[str, typer.Argument()]) -> None:
    """Do it."""
    with config.open() as file:
        yaml.safe_load(file)
    answer = requests.get(url, headers={"If-None-Match": '"page-0"'}, timeout=30)
    assert answer.status_code == 304
    print_table()


@app.command("status")
def status() -> None:
    """Show it."""


def main() -> None:
    """The entry point."""
    app()
