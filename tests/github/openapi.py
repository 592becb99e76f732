"""Holds requests and answers against GitHub's own REST description; what does not fit is an AssertionError."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

_FILE = Path(__file__).parent.parent / "data" / "github-openapi.json"


@cache
def description() -> dict[str, Any]:
    """The description, its schemas in the words of JSON Schema."""
    loaded: dict[str, Any] = json.loads(_FILE.read_text())
    return loaded


def check_request(method: str, path: str, query: Mapping[str, str] | None = None, body: object = None) -> None:
    """The call exists, its query parameters and body are known, complete and of the right type."""
    operation = _operation(method, path)
    known = {p["name"]: p for p in map(_resolved, operation.get("parameters", ())) if p["in"] == "query"}
    for name, value in (query or {}).items():
        assert name in known, f"{method} {path}: no query parameter {name}"
        _check(_typed(value, known[name]["schema"]), known[name]["schema"], f"{method} {path}?{name}")
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        assert body is None, f"{method} {path} takes no body"
    else:
        _check(body, _closed(schema), f"{method} {path} body")


def check_response(method: str, path: str, status: int, body: object) -> None:
    """The call may answer with that status, and so."""
    answers = _operation(method, path)["responses"]
    assert str(status) in answers, f"{method} {path} never answers {status}, only {sorted(answers)}"
    content = _resolved(answers[str(status)]).get("content", {})
    for kind, media in content.items():
        if "json" in kind and "schema" in media:
            _check(body, media["schema"], f"{method} {path} {status}")


def examples(method: str, path: str) -> Iterator[object]:
    """The payloads the description gives for a call's 200 or 201."""
    for status, answer in _operation(method, path)["responses"].items():
        for media in _resolved(answer).get("content", {}).values() if status in {"200", "201"} else ():
            yield from map(_payload, media.get("examples", {}).values())


def _payload(example: dict[str, Any]) -> object:
    """An example's value, which now and then is a reference to another example."""
    value: object = _resolved(example)["value"]
    return _payload(value) if isinstance(value, dict) and "$ref" in value else value


def _operation(method: str, path: str) -> dict[str, Any]:
    """The most literal template that fits: `{ref}` may hold slashes, other parameters may not."""
    for template in sorted(description()["paths"], key=lambda t: (t.count("{"), t)):
        pattern = "".join(
            "(.+)" if part == "{ref}" else "([^/]+)" if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{\w+\})", template)
        )
        if re.fullmatch(pattern, path) and method.lower() in description()["paths"][template]:
            operation: dict[str, Any] = description()["paths"][template][method.lower()]
            return operation
    raise AssertionError(f"GitHub describes no {method} {path}")


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = description()["components"][kind][name]
    return node


def _check(value: object, schema: dict[str, Any], where: str) -> None:
    rooted = {**_plain(schema), "components": _components()}
    for error in Draft4Validator(rooted, format_checker=FormatChecker(())).iter_errors(value):
        raise AssertionError(f"{where}: {error.message} at {'/'.join(map(str, error.absolute_path)) or 'the top'}")


@cache
def _components() -> dict[str, Any]:
    plain: dict[str, Any] = _plain({"schemas": description()["components"]["schemas"]})
    return plain


def _plain(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` is another type there."""
    if isinstance(node, list):
        return [_plain(child) for child in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key not in {"example", "examples"}}
    if plain.pop("nullable", None) is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A request's body may hold nothing GitHub does not describe."""
    return {**schema, "additionalProperties": False} if "properties" in schema else schema


def _typed(value: str, schema: dict[str, Any]) -> object:
    return int(value) if schema.get("type") == "integer" and value.isdigit() else value
