"""What a shell offers for an ISSUE: from state.json alone, and nothing at all where that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer


def issues(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """(`project#12`, title) of every session in the hot memory that begins with what was typed."""
    import os  # noqa: PLC0415 - only a shell that completes comes here

    from issue_intake.config.paths import locate  # noqa: PLC0415
    from issue_intake.wiring.completion import labels  # noqa: PLC0415

    state = locate(os.environ, home=_home(context)).state
    typed = incomplete.casefold()
    return ((label, title) for label, title in labels(state) if label.startswith(typed))


def _home(context: typer.Context) -> Path | None:
    """The home named on the line so far; before the command, too."""
    for level in (context, context.find_root()):
        home = level.params.get("home")
        if isinstance(home, Path):
            return home
    return None
