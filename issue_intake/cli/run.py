"""`intake run`: one tick."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from issue_intake.cli.options import Config, Home, Json, installed

if TYPE_CHECKING:
    from issue_intake.core.rows import TickReport


def run(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="This project alone; lifts its backoff.")] = None,
    most: Annotated[int | None, typer.Option("--max", min=0, help="Start at most so many workers.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; change nothing.")] = False,
    as_json: Json = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print problems alone.")] = False,
    home: Home = None,
    config: Config = None,
) -> int:
    """Poll once, start and follow workers, print what changed, exit. Cron's command."""
    from issue_intake.wiring.projects import Asked  # noqa: PLC0415
    from issue_intake.wiring.running import tick  # noqa: PLC0415 - --help and --version need none of it

    told, code = tick(installed(context, home, config), Asked(only=project, most=most, dry=dry_run))
    _print(told, as_json=as_json, quiet=quiet)
    return code


def _print(told: TickReport, *, as_json: bool, quiet: bool) -> None:
    if quiet and not as_json:
        from issue_intake.view.plain import print_quiet  # noqa: PLC0415

        print_quiet(told, sys.stderr)
        return
    if as_json:
        from issue_intake.view.json import tick_json, write_json  # noqa: PLC0415

        write_json(tick_json(told), sys.stdout)
    else:
        from issue_intake.view.console import open_console  # noqa: PLC0415
        from issue_intake.view.table import print_tick  # noqa: PLC0415

        print_tick(told, open_console(sys.stdout))
        sys.stdout.flush()
    from issue_intake.view.plain import print_problems  # noqa: PLC0415

    print_problems(told, sys.stderr)
