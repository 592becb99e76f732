"""The package as its source says it is: modules, what they import, how long they are. Nothing is executed."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import issue_intake

PACKAGE = "issue_intake"
ROOT = Path(issue_intake.__file__).parent
_NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Module:
    """One module; `name` is its dotted name within the package: `github.http`, `tick`, "" for the package itself."""

    name: str
    text: str

    def __str__(self) -> str:
        return self.name or PACKAGE

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def imports(self) -> frozenset[str]:
        """Dotted names of all it imports, wherever in the module; `from a import b` counts as `a.b`."""
        return frozenset(_imported(ast.walk(self.tree), self.name))

    @property
    def imports_at_run_time(self) -> frozenset[str]:
        """As `imports`, without what only type checkers read."""
        return frozenset(_imported(_executed(self.tree), self.name))

    @property
    def code_lines(self) -> int:
        """Lines that hold code: no blank ones, no comments, no docstrings."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        code = {line for t in tokens if t.type not in _NOT_CODE for line in range(t.start[0], t.end[0] + 1)}
        return len(code - set(_docstring_lines(self.tree)))

    @property
    def functions(self) -> dict[str, int]:
        """Each function and its length in lines, signature and docstring included."""
        return {
            f"{self}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    @property
    def calls(self) -> frozenset[str]:
        """The last name of everything called: `open`, `now`."""
        called = [node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        attributes = {function.attr for function in called if isinstance(function, ast.Attribute)}
        return frozenset(attributes | {function.id for function in called if isinstance(function, ast.Name)})

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(node.name for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


def _imported(nodes: Iterator[ast.AST], name: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                parents = [PACKAGE, *name.split(".")][: -node.level]
                source = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield from _executed(child)


def _docstring_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


@cache
def package() -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(_read(path) for path in sorted(ROOT.rglob("*.py")))


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    return Module(name=name, text=path.read_text(encoding="utf-8"))
