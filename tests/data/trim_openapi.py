"""Cuts GitHub's REST description down to the calls made here: `trim_openapi.py FULL.json… > github-openapi.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

REPO = "/repos/{owner}/{repo}"
CALLS: dict[str, tuple[str, ...]] = {
    REPO: ("get",),
    f"{REPO}/issues": ("get", "post"),
    f"{REPO}/issues/{{issue_number}}": ("get", "patch"),
    f"{REPO}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{REPO}/issues/{{issue_number}}/events": ("get",),
    f"{REPO}/issues/{{issue_number}}/timeline": ("get",),
    f"{REPO}/issues/comments/{{comment_id}}": ("get", "patch"),
    f"{REPO}/issues/{{issue_number}}/labels": ("get", "post", "put"),
    f"{REPO}/issues/{{issue_number}}/labels/{{name}}": ("delete",),
    f"{REPO}/labels": ("get", "post"),
    f"{REPO}/labels/{{name}}": ("get",),
    f"{REPO}/pulls": ("get", "post"),
    f"{REPO}/pulls/{{pull_number}}": ("get", "patch"),
    f"{REPO}/pulls/{{pull_number}}/merge": ("get", "put"),
    f"{REPO}/pulls/{{pull_number}}/files": ("get",),
    f"{REPO}/pulls/{{pull_number}}/reviews": ("get", "post"),
    f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}": ("get",),
    f"{REPO}/pulls/{{pull_number}}/comments": ("get", "post"),
    f"{REPO}/pulls/{{pull_number}}/comments/{{comment_id}}/replies": ("post",),
    f"{REPO}/pulls/comments/{{comment_id}}": ("get",),
    f"{REPO}/branches/{{branch}}": ("get",),
    f"{REPO}/git/ref/{{ref}}": ("get",),
    f"{REPO}/git/refs/{{ref}}": ("delete",),
    f"{REPO}/collaborators/{{username}}/permission": ("get",),
    f"{REPO}/commits/{{ref}}/check-runs": ("get",),
    f"{REPO}/commits/{{ref}}/status": ("get",),
    f"{REPO}/commits/{{ref}}/statuses": ("get",),
    f"{REPO}/check-runs/{{check_run_id}}": ("get",),
    f"{REPO}/actions/runs": ("get",),
    f"{REPO}/actions/runs/{{run_id}}": ("get",),
    f"{REPO}/actions/runs/{{run_id}}/jobs": ("get",),
    f"{REPO}/actions/jobs/{{job_id}}": ("get",),
    f"{REPO}/actions/jobs/{{job_id}}/logs": ("get",),
    f"{REPO}/actions/jobs/{{job_id}}/rerun": ("post",),
    "/rate_limit": ("get",),
    "/search/issues": ("get",),
    "/user": ("get",),
}
_PROSE = {"description", "summary", "externalDocs", "x-github", "tags", "title", "operationId", "deprecated"}
_NAMED = {"properties", "patternProperties", "schemas", "parameters", "responses", "examples", "headers"}


def trim(full: dict[str, object]) -> dict[str, object]:
    """The calls above with every component they reach, the prose left out."""
    paths = {path: _methods(_at(full, f"#/paths/{path.replace('/', '~1')}"), CALLS[path]) for path in sorted(CALLS)}
    kept = {"openapi": full["openapi"], "info": _without_prose(full["info"]), "paths": paths, "components": {}}
    components: dict[str, dict[str, object]] = {}
    missing = set(_references(paths))
    while missing:
        for reference in missing:
            _, _, kind, name = reference.split("/")
            components.setdefault(kind, {})[name] = _without_prose(_at(full, reference))
        missing = {r for r in _references(components) if r.split("/")[3] not in components.get(r.split("/")[2], {})}
    return kept | {"components": components}


def united(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One description of several: what an earlier one holds wins over later ones."""
    first, *others = documents
    for other in others:
        first["paths"] = other["paths"] | first["paths"]
        for kind, components in other["components"].items():
            first["components"][kind] = components | first["components"].get(kind, {})
    return first


def _methods(path: object, methods: tuple[str, ...]) -> dict[str, object]:
    assert isinstance(path, dict)
    return {method: _without_prose(path[method]) for method in methods}


def _at(document: object, reference: str) -> object:
    for step in reference.removeprefix("#/").split("/"):
        assert isinstance(document, dict)
        document = document[step.replace("~1", "/")]
    return document


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from _references(child)


def _without_prose(node: object, *, names: bool = False, data: bool = False) -> object:
    """`names`: this object's keys are names somebody chose, not words of the format. `data`: an example's payload."""
    if isinstance(node, list):
        return [_without_prose(child, data=data) for child in node]
    if not isinstance(node, dict) or data:
        return node
    kept = {key: value for key, value in node.items() if names or key not in _PROSE}
    return {
        key: _without_prose(
            value,
            names=not names and key in _NAMED,
            data=not names and key in {"value", "example", "default", "enum"},
        )
        for key, value in kept.items()
    }


if __name__ == "__main__":
    full = united([json.loads(Path(name).read_text()) for name in sys.argv[1:]])
    json.dump(trim(full), sys.stdout, sort_keys=True, separators=(",", ":"))
    sys.stdout.write("\n")
