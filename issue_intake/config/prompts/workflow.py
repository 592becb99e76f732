"""WORKFLOW.md: YAML front matter, which is listed and not obeyed, then the prompt as a strict Liquid template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from issue_intake.config.prompts.prompt import PromptFacts, variables
from issue_intake.core.attempt import Attempt, Outcome, Role
from issue_intake.core.model import Issue
from issue_intake.core.record import record
from issue_intake.core.text import one_line, without_controls
from issue_intake.errors import UnavailableError

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

_DEFAULT = Path(__file__).with_name("default_workflow.md")
_LARGEST = 1024 * 1024
_MOST_ROUNDS = 10_000
# What Liquid's filters let through when a template gives them values they were not made for.
_SLIPS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_CURE = "mend the file; intake's own prompt is used without `workflow:`"


@record
class Workflow:
    """A WORKFLOW.md as read. `name` is what errors call it; the template begins on line `first_line` of the file."""

    name: str
    template: str
    front_matter: tuple[str, ...] = ()
    first_line: int = 1


def read_workflow(text: str, name: str = "WORKFLOW.md") -> Workflow:
    """Take a WORKFLOW.md apart. `front_matter` are its top-level keys.

    Raises UnavailableError if the front matter is not closed, no YAML or no mapping, or if no template follows.
    """
    lines = without_controls(text).split("\n")
    end = _front_matter_end(lines, name)
    workflow = Workflow(
        name=name,
        template="\n".join(lines[end:]),
        front_matter=_keys("\n".join(lines[1 : end - 1]), name) if end else (),
        first_line=end + 1,
    )
    if not workflow.template.strip():
        raise UnavailableError(f"{name}: there is no prompt in it", _CURE)
    return workflow


def front_matter(text: str, name: str = "WORKFLOW.md") -> str:
    """The YAML of the front matter, every line on the number it has in the file; "" if there is none.

    Raises UnavailableError if it is not closed.
    """
    lines = without_controls(text).split("\n")
    end = _front_matter_end(lines, name)
    return "\n".join(("", *lines[1 : end - 1])) if end else ""


def default_workflow() -> Workflow:
    """The built-in prompt."""
    return read_workflow(_DEFAULT.read_text(encoding="utf-8"), "the built-in prompt")


def render(workflow: Workflow, given: Mapping[str, object]) -> str:
    """The prompt that `workflow` gives for `given`, which is what `prompt.variables` returns.

    A template that does not mention `rework` gets it at its end: an agent that is not told would do the same again.
    Rendered once: braces in the values stay text. Raises UnavailableError, which names the line, for an unknown
    variable or filter anywhere in the template, and for whatever else Liquid does not take.
    """
    from liquid.exceptions import LiquidError  # noqa: PLC0415 - Liquid costs 0.1 s, and few commands need it

    environment = _environment()
    try:
        template = environment.from_string(workflow.template)
        for index, problem in _unknown_names(template, environment):
            raise _fault(workflow, index, problem)
        prompt = template.render(**given).strip() + "\n"
        return prompt if "rework" in template.analyze().globals else prompt + str(given.get("rework") or "")
    except LiquidError as error:
        raise _fault(workflow, error.token.start_index if error.token else 0, str(error.message)) from None
    except _SLIPS as slip:
        raise _fault(workflow, 0, f"it can't be rendered: {type(slip).__name__}: {slip}") from None


def check(workflow: Workflow) -> None:
    """Raise UnavailableError if `workflow` can't be rendered for a first attempt or for a later one."""
    render(workflow, variables(_SAMPLE))
    render(workflow, variables(replace(_SAMPLE, attempt=2, last=_ENDED, issue=replace(_SAMPLE.issue, body="Text."))))


def _front_matter_end(lines: list[str], name: str) -> int:
    """How many lines the front matter takes, both rulers included; 0 if there is none."""
    if lines[0].rstrip() != "---":
        return 0
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == "---":
            return number
    raise UnavailableError(f"{name}:1: the front matter is not closed", "end it with a line of three dashes")


def _keys(front_matter: str, name: str) -> tuple[str, ...]:
    import yaml  # noqa: PLC0415 - not before it is needed

    try:
        # Composed, not loaded: nothing is made of the values, so nothing in them can be a fault.
        root = yaml.compose(front_matter, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = one_line(str(getattr(error, "problem", None) or "no YAML"))
        raise UnavailableError(f"{name}:{line}: the front matter is no YAML: {problem}", _CURE) from None
    if root is None:
        return ()
    if not isinstance(root, yaml.MappingNode):
        raise UnavailableError(f"{name}:2: the front matter is no mapping", "write it as lines of `key: value`")
    return tuple(one_line(str(key.value)) for key, _ in root.value)


def _environment() -> Environment:
    from liquid import Environment, Mode, StrictUndefined  # noqa: PLC0415

    class Bounded(Environment):
        loop_iteration_limit = _MOST_ROUNDS
        local_namespace_limit = _LARGEST
        output_stream_limit = _LARGEST

    return Bounded(undefined=StrictUndefined, tolerance=Mode.STRICT, strict_filters=True)


def _unknown_names(template: BoundTemplate, environment: Environment) -> Iterator[tuple[int, str]]:
    """Variables and filters that do not exist, also in branches that are not taken this time: (index, problem)."""
    found = template.analyze()
    known = variables(replace(_SAMPLE, last=_ENDED))
    for uses in found.globals.values():
        yield from ((use.span.index, f"unknown variable {use}") for use in uses if _is_unknown(use.segments, known))
    for name, spans in found.filters.items():
        if name not in environment.filters:
            yield spans[0].index, f"unknown filter {name}"


def _is_unknown(segments: Sequence[object], known: object) -> bool:
    for segment in segments:
        if not isinstance(known, Mapping) or not isinstance(segment, str):
            return False
        if segment not in known:
            return True
        known = known[segment]
    return False


def _fault(workflow: Workflow, index: int, problem: str) -> UnavailableError:
    line = workflow.first_line + workflow.template.count("\n", 0, max(index, 0))
    return UnavailableError(f"{workflow.name}:{line}: {one_line(problem)}", _CURE)


_EPOCH = datetime.fromtimestamp(0, UTC)
_SAMPLE = PromptFacts(
    key="github:acme/webshop#12",
    project="webshop",
    issue=Issue(
        number=12,
        id=1,
        title="A title",
        body="",
        url="https://github.com/acme/webshop/issues/12",
        state="open",
        labels=("agent:queued",),
        assignees=(),
        author="octocat",
        created_at=_EPOCH,
        updated_at=_EPOCH,
    ),
    attempt=1,
    branch="agent/issue-12",
    base="main",
    worktree=Path("/worktree"),
    result_file=Path("/result.json"),
)
_ENDED = Attempt(
    number=1, role=Role.CODER, agent="claude", claimed_at=_EPOCH, outcome=Outcome.FAILED, note="exit code 1"
)
