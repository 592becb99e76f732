"""The house stands as drawn: imports go down only, each library has one home, nothing grows out of hand."""

from __future__ import annotations

import re
import sys

import pytest

from tests.architecture.rules import MAY_PRINT, SEES, impurities, looks_up, outside, own, reached, room, strays
from tests.architecture.source import Module, package

PACKAGE = package()
CORE = [module for module in PACKAGE if room(module.name) == "core"]
SUPERVISOR = "workers.supervisor.supervise"


@pytest.mark.parametrize("module", PACKAGE, ids=str)
def test_imports_go_down_only_and_siblings_do_not_know_each_other(module: Module) -> None:
    assert list(looks_up(module, PACKAGE)) == []


def test_nothing_but_the_command_line_knows_of_the_demo() -> None:
    knows = {room(module.name) for module in PACKAGE if {"demo"} & set(map(room, own(module.imports, PACKAGE)))}
    assert knows <= {"cli", "demo"}


@pytest.mark.parametrize("module", PACKAGE, ids=str)
def test_each_library_has_one_home(module: Module) -> None:
    assert list(strays(module)) == []


@pytest.mark.parametrize("module", CORE, ids=str)
def test_core_is_pure(module: Module) -> None:
    assert list(impurities(module)) == []


def test_git_is_started_in_one_place() -> None:
    starts = [m.name for m in PACKAGE if room(m.name) == "git" and "subprocess" in outside(m.imports)]
    assert set(starts) <= {"git.run"}


@pytest.mark.parametrize("start", [SUPERVISOR, "workers.network.proxy", "workers.network.forward"])
def test_what_stands_by_an_agent_needs_the_standard_library_and_its_own_room_only(start: str) -> None:
    modules = reached(start, PACKAGE)
    assert {name for name in modules if room(name) != "workers"} <= {"core", "core.shapes"}
    assert set().union(*(outside(module.imports_at_run_time) for module in modules.values())) <= sys.stdlib_module_names


@pytest.mark.parametrize("module", PACKAGE, ids=str)
def test_a_module_has_200_lines_of_code_at_most(module: Module) -> None:
    assert module.code_lines <= 200


def test_no_function_is_longer_than_50_lines_and_nine_in_ten_are_under_30() -> None:
    lengths = {name: lines for module in PACKAGE for name, lines in module.functions.items()}
    assert {name: lines for name, lines in lengths.items() if lines > 50} == {}
    long = {name: lines for name, lines in lengths.items() if lines >= 30}
    assert len(long) <= len(lengths) / 10, long


def test_only_the_command_line_prints() -> None:
    printing = {module.name for module in PACKAGE if "print" in module.calls}
    assert {name for name in printing if room(name) not in MAY_PRINT} <= {SUPERVISOR}


def test_names_say_what_a_thing_is() -> None:
    empty = re.compile(r"manager|helper|util|service", re.IGNORECASE)
    names = [name for module in PACKAGE for name in (module.name.rpartition(".")[2], *module.classes)]
    assert [name for name in names if empty.search(name)] == []


HOUSE = tuple(Module(name, "") for name in ("", *SEES, "acts", "core.model", "github.retry", "workers.process"))


class TestTheRulesBite:
    """Each rule on a module that breaks it: a checker that finds nothing would look the same as a clean house."""

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("core.plan", "import issue_intake.errors"),
            ("errors", "from issue_intake.store import state"),
            ("git.run", "from issue_intake.workers import process"),
            ("github.http", "from issue_intake import tick"),
            ("github.http", "from ..workers import process"),
            ("tick.cycle", "def later():\n    from issue_intake.github.http import get"),
            ("tick.look", "from issue_intake.view.table import print_tick"),
            ("view.table", "if TYPE_CHECKING:\n    from issue_intake.store.state import load"),
            ("wiring", "import issue_intake.demo"),
            ("store.state", "import issue_intake.cli.main as main"),
        ],
    )
    def test_on_who_knows_whom(self, name: str, line: str) -> None:
        assert list(looks_up(Module(name, line), HOUSE))

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("cli.main", "from issue_intake import wiring"),
            ("__main__", "from issue_intake.cli.main import main"),
            ("tick.cycle", "from issue_intake.tick import acts\nfrom issue_intake.store.lock import hold"),
            ("github.http", "from issue_intake import __version__\nfrom .retry import patiently"),
            *((room, "from issue_intake.core import model") for room in SEES),
        ],
    )
    def test_but_not_on_what_is_right(self, name: str, line: str) -> None:
        assert list(looks_up(Module(name, line), HOUSE)) == []

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("github.client", "import requests"),
            ("cli.main", "from rich.table import Table"),
            ("view.table", "import typer"),
            ("store.state", "import numpy"),
        ],
    )
    def test_on_homes(self, name: str, line: str) -> None:
        assert list(strays(Module(name, line)))

    @pytest.mark.parametrize(
        "line",
        ["import os", "from pathlib import Path", "import time", "import random", "x = datetime.now()", "open('x')"],
    )
    def test_on_purity(self, line: str) -> None:
        assert list(impurities(Module("core.plan", line)))

    def test_on_length(self) -> None:
        module = Module(
            "x", '"""Doc."""\n\n# why\ndef f() -> None:\n    """Doc.\n\n    More.\n    """\n    g("""a\nb""")\n'
        )
        assert module.code_lines == 3
        assert module.functions == {"x:f": 7}

    def test_what_only_type_checkers_read_is_not_loaded(self) -> None:
        module = Module("workers.a", "import os\nif TYPE_CHECKING:\n    import typing\n")
        assert module.imports_at_run_time == {"os"}
        assert module.imports == {"os", "typing"}


@pytest.mark.parametrize("module", PACKAGE, ids=str)
def test_what_is_frozen_and_slotted_is_a_record(module: Module) -> None:
    """By the standard library's way alone the classes of a run would cost it a tenth of its time."""
    assert not re.search(r"^@dataclass\(frozen=True, slots=True(?:, kw_only=True)?\)$", module.text, re.MULTILINE)
