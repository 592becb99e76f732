"""What the package is held to: who may know whom, where each library lives, how long things get."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tests.architecture.source import PACKAGE, Module

ROOMS = ("github", "git", "workers", "notify", "config", "store", "demo")
LOW = frozenset({"files", "patience", "errors", "core"})


SEES: dict[str, frozenset[str]] = {
    "cli": frozenset({"wiring", "tick", "view", *ROOMS, *LOW}),
    "wiring": frozenset({"tick", "view", *ROOMS, *LOW}) - {"demo"},
    "tick": frozenset({"store", *LOW}),
    "view": frozenset({"errors", "core"}),
    **dict.fromkeys(ROOMS, LOW),
    "files": frozenset({"errors", "core"}),
    "patience": frozenset({"errors", "core"}),
    "errors": frozenset({"core"}),
    "core": frozenset(),
}

HOMES: dict[str, tuple[str, ...]] = {
    "typer": ("cli",),
    "rich": ("view",),
    "humanize": ("view",),
    "pydantic": ("config", "store"),
    "pydantic_core": ("config", "store"),
    "yaml": ("config",),
    "liquid": ("config.prompts",),
    "markdown_it": ("config.prompts",),
    "requests": ("github.http",),
    "urllib3": ("github.http",),
    "tenacity": ("github.retry",),
    "jwt": ("github.app",),
    "detect_secrets": ("git.secrets",),
    "psutil": ("workers.process",),
}

PURE = frozenset(
    {
        *(
            "__future__",
            "abc",
            "base64",
            "collections",
            "copy",
            "dataclasses",
            "datetime",
            "difflib",
            "enum",
            "functools",
            "hashlib",
        ),
        *(
            "inspect",
            "itertools",
            "json",
            "math",
            "operator",
            "re",
            "string",
            "textwrap",
            "types",
            "typing",
            "unicodedata",
        ),
    }
)
NAMES_PATHS = frozenset({"core.brief", "core.ports", "core.rows", "core.sandbox", "core.work"})  # as a type, to hand on
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "open", "input", "getenv", "read_text", "write_text", "exists"})
MAY_PRINT = frozenset({"cli", "view", "demo"})


def room(module: str) -> str:
    """The room a dotted name within the package belongs to; "" for the package itself."""
    top = module.split(".", maxsplit=1)[0]
    return "cli" if top == "__main__" else top


def own(imports: Iterable[str], package: Iterable[Module]) -> set[str]:
    """Which modules of the package are imported, by their names within it."""
    known = {module.name for module in package}
    inside = (name.removeprefix(PACKAGE).lstrip(".") for name in imports if name.split(".")[0] == PACKAGE)
    return {name if name in known else name.rpartition(".")[0] for name in inside}


def outside(imports: Iterable[str]) -> set[str]:
    """The top names of all that is imported and not this package's."""
    return {name.split(".")[0] for name in imports} - {PACKAGE}


def looks_up(module: Module, package: Iterable[Module]) -> Iterator[str]:
    """Imports of a room that this one must not know: above it, or beside it."""
    here = room(module.name)
    for name in sorted(own(module.imports, package)):
        there = room(name)
        if here and there not in ("", here, *SEES[here]):
            yield f"{module} imports {name}, but {here} must not know {there}"


def strays(module: Module) -> Iterator[str]:
    """Libraries imported outside their home."""
    for library in sorted(outside(module.imports) - sys.stdlib_module_names):
        homes = HOMES.get(library)
        if homes is None:
            yield f"{module} imports {library}, which has no home yet"
        elif not any(f"{module.name}.".startswith(f"{home}.") for home in homes):
            yield f"{module} imports {library}, whose home is {', '.join(homes)}"


def impurities(module: Module) -> Iterator[str]:
    """What a module of core imports or calls although its answer could then depend on more than its arguments."""
    allowed = PURE | {"pathlib"} if module.name in NAMES_PATHS else PURE
    yield from (f"{module} imports {name}" for name in sorted(outside(module.imports) - allowed))
    yield from (f"{module} calls {name}()" for name in sorted(module.calls & IMPURE_CALLS))


def reached(start: str, package: Iterable[Module]) -> dict[str, Module]:
    """The modules that running `start` can load, itself included."""
    modules = {module.name: module for module in package}
    found: dict[str, Module] = {}
    ahead = {start}
    while ahead:
        module = modules[ahead.pop()]
        found[module.name] = module
        named = own(module.imports_at_run_time, modules.values())
        ahead |= (named | {name.rpartition(".")[0] for name in named}) - found.keys() - {""}
    return found
