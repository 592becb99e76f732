"""`intake status`: the memory and the attempt folders; no network, no lock, no process started."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from issue_intake.cli.options import Config, Home, Json, MaybeIssue, installed


def status(
    context: typer.Context,
    issue: MaybeIssue = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all that waits and all that has ended.")] = False,
    as_json: Json = False,
    home: Home = None,
    config: Config = None,
) -> int:
    """Show where every issue stands, or one of them whole."""
    from issue_intake.wiring import showing  # noqa: PLC0415 - --help and --version need none of it

    place = installed(context, home, config)
    if issue is not None:
        return _one(showing.detail(place, issue), as_json=as_json)
    found = showing.overview(place, everything=everything)
    if as_json:
        from issue_intake.view.json import report_json, write_json  # noqa: PLC0415

        write_json(report_json(found), sys.stdout)
        return 0
    from issue_intake.view.console import open_console  # noqa: PLC0415
    from issue_intake.view.table import print_report  # noqa: PLC0415

    print_report(found, open_console(sys.stdout))
    return 0


def _one(detail: object, *, as_json: bool) -> int:
    from issue_intake.core.rows import Detail  # noqa: PLC0415

    assert isinstance(detail, Detail)
    if as_json:
        from issue_intake.view.json import detail_json, write_json  # noqa: PLC0415

        write_json(detail_json(detail), sys.stdout)
        return 0
    from issue_intake.view.console import open_console  # noqa: PLC0415
    from issue_intake.view.detail import print_detail  # noqa: PLC0415

    print_detail(detail, open_console(sys.stdout))
    return 0
