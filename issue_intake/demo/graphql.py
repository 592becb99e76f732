"""POST /graphql, for the few things that REST cannot tell or do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from issue_intake.demo.call import Call
from issue_intake.demo.graph import Arguments, GraphError, Node, pull_node, pull_of, query_root
from issue_intake.demo.graphql_text import Field, Operation, SyntaxFaultError, read_operation
from issue_intake.demo.pulls import set_draft
from issue_intake.demo.wire import Json, Reply, Request, json_reply, not_found

GRAPHQL = "/graphql"
_DENIED = "Resource not accessible by personal access token"


def post_graphql(call: Call) -> Reply:
    """The answer to one operation: `{data}`, `{data, errors}`, or `{errors}` where it could not be understood."""
    if not call.world.graphql:
        raise not_found()
    try:
        operation = _operation(call.request.fields())
        answer = _Answer()
        data = answer.select(_root(call, operation), operation.fields, ())
    except SyntaxFaultError as fault:
        return json_reply({"errors": [{"message": str(fault)}]})
    return json_reply({"data": data, "errors": answer.errors} if answer.errors else {"data": data})


def mutations(request: Request) -> tuple[str, ...]:
    """The names of what a request asks to be changed; none for a query, or what cannot be read."""
    try:
        operation = _operation(request.fields())
    except Exception:  # noqa: BLE001 - any text may come in, and this is only to count
        return ()
    return tuple(one.name for one in operation.fields) if operation.kind == "mutation" else ()


def _operation(fields: Json) -> Operation:
    text, variables = fields.get("query"), fields.get("variables") or {}
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise SyntaxFaultError("A query attribute must be specified and must be a string.")
    return read_operation(text, variables)


def _root(call: Call, operation: Operation) -> Node:
    if operation.kind == "query":
        return query_root(call.world, call.token.login)
    return {"__typename": "Mutation", "markPullRequestReadyForReview": lambda given: _mark_ready(call, given)}


def _mark_ready(call: Call, given: Arguments) -> Node:
    if not call.token.write:
        raise GraphError("FORBIDDEN", _DENIED)
    wanted = given.get("input")
    named = wanted if isinstance(wanted, dict) else {}
    repository, issue, pull = pull_of(call.world, named.get("pullRequestId"))
    set_draft(call.world, issue, pull, by=call.token.login, draft=False)
    return {
        "__typename": "MarkPullRequestReadyForReviewPayload",
        "clientMutationId": named.get("clientMutationId"),
        "pullRequest": pull_node(call.world, repository, issue, pull),
    }


@dataclass(slots=True)
class _Answer:
    errors: list[Json] = field(default_factory=list)

    def select(self, value: object, fields: Sequence[Field], path: tuple[str | int, ...]) -> object:
        """What is asked of a value; a field that cannot be had is null, with an error that says where."""
        if value is not None and isinstance(value, Mapping | list | tuple) != bool(fields):
            raise SyntaxFaultError(
                f"Field '{path[-1]}' {'must not' if fields else 'must'} have a selection of subfields"
            )
        if isinstance(value, Mapping):
            return {one.alias: self._field(value, one, (*path, one.alias)) for one in fields}
        if isinstance(value, list | tuple):
            return [self.select(one, fields, (*path, at)) for at, one in enumerate(value)]
        return value

    def _field(self, node: Node, asked: Field, path: tuple[str | int, ...]) -> object:
        if asked.name not in node:
            kind = node.get("__typename", "Object")
            raise SyntaxFaultError(f"Field '{asked.name}' doesn't exist on type '{kind}'")
        value = node[asked.name]
        try:
            found = value(asked.arguments) if callable(value) else value
        except GraphError as fault:
            self.errors.append({"type": fault.kind, "path": list(path), "message": str(fault)})
            return None
        return self.select(found, asked.fields, path)
