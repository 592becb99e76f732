"""`intake demo`: the whole loop without token, network or agent."""

from __future__ import annotations

from typing import Annotated

import typer


def demo(keep: Annotated[bool, typer.Option("--keep", help="Leave its folder behind.")] = False) -> int:
    """Play the whole loop on a stand-in for GitHub: no token, no network, no agent. Takes some seconds."""
    from issue_intake.demo.scenario import DemoOptions, run_demo  # noqa: PLC0415

    return run_demo(DemoOptions(keep=keep), typer.echo)
