"""`defaults:` laid under each project: mappings key by key, anything else replaced whole. Values keep their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from issue_intake.config.choice import OF_A_PROGRAM
from issue_intake.config.faults import Faults
from issue_intake.config.nodes import Node
from issue_intake.config.yamlnodes import read

# A single word in place of a mapping means this key of it.
_SHORT = {"agent": "preset", "publish": "mode", "merge": "mode"}
_COMPLETE = '{repo: o/r, agent: claude, intake: {assignee: "*"}}'


def spelled_out(project: Node) -> Node:
    """The project's entry (or the defaults) with `agent: claude` as `agent: {preset: claude}` and the like."""
    if not isinstance(project.value, Mapping):
        return project
    return replace(project, value={name: _long(name, node) for name, node in project.value.items()})


def commands(node: Node) -> Node:
    """`verify:` with each line or list of words in it as `{run: …}`."""
    if isinstance(node.value, tuple):
        return replace(node, value=tuple(_command(item) for item in node.value))
    return node if isinstance(node.value, Mapping) else replace(node, value=(_command(node),))


def merged(under: Node, over: Node) -> Node:
    """`over` with what it lacks taken from `under`; both spelled out."""
    if not isinstance(under.value, Mapping) or not isinstance(over.value, Mapping):
        return over
    values: dict[str, Node] = {**under.value, **over.value}
    for name in under.value.keys() & over.value.keys():
        values[name] = _laid(name, under.value[name], over.value[name])
    return replace(over, value=values)


def _laid(name: str, under: Node, over: Node) -> Node:
    if name == "agent":
        return merged(_of_same_program(under, over), over)
    if name == "agent_by_label" and isinstance(under.value, Mapping) and isinstance(over.value, Mapping):
        return replace(over, value={**under.value, **over.value})  # what a label says is replaced whole
    return merged(under, over)


def completed(defaults: Node) -> Node:
    """The defaults as a project that lacks nothing, so that their own faults can be found."""
    stub = read(_COMPLETE, Faults(Path()))
    assert stub is not None
    return merged(spelled_out(stub), defaults)


def _long(name: str, node: Node) -> Node:
    if name in _SHORT and isinstance(node.value, str):
        return Node(value={_SHORT[name]: node}, line=node.line, key=node.key)
    if name == "agent_by_label" and isinstance(node.value, Mapping):
        return replace(node, value={label: _long("agent", said) for label, said in node.value.items()})
    return commands(node) if name == "verify" else node


def _command(node: Node) -> Node:
    return node if isinstance(node.value, Mapping) else Node(value={"run": node}, line=node.line, key=node.key)


def _of_same_program(under: Node, over: Node) -> Node:
    """The defaults' agent, without what belongs to its program if the project names another."""
    if not isinstance(under.value, Mapping) or not isinstance(over.value, Mapping):
        return under
    names_one = "command" in over.value or "preset" in over.value
    if not names_one or _preset(under) == _preset(over) is not None:
        return under
    return replace(under, value={name: node for name, node in under.value.items() if name not in OF_A_PROGRAM})


def _preset(agent: Node) -> object:
    node = agent.child("preset")
    return node.value if node else None
