"""`intake retry`, `cancel`, `adopt`: what a person asks of the next run."""

from __future__ import annotations

from typing import Annotated

import typer

from issue_intake.cli.options import Config, Home, Issue, installed


def retry(context: typer.Context, issue: Issue, home: Home = None, config: Config = None) -> None:
    """Ask again for an issue that is not in work: the next run queues it, its counters fresh."""
    from issue_intake.wiring import asking  # noqa: PLC0415 - --help and --version need none of it

    typer.echo(asking.retry(installed(context, home, config), issue))


def cancel(context: typer.Context, issue: Issue, home: Home = None, config: Config = None) -> None:
    """Stop an issue's worker now; the next run cancels its session. Work that is not published is kept."""
    from issue_intake.wiring import asking  # noqa: PLC0415

    typer.echo(asking.cancel(installed(context, home, config), issue))


def adopt(
    context: typer.Context,
    issue: Issue,
    pull: Annotated[int, typer.Option(min=1, metavar="N", help="The pull request's number.")],
    home: Home = None,
    config: Config = None,
) -> None:
    """Follow a pull request that is open already as the issue's own; its branch must be agent/issue-<n>."""
    from issue_intake.wiring import asking  # noqa: PLC0415

    typer.echo(asking.adopt(installed(context, home, config), issue, pull))
