"""What a project asks of its agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Literal

from issue_intake.core.record import record

Permissions = Literal["edits", "commands", "everything"]
_NOTHING: Mapping[str, str] = MappingProxyType({})


@record
class AgentChoice:
    """A project's `agent:`. Exactly one of `preset` and `command` is given; `command` is the whole argv.

    `permissions` None: what `allow` needs, and no more. `turns`, `cost`: limits of the agent's own.
    """

    preset: str | None = None
    command: tuple[str, ...] = ()
    model: str | None = None
    args: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    permissions: Permissions | None = None
    turns: int | None = None
    cost: float | None = None
    env: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    pass_env: tuple[str, ...] = ()
