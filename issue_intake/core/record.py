"""Frozen, slotted dataclasses whose classes are made in a quarter of the time.

For each of them the standard library compiles six functions, half a millisecond a class on Python 3.11, and a run has
more than a hundred. Here `__init__` alone is compiled, at its first call, which half of the classes never see; the
others are shared by all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type[object])
_Row = Field[Any]


@overload
def record(cls: _Class, /) -> _Class: ...
@overload
def record(*, kw_only: bool) -> Callable[[_Class], _Class]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, kw_only: bool = True) -> Any:
    """`@record`, or `@record(kw_only=False)`: to its users the same as `dataclass(frozen=True, slots=True, …)`.

    Only for classes without bases, `__post_init__`, `InitVar`, order, or fields that are no arguments.
    """
    return _made(cls, kw_only=kw_only) if cls is not None else lambda decorated: _made(decorated, kw_only=kw_only)


def _made(cls: type, *, kw_only: bool) -> type:
    made: type = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    rows = fields(made)
    compared = [row.name for row in rows if row.compare]
    own = {
        "__init__": _first_init(made),
        "_compared": staticmethod(attrgetter(*compared) if compared else _nothing),
    }
    for name, value in {**_SHARED, **own}.items():
        setattr(made, name, value)
    return made


def _first_init(made: type) -> Callable[..., None]:
    """`__init__` until the first record of the class is made."""

    def first(self: Any, *arguments: Any, **named: Any) -> None:
        _settled_init(made)(self, *arguments, **named)

    return first


def _settled_init(made: type) -> Callable[..., None]:
    """`__init__` with the fields' names for its arguments, from now on the class's own; it fills the slots directly."""
    rows = fields(made)
    outer: dict[str, object] = {"MISSING": MISSING}
    for row in rows:
        outer |= {f"set_{row.name}": getattr(made, row.name).__set__, f"default_{row.name}": row.default}
        outer[f"new_{row.name}"] = row.default_factory
    star = "*, " if rows and rows[0].kw_only else ""
    arguments = f"self, {star}{', '.join(map(_argument, rows))}"
    body = "".join(f"\n  set_{row.name}(self, {_value(row)})" for row in rows) or "\n  pass"
    source = f"def make({', '.join(outer)}):\n def __init__({arguments}):{body}\n return __init__"
    found: dict[str, Any] = {}
    exec(source, {}, found)  # noqa: S102 - made of our own fields' names
    init: Callable[..., None] = found["make"](**outer)
    init.__qualname__ = f"{made.__qualname__}.__init__"
    made.__init__ = init  # type: ignore[misc] # in the place of the first one
    return init


class _Signature:
    """What `inspect.signature` tells of a class; of an `__init__` that was not called yet it could tell nothing."""

    def __get__(self, _: object, made: type) -> object:
        from inspect import signature  # noqa: PLC0415 - a run never asks

        told = signature(_settled_init(made))
        return told.replace(parameters=[*told.parameters.values()][1:])


def _argument(row: _Row) -> str:
    if row.default is not MISSING:
        return f"{row.name}=default_{row.name}"
    return row.name if row.default_factory is MISSING else f"{row.name}=MISSING"


def _value(row: _Row) -> str:
    return row.name if row.default_factory is MISSING else f"new_{row.name}() if {row.name} is MISSING else {row.name}"


def _nothing(_: object) -> tuple[()]:
    return ()


def _equal(self: Any, other: Any) -> Any:
    return self._compared(self) == self._compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._compared(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{row.name}={getattr(self, row.name)!r}" for row in fields(self) if row.repr)
    return f"{type(self).__qualname__}({shown})"


def _refuse(_: object, name: str, *__: object) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r}")


_SHARED = {
    "__signature__": _Signature(),
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
