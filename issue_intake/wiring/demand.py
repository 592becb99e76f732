"""Parts that are made at their first use: most runs use few of them, and each costs its imports."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


def on_demand(make: Callable[[], T]) -> T:
    """What `make` gives, made once, when something of it is asked for."""
    return cast("T", _OnDemand(make))


class _OnDemand(Generic[T]):
    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> T:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)
