"""The steps of an attempt: what is taken in, the project's hooks, the agent, the commands that judge its work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from issue_intake.config.repo_verify import verify_in
from issue_intake.config.verify import Verify, joined
from issue_intake.config.workspace import Hooks
from issue_intake.core.brief import Brief
from issue_intake.core.model import Session
from issue_intake.core.ports import Base
from issue_intake.core.work import Step
from issue_intake.errors import UnavailableError
from issue_intake.wiring.recipe import ProjectRecipe
from issue_intake.workers.agents import Places
from issue_intake.workers.incoming import take_in_step


def steps(
    recipe: ProjectRecipe, session: Session, base: Base, places: Places, brief: Brief, argv: tuple[str, ...]
) -> Iterator[Step]:
    """All of them, in their order; `argv` is what the agent is started as.

    Raises UnavailableError where the repository does not hold what it should name.
    """
    hooks, facts = recipe.project.workspace.hooks, hook_facts(session, places)
    if brief.bundle is not None:
        yield take_in_step(
            Path(brief.bundle),
            session.attempts[-1].takes or "",
            worktree=places.worktree,
            identity=recipe.author(),
        )
    for name in ("before_run",) if session.hook_done else ("after_create", "before_run"):
        yield from _hook(hooks, name, places, facts)
    yield Step(
        name="agent",
        argv=argv,
        cwd=str(places.worktree),
        stdin=recipe.agent.stdin(places),
        env={"INTAKE_WORKTREE": str(places.worktree)},  # tells its processes from those of another home
    )
    yield from (_verify(verify, places, facts) for verify in _verifies(recipe, base))
    yield from _hook(hooks, "after_run", places, facts)


def _verifies(recipe: ProjectRecipe, base: Base) -> tuple[Verify, ...]:
    """The project's own commands, and those that its repository names on the base branch."""
    path = recipe.project.verify_path
    if path is None:
        return recipe.project.verify
    text = recipe.clone.read_file(base, path)
    if text is None:
        raise UnavailableError(f"there is no {path} on {base.branch}", "add it, or drop verify_from_workflow")
    return joined(recipe.project.verify, verify_in(text, f"{path} on {base.branch}"))


def hook_facts(session: Session, places: Places) -> dict[str, str]:
    """What hooks are told, beside the worker's environment."""
    return {
        "INTAKE_ISSUE_NUMBER": str(session.number),
        "INTAKE_ISSUE_URL": session.url,
        "INTAKE_BRANCH": session.branch,
        "INTAKE_BASE": session.base or "",
        "INTAKE_ATTEMPT": str(session.attempts[-1].number),
        "INTAKE_WORKTREE": str(places.worktree),
    }


def _verify(verify: Verify, places: Places, facts: Mapping[str, str]) -> Step:
    return Step(
        name="verify",
        title=verify.name,
        required=verify.required,
        argv=verify.argv,
        cwd=str(places.worktree),
        timeout=verify.timeout,
        env=facts,
    )


def _hook(hooks: Hooks, name: str, places: Places, facts: Mapping[str, str]) -> Iterator[Step]:
    lines = {"after_create": hooks.after_create, "before_run": hooks.before_run, "after_run": hooks.after_run}
    line = lines[name]
    if line is None:
        return
    yield Step(
        name=name,  # type: ignore[arg-type] # one of the three keys above
        argv=("sh", "-c", line),
        cwd=str(places.worktree),
        timeout=hooks.timeout,
        env=facts,
    )
