"""What the pages say is so: commands, tables, examples and messages are held against the code."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from issue_intake.cli.app import app
from issue_intake.cli.commands import PLACES
from issue_intake.config.credentials import holds_credential
from issue_intake.config.prompts.prompt import prompt_facts, variables
from issue_intake.core.attempt import Outcome
from issue_intake.core.model import Stage
from issue_intake.core.stages import COARSE
from issue_intake.demo.sample import add_sample
from issue_intake.demo.standin import StandIn
from issue_intake.errors import ExitCode
from issue_intake.wiring.steps import hook_facts
from issue_intake.workers.agents import Places
from tests import builders
from tests.agents.programs import REAL
from tests.pages import MARKED, PAGES, ROOT, TEXT, anchors, blocks, prose, section

SHELL = blocks("sh", "console", "text", "crontab")
COMMANDS = tuple(PLACES)


def rows(text: str) -> list[list[str]]:
    """The cells of every table in `text`, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {index - 1 for index, line in enumerate(lines) if set(line) <= set("|-")}
    return [row for index, row in enumerate(cells) if index not in heads and index - 1 not in heads]


def code(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def invocations() -> Iterator[str]:
    """Every command line of intake's on the page, comments cut off."""
    lines = [line for block in SHELL for line in block.splitlines()] + code(prose())
    for line in lines:
        if found := re.match(r"(?:\$ |\S+ \* \* \* \* \S*/)?intake ([^#]+)", line):
            yield found[1].strip()


def shape(text: str) -> tuple[set[tuple[str, ...]], list[str]]:
    """The columns of the tables in `text`, and their stages in the order they first appear in."""
    heads = {tuple(line.split()) for line in text.splitlines() if line.split()[:1] == ["ISSUE"]}
    stages = re.findall(r"^(?:[*] |  )?\w+#\d+ +(\w+)", text, re.MULTILINE)
    return heads, list(dict.fromkeys(stages))


def spoken(text: str) -> list[str]:
    """What others than intake do in the demonstration; the numbers of pull requests may fall either way."""
    return sorted(re.sub(r"#\d+", "#", line) for line in text.splitlines() if line.startswith(("CI: ", "ann ")))


def intake(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The real command with nothing of GitHub's or intake's in its environment but what is given."""
    env = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "COLUMNS": "80", **environ}
    argv = [sys.executable, "-m", "issue_intake", *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)


def keys(value: Any, at: str = "") -> set[str]:
    """The paths of all keys below `value`; the items of a list count as one."""
    if isinstance(value, list):
        return {path for item in value for path in keys(item, f"{at}[]")}
    if not isinstance(value, dict):
        return set()
    return {f"{at}.{name}" for name in value} | {p for name, v in value.items() for p in keys(v, f"{at}.{name}")}


@pytest.mark.parametrize("line", sorted(set(invocations())))
def test_a_command_line_has_a_command_and_options_that_exist(line: str) -> None:
    command, *rest = shlex.split(line.replace("[", "").replace("]", ""))
    path = [command] if command in COMMANDS else []
    assert path or command.startswith("-"), f"there is no intake {command}"
    shown = CliRunner().invoke(app, [*path, "--help"]).output
    used = [word for word in [command, *rest] if word.startswith("-")]
    assert all(re.search(rf"(?<!\S){re.escape(option)}\b", shown) for option in used)


def test_every_command_is_on_the_page() -> None:
    assert {line.split()[0] for line in invocations()} >= set(COMMANDS) - {"demo"}
    assert "make demo" in TEXT


@pytest.mark.parametrize("path", [mark for mark in MARKED if "/" in mark])
def test_a_file_that_is_shown_is_the_file(path: str) -> None:
    assert MARKED[path] == (ROOT / path).read_text(encoding="utf-8")


def test_the_files_of_every_scheduler_are_shown() -> None:
    files = {path for room in ("cron", "systemd", "launchd") for path in (ROOT / "examples" / room).iterdir()}
    assert {str(path.relative_to(ROOT)) for path in files} <= MARKED.keys()


def test_the_exit_codes_are_those_of_the_program() -> None:
    assert {int(row[0]) for row in rows(section("Exit codes"))} == set(ExitCode)


def test_the_stages_and_their_coarse_words_are_those_of_the_program() -> None:
    shown = {row[0].strip("`"): row[1] for row in rows(section("Stages"))}
    assert shown == {stage.value: COARSE[stage] for stage in Stage}


def test_every_outcome_is_explained_once() -> None:
    judged = section("How an attempt is judged").partition("| outcome |")[2]
    named = [name for row in rows(f"| outcome |{judged}") for name in code(row[0])]
    assert sorted(named) == sorted(Outcome)


def test_the_table_of_agents_is_what_intake_knows_of_them(tmp_path: Path) -> None:
    told = json.loads(intake("agents", "--json", PATH=os.fspath(tmp_path), INTAKE_HOME=os.fspath(tmp_path)).stdout)
    driven = {real.name for real in REAL}
    expected = {
        f"`{agent['name']}`": [
            f"{'run' if agent['name'] in driven else 'read'}, {agent['made_for']}",
            "yes" if agent["resume"] else "no",
            agent["currency"] or "no",
            ", ".join(limit.removeprefix("max_") for limit in agent["limits"]) or "-",
            ", ".join(agent["permissions"]),
        ]
        for agent in told["agents"]
    }
    assert {name: facts for name, *facts in rows(section("Agents"))} == expected


def test_the_report_is_the_one_the_example_agent_writes() -> None:
    source = (ROOT / "examples" / "agents" / "append-line").read_text(encoding="utf-8")
    assert all(f'"{key}":' in source for key in json.loads(MARKED["result"]))


def test_the_variables_of_a_template_are_all_named() -> None:
    session = builders.session(attempts=(builders.ended(1, Outcome.FAILED), builders.attempt(2)))
    given = variables(prompt_facts(builders.issue(), session, attempt=2, result_file=Path("/result.json")))
    known = {path.lstrip(".") for path in keys(given)} - {"issue", "session", "last"}
    table = section("The prompt: WORKFLOW.md").partition("Hooks have")[0]
    assert {name for row in rows(table) for name in code(row[0])} == known


def test_the_variables_of_a_hook_are_all_named() -> None:
    places = Places(
        prompt_file=Path("/p"),
        worktree=Path("/w"),
        result_file=Path("/r"),
        private=Path("/o"),
        issue_number=1,
        branch="agent/issue-1",
    )
    table = section("The prompt: WORKFLOW.md").partition("Hooks have")[2]
    assert {name for row in rows(table) for name in code(row[0])} == hook_facts(builders.running(), places).keys()


def test_messages_are_quoted_as_the_program_says_them() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "issue_intake").rglob("*.py"))
    for message, _ in rows(section("When something is wrong")):
        for part in re.split(r" ?… ?|claude(?= left)", message.strip("`")):
            assert part.strip("() ") in sources, f"{part!r} is said nowhere"


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target for text in (*code(prose()), *SHELL) for target in re.findall(r"^make ([a-z]+)\b", text, re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_links_into_the_repository_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_page_is_linked_from_the_first() -> None:
    assert [name for name in PAGES if name != "README.md" and f"]({name})" not in PAGES["README.md"]] == []


def test_no_line_holds_what_looks_like_a_secret() -> None:
    assert [line for line in TEXT.splitlines() if holds_credential(line)] == []


def test_the_demo_is_shown_as_it_is_played(tmp_path: Path) -> None:
    told = intake("demo", "--keep", TMPDIR=os.fspath(tmp_path))
    assert told.returncode == 0, told.stdout + told.stderr
    (heads, stages), (played_heads, played_stages) = shape(MARKED["demo"]), shape(told.stdout)
    assert heads == played_heads
    assert set(stages) == set(played_stages) - {"waiting"}  # what comes before is left out
    assert spoken(MARKED["demo"]) == spoken(told.stdout)
    assert all(len(line) <= 80 for line in MARKED["demo"].splitlines())
    (folder,) = tmp_path.glob("intake-demo-*")
    assert told.stdout.splitlines()[-1].startswith(f"Kept: {folder}")
    made = {path.name for path in [*folder.iterdir(), *folder.glob("sessions/*/*/*"), *folder.glob("sessions/*/*/1/*")]}
    shown = set(re.findall(r"[\w.-]+", MARKED["files"])) | {"repos", "sessions", "worktrees", "logs", "github"}
    assert {name for name in made if not name.isdigit()} <= shown
    report = json.loads(intake("status", "--json", INTAKE_HOME=os.fspath(folder)).stdout)
    example = json.loads(MARKED["json"])
    costs = {f"{place}[].{name}" for place in (".sessions[].spent", ".spent_24h") for name in ("currency", "amount")}
    assert keys({name: example[name] for name in report}) == keys(report) | costs  # the demo's agent tells no cost


def test_the_smallest_configuration_runs_and_tells_programs_what_is_shown(tmp_path: Path) -> None:
    smallest = (ROOT / "examples" / "configs" / "smallest.yaml").read_text(encoding="utf-8")
    with StandIn(tmp_path / "github") as standin:
        url = add_sample(standin).repository.git_url
        there = smallest.replace("acme/webshop ", f"{url}\n    github: {{api_url: '{standin.api_url}'}}  ")
        (tmp_path / "config.yaml").write_text(there)
        (tmp_path / "claude").symlink_to(shutil.which("true") or "")
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        place = {"INTAKE_HOME": os.fspath(tmp_path), "INTAKE_GITHUB_TOKEN": standin.token, "PATH": path}
        done = intake("run", "--dry-run", "--max", "1", "--json", **place)
    assert done.returncode == 0, done.stderr
    told, example = json.loads(done.stdout), json.loads(MARKED["json"])
    assert told.keys() == example.keys()
    acts = ("counts", "projects", "actions", "skipped")
    assert keys({name: told[name] for name in acts}) == keys({name: example[name] for name in acts})
