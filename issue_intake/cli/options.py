"""Options that several commands take, and the installation they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from issue_intake.cli import completion

if TYPE_CHECKING:
    from issue_intake.wiring.home import Installation

_ISSUE = typer.Argument(metavar="ISSUE", help="A key, project#12, a URL, or 12.", autocompletion=completion.issues)
Issue = Annotated[str, _ISSUE]
MaybeIssue = Annotated[str | None, _ISSUE]
Home = Annotated[Path | None, typer.Option(help="Keep config, memory and worktrees below this folder.")]
Config = Annotated[Path | None, typer.Option(help="The configuration file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def installed(context: typer.Context, home: Path | None, config: Path | None) -> Installation:
    """The installation that the command's own options name, else those given before the command."""
    from issue_intake.wiring.home import installation  # noqa: PLC0415 - --help and --version need none of it

    before_home, before_config = context.obj or (None, None)
    return installation(home or before_home, config or before_config)
