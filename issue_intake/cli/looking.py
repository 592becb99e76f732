"""`intake logs`, `open`, `sandbox`, `agents`: what an attempt wrote, where an issue is, what a worker would be."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from issue_intake.cli.options import Config, Home, Issue, Json, installed


def logs(
    context: typer.Context,
    issue: Issue,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until the attempt has ended.")] = False,
    attempt: Annotated[int | None, typer.Option(min=1, metavar="N", help="Which attempt; else the latest.")] = None,
    prompt: Annotated[bool, typer.Option("--prompt", help="What the agent was told instead.")] = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Print what the worker of an attempt wrote."""
    if follow and prompt:
        raise typer.BadParameter("--prompt is written once: there is nothing to follow")
    from issue_intake.view.plain import print_lines  # noqa: PLC0415 - --help and --version need none of it
    from issue_intake.wiring import logs as wired  # noqa: PLC0415

    place = installed(context, home, config)
    if prompt:
        print_lines(wired.prompt(place, issue, attempt=attempt), sys.stdout)
    else:
        print_lines(wired.log(place, issue, attempt=attempt, follow=follow), sys.stdout)


def open_(
    context: typer.Context,
    issue: Issue,
    cd: Annotated[bool, typer.Option("--cd", help="Print the worktree's path alone, for cd.")] = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Print where an issue, its pull request and its worktree are."""
    from issue_intake.errors import UnavailableError  # noqa: PLC0415
    from issue_intake.view.plain import place_lines, print_lines  # noqa: PLC0415
    from issue_intake.wiring import logs as wired  # noqa: PLC0415

    found = wired.places(installed(context, home, config), issue)
    if not cd:
        print_lines(place_lines(found.issue, found.pull, found.worktree, there=found.there), sys.stdout)
        return
    if found.worktree is None or not found.there:
        what = f"the worktree of {found.label} is gone" if found.worktree else f"{found.label} has no worktree yet"
        raise UnavailableError(what, f"intake status {found.label} says more")
    typer.echo(os.fsencode(found.worktree))


def sandbox(
    context: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="A project's name.")],
    as_json: Json = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Print what a worker of a project would see and may do, and where that is no boundary."""
    from issue_intake.view.sandbox import sandbox_json, sandbox_lines  # noqa: PLC0415
    from issue_intake.wiring.prospect import prospect  # noqa: PLC0415

    found = prospect(installed(context, home, config), project)
    if as_json:
        from issue_intake.view.json import write_json  # noqa: PLC0415

        write_json(sandbox_json(found), sys.stdout)
        return
    from issue_intake.view.plain import print_lines  # noqa: PLC0415

    print_lines(sandbox_lines(found), sys.stdout)


def agents(context: typer.Context, as_json: Json = False, home: Home = None, config: Config = None) -> None:
    """Print which agents are known, which of them are installed here and logged in, and what each supports."""
    from issue_intake.wiring.agents import known_agents  # noqa: PLC0415

    found = known_agents(installed(context, home, config))
    if as_json:
        from issue_intake.view.agents import agents_json  # noqa: PLC0415
        from issue_intake.view.json import write_json  # noqa: PLC0415

        write_json(agents_json(found), sys.stdout)
        return
    from issue_intake.view.agents import print_agents  # noqa: PLC0415
    from issue_intake.view.console import open_console  # noqa: PLC0415

    print_agents(found, open_console(sys.stdout))
