"""The agents that are known: a table for a person at 80 columns, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from issue_intake.core.agents import KnownAgent
from issue_intake.view.console import cut_text, new_table, print_table, say
from issue_intake.view.words import clean

_LOGIN = {True: "yes", False: "no", None: "not told"}
_LIMITS = {"max_turns": "turns", "max_cost": "cost"}
_MAY = {"edits": "edit", "commands": "run", "everything": "all"}
_COLUMNS = ("AGENT", "VERSION", "LOGIN", "RESUME", "COST", "LIMITS")
_WIDEST = {"AGENT": 14, "VERSION": 11, "COST": 7}  # with the others they leave MAY its room


def print_agents(agents: tuple[KnownAgent, ...], console: Console) -> None:
    """The table, and below it what a person has to do."""
    table = new_table()
    for title in _COLUMNS:
        table.add_column(title, no_wrap=True, overflow="ellipsis", max_width=_WIDEST.get(title))
    table.add_column(cut_text("MAY"))
    for agent in agents:
        table.add_row(*_cells(agent), style=None if agent.installed else "dim")
    print_table(console, table)
    notes = list(_notes(agents))
    for line in ("", *notes) if notes else ():
        say(console, line)


def agents_json(agents: Iterable[KnownAgent]) -> str:
    """`intake agents --json`."""
    document = {"schema_version": 1, "agents": list(map(_record, agents))}
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).encode("utf-8", "replace").decode()


def _cells(agent: KnownAgent) -> tuple[Text, ...]:
    version = _version(agent)
    return (
        Text(clean(agent.name)),
        Text(f"{version} !" if agent.older else version, style="yellow" if agent.older else ""),
        Text(
            _LOGIN[agent.logged_in] if agent.installed and agent.starts else "",
            style="red" if agent.logged_in is False else "",
        ),
        Text("yes" if agent.resume else "no"),
        Text(clean(agent.currency or "-")),
        Text(" ".join(_LIMITS.get(name, name) for name in agent.limits) or "-"),
        cut_text(" ".join(_MAY.get(name, name) for name in agent.permissions) or "-"),
    )


def _whereabouts(agent: KnownAgent) -> str:
    return f"{clean(agent.program)} is {'missing' if agent.program.startswith('/') else 'not on PATH'}"


def _version(agent: KnownAgent) -> str:
    if not agent.installed:
        return "missing"
    return clean(agent.version or "not told") if agent.starts else "broken"


def _notes(agents: Iterable[KnownAgent]) -> Iterator[str]:
    for agent in agents:
        name = clean(agent.name)
        if agent.older:
            yield f"{name}: {clean(agent.version or '')} is older than {clean(agent.made_for)}, for which it is known"
        if agent.installed and agent.logged_in is False and agent.login:
            yield f"{name}: not logged in: {clean(agent.login)}"
        if not agent.starts:
            yield f"{name}: {clean(agent.program)} cannot be started: install it anew, or put what it needs on PATH"
        if agent.projects and not agent.installed:
            yield f"{name}: {_whereabouts(agent)}, and {clean(', '.join(agent.projects))} would work with it"


def _record(agent: KnownAgent) -> dict[str, object]:
    return {
        "name": clean(agent.name),
        "program": clean(agent.program),
        "installed": agent.installed,
        "starts": agent.starts if agent.installed else None,
        "version": agent.version and clean(agent.version),
        "made_for": clean(agent.made_for) or None,
        "older": agent.older,
        "logged_in": agent.logged_in,
        "login": clean(agent.login) or None,
        "resume": agent.resume,
        "currency": agent.currency and clean(agent.currency),
        "limits": list(agent.limits),
        "permissions": list(agent.permissions),
        "projects": list(map(clean, agent.projects)),
    }
