"""`agents:` read: each held against its schema, and whole where it is like no known one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from issue_intake.config.agent import PRESETS
from issue_intake.config.check import check
from issue_intake.config.faults import Faults, shown
from issue_intake.config.nodes import Node
from issue_intake.config.presets import OwnAgent

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def own_agents(agents: Node, path: Callable[[str], Path], faults: Faults) -> Mapping[str, OwnAgent]:
    """The agents below that node that are without a fault; `path` makes a program's ~ the home."""
    found = agents.value if isinstance(agents.value, Mapping) else {}
    each = {name: _own_agent(name, node, path, faults) for name, node in found.items()}
    return {name: agent for name, agent in each.items() if agent is not None}


def _own_agent(name: str, node: Node, path: Callable[[str], Path], faults: Faults) -> OwnAgent | None:
    if not _NAME.fullmatch(name):
        faults.add(node.line, node.key, "is no agent's name", "use a-z, 0-9 and -, such as my-agent")
    agent = check(OwnAgent, node, faults)
    if agent is None:
        return None
    if agent.base is None and name not in PRESETS:
        _check_whole(name, agent, node, faults)
    if agent.program is not None and agent.program.startswith("~/"):
        return agent.model_copy(update={"program": str(path(agent.program))})
    return agent


def _check_whole(name: str, agent: OwnAgent, node: Node, faults: Faults) -> None:
    """Collect a fault for what an agent that is like no known one has to say of itself."""
    if agent.program is None:
        faults.add(node.line, f"{node.key}.program", "is missing", f"add program: {shown(name)}, or a base")
    if agent.run is None:
        faults.add(node.line, f"{node.key}.run", "is missing", 'add run: ["{permissions}", "{args}"], or a base')
    if agent.edits is None and agent.commands is None and agent.everything is None:
        cure = "add words that do, or edits: {} where nothing needs saying"
        faults.add(node.line, f"{node.key}.edits", "is missing, and nothing else says what it may do", cure)
