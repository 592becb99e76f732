"""Nodes held against the schema: what is wrong becomes a fault with its line, key and cure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from issue_intake.config.faults import Faults, below
from issue_intake.config.nodes import Node
from issue_intake.config.schema import ConfigFile, Limits, ProjectEntry, ProjectLimits
from issue_intake.config.words import FAULT, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]

_MAPPING = ("must be a mapping", 'write "key: value" lines below it')
_LIST = ("must be a list", 'write "- item" lines below it, or [one, two]')
_SENTENCES = {
    "bool_type": ("must be true or false", "write one of them, without quotes"),
    "int_type": ("must be a whole number", "write it like 3, without quotes"),
    "string_type": ("must be text", "write a word or a line of text"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
}
# Where a key that is unknown in one place belongs.
_MISPLACED: dict[type[BaseModel], tuple[type[BaseModel], str]] = {
    ConfigFile: (ProjectEntry, "it belongs to a project: put it there, or under defaults:"),
    ProjectEntry: (ConfigFile, "it belongs to all projects together: put it at the top of the file"),
    Limits: (ProjectLimits, "it is a limit of a project: put it under limits: there, or in defaults:"),
    ProjectLimits: (Limits, "it is a limit of all projects together: put it under limits: at the top of the file"),
}


def check(model: type[Model], node: Node, faults: Faults, agents: Iterable[str] = ()) -> Model | None:
    """`node` as a `model`; None when it has faults, which are then collected. `agents`: names of the user's own."""
    try:
        return model.model_validate(node.plain(), context=tuple(agents))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            _report(model, node, detail, faults)
    return None


def _report(model: type[BaseModel], node: Node, detail: ErrorDetails, faults: Faults) -> None:
    location: Location = tuple(part for part in detail["loc"] if part != "[key]")
    line, key = _place(node, location)
    kind = detail["type"]
    if kind == "missing":
        if not faults.known(key):  # given, but so wrong that it was left out
            faults.add(line, key, "is missing", f"add {_example(model, location)}")
    elif kind == "extra_forbidden":
        faults.add(line, key, "is not a known key", _known_key(model, location))
    else:
        faults.add(line, key, *_sentence(detail))


def _place(node: Node, location: Location) -> tuple[int, str]:
    """Line and key of what lies at `location`; of its nearest surroundings where it was not written."""
    for step, part in enumerate(location):
        child = node.child(part)
        if child is None:
            key = node.key
            for missing in location[step:]:
                key = key if isinstance(missing, int) else below(key, missing)
            return node.line, key
        node = child
    return node.line, node.key


def _sentence(detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == FAULT:
        return context["problem"], context["cure"]
    if kind == "literal_error":
        return _choice(re.findall(r"'([^']*)'", context["expected"]))
    if kind == "greater_than_equal":
        return f"must be at least {context['ge']}", f"write {context['ge']} or more"
    if kind == "less_than_equal":
        return f"must be at most {context['le']}", f"write {context['le']} or less"
    return _SENTENCES.get(kind, ("cannot be used", "look at the examples"))


def _choice(words: list[str]) -> tuple[str, str]:
    if len(words) == 1:
        return f"can only be {words[0]} here", "remove the key, or write that"
    return f"must be {', '.join(words[:-1])} or {words[-1]}", "write one of them"


def _known_key(model: type[BaseModel], location: Location) -> str:
    place = _model_at(model, location[:-1])
    name = str(location[-1])
    elsewhere, cure = _MISPLACED.get(place, (None, ""))
    if elsewhere and name in elsewhere.model_fields:
        return cure
    return did_you_mean(name, place.model_fields, f"known here are {', '.join(place.model_fields)}")


def _example(model: type[BaseModel], location: Location) -> str:
    examples = _model_at(model, location[:-1]).model_fields[str(location[-1])].examples
    return str(examples[0] if examples else location[-1])


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel]:
    parts = iter(location)
    for part in parts:
        if isinstance(part, int):
            continue  # an item of a list is what the list is of
        annotation = model.model_fields[part].annotation
        if get_origin(annotation) is dict:
            next(parts, None)  # a name that the user gave
        model = next(kind for kind in (annotation, *get_args(annotation)) if _is_model(kind))
    return model


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
