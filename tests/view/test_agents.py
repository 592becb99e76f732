"""The agents at 80 columns, and for programs."""

from __future__ import annotations

import io
import json

from issue_intake.core.agents import KnownAgent
from issue_intake.view.agents import agents_json, print_agents
from issue_intake.view.console import open_console

ALL = ("edits", "commands", "everything")
AGENTS = (
    KnownAgent(
        name="claude",
        program="claude",
        installed=True,
        version="2.0.1",
        made_for="2.1.197",
        logged_in=False,
        login="run claude once",
        resume=True,
        currency="USD",
        limits=("max_turns", "max_cost"),
        permissions=ALL,
    ),
    KnownAgent(
        name="cursor-agent",
        program="cursor-agent",
        installed=True,
        version="2026.08.28-50f0823",
        made_for="2026.08.28",
        permissions=("everything",),
    ),
    KnownAgent(name="goose", program="goose", installed=False, made_for="1.50.0", login="run goose configure"),
    KnownAgent(
        name="mini-swe-agent-of-somebody-with-a-long-name\x1b[31m",
        program="mini",
        installed=True,
        logged_in=True,
        currency="credits",
        limits=("max_turns", "max_cost"),
        permissions=ALL,
    ),
    KnownAgent(name="gemini", program="gemini", installed=True, starts=False),
    KnownAgent(name="command:deck", program="/opt/deck", installed=False, projects=("webshop", "api")),
)


def printed() -> list[str]:
    stream = io.StringIO()
    print_agents(AGENTS, open_console(stream))
    return stream.getvalue().splitlines()


def test_a_person_reads_a_line_for_each_in_80_columns() -> None:
    lines = printed()
    table = lines[: len(AGENTS) + 1]
    assert table[0].split() == ["AGENT", "VERSION", "LOGIN", "RESUME", "COST", "LIMITS", "MAY"]
    assert all(len(line) <= 80 for line in table)
    assert table[1].split() == ["claude", "2.0.1", "!", "no", "yes", "USD", "turns", "cost", "edit", "run", "all"]
    assert "2026.08.28…" in table[2]
    assert table[3].split()[1] == "missing"
    assert table[5].split()[:3] == ["gemini", "broken", "no"]
    assert "\x1b" not in "\n".join(lines)


def test_below_the_table_stands_what_a_person_has_to_do() -> None:
    assert printed()[len(AGENTS) + 1 :] == [
        "",
        "claude: 2.0.1 is older than 2.1.197, for which it is known",
        "claude: not logged in: run claude once",
        "gemini: gemini cannot be started: install it anew, or put what it needs on PATH",
        "command:deck: /opt/deck is missing, and webshop, api would work with it",
    ]


def test_programs_read_the_same_in_the_words_of_the_configuration() -> None:
    claude, _, goose, mini, gemini, command = json.loads(agents_json(AGENTS))["agents"]
    assert (claude["older"], claude["logged_in"], claude["limits"]) == (True, False, ["max_turns", "max_cost"])
    assert claude["permissions"] == list(ALL)
    assert (goose["installed"], goose["version"], goose["logged_in"], goose["currency"]) == (False, None, None, None)
    assert [each["starts"] for each in (mini, gemini, command)] == [True, False, None]
    assert "\x1b" not in mini["name"]
    assert (command["made_for"], command["projects"]) == (None, ["webshop", "api"])
