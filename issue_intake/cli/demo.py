"""`intake demo`: the whole loop without token, network or agent."""

from __future__ import annotations

import os
import signal
from typing import Annotated

import typer


def demo(keep: Annotated[bool, typer.Option("--keep", help="Leave its folder behind.")] = False) -> int:
    """Play the whole loop on a stand-in for GitHub: no token, no network, no agent. Takes some seconds."""
    from issue_intake.demo.scenario import DemoOptions, run_demo  # noqa: PLC0415
    from issue_intake.git.run import check_version  # noqa: PLC0415 - --help and --version need none of it

    for number in (signal.SIGTERM, signal.SIGHUP):  # it cleans up after these, too
        signal.signal(number, signal.default_int_handler)
    check_version(os.environ.get("PATH", os.defpath))
    return run_demo(DemoOptions(keep=keep), typer.echo)
