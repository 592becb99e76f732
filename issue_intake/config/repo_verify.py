"""`verify:` in the front matter of a repository's WORKFLOW.md: the one key of it that can be obeyed."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field

from issue_intake.config.check import check
from issue_intake.config.defaults import commands
from issue_intake.config.faults import ConfigError, Fault, Faults
from issue_intake.config.nodes import Node
from issue_intake.config.prompts.workflow import front_matter
from issue_intake.config.verify import Commands, Verify, verifies
from issue_intake.config.words import Entry
from issue_intake.config.yamlnodes import read
from issue_intake.errors import UnavailableError

_KEY = "verify"


class _FrontMatter(Entry):
    verify: Commands = Field(default=(), description="Commands that judge the work.")


def verify_in(text: str, name: str = "WORKFLOW.md") -> tuple[Verify, ...]:
    """The commands under `verify:` in the front matter of a WORKFLOW.md; () where it has no such key.

    Other keys may hold whatever they like. Raises UnavailableError, which names file, line and key, on a fault of
    these commands, and where they could not be told from the rest.
    """
    faults = Faults(Path(name))
    try:
        root = read(front_matter(text, name), faults)
        node = root.child(_KEY) if root else None
        _raise_ours(faults)
        found = (
            check(_FrontMatter, Node(value={_KEY: commands(node)}, line=node.line, key=""), faults) if node else None
        )
        _raise_ours(faults)
    except ConfigError as error:
        raise _unavailable(error.faults) from None
    return verifies(found.verify) if found else ()


def _raise_ours(faults: Faults) -> None:
    """A fault without a key may hide ours."""
    ours = tuple(fault for fault in faults.error().faults if re.split(r"[.\[]", fault.key)[0] in {"", _KEY})
    if ours:
        raise ConfigError(ours)


def _unavailable(faults: tuple[Fault, ...]) -> UnavailableError:
    first = faults[0]
    key = f"{first.key}: " if first.key else ""
    more = f"; {len(faults) - 1} more" if len(faults) > 1 else ""
    return UnavailableError(f"{first.file}:{first.line}: {key}{first.problem}{more}", first.cure)
