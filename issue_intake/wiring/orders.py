"""From a claimed session to the order of its worker: prompt, hooks, agent, environment. Argv lists only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from issue_intake.config import prompt, workflow
from issue_intake.config.model import Project
from issue_intake.config.schema import Hooks
from issue_intake.config.workflow import Workflow
from issue_intake.core.model import Issue, Session
from issue_intake.core.ports import Base, Clone
from issue_intake.core.work import Order, Ref, Step
from issue_intake.errors import UnavailableError
from issue_intake.workers.agents import Agent, Places, missing_program
from issue_intake.workers.environment import Withheld, worker_environment, write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecipe:
    """How one project's sessions are worked on. `author` gives the identity commits are made with, "Name <mail>"."""

    project: Project
    agent: Agent
    environ: Mapping[str, str]
    withheld: Withheld
    clone: Clone
    ref: Callable[[Session], Ref]
    author: Callable[[], str]

    def check(self) -> None:
        """Raises UnavailableError when the agent's program is not to be found."""
        problem = missing_program(self.agent, self._environment(Path("/")))
        if problem is not None:
            raise UnavailableError(problem)

    def rehearse(self) -> tuple[str, ...]:
        """What a dry run says of the prompt. Raises UnavailableError where it cannot be read or rendered."""
        if self.project.workflow_path is None:
            return self._described(self._workflow(None))
        base = self.clone.last_seen(self.project.workspace.base)
        if base is None:
            return (f"{self.project.workflow_path} is read after the first copy of the repository",)
        return self._described(self._workflow(base))

    def _described(self, found: Workflow) -> tuple[str, ...]:
        workflow.check(found)
        if not found.front_matter:
            return ()
        return (f"{found.name}: front matter is listed, not obeyed: {', '.join(found.front_matter)}",)

    def order(self, session: Session, issue: Issue, base: Base) -> Order:
        """The order of the session's latest attempt. Raises UnavailableError when its prompt cannot be made."""
        ref = self.ref(session)
        places = Places(
            prompt_file=ref.folder / "prompt.md",
            worktree=ref.worktree,
            result_file=ref.folder / "out" / "result.json",
            issue_number=session.number,
            branch=session.branch,
        )
        private = ref.folder.parent / "private" / ref.folder.name
        write_private(private, self.author())
        return Order(
            run=ref.run,
            folder=ref.folder,
            worktree=ref.worktree,
            prompt=self._prompt(session, issue, base, places),
            steps=self._steps(session, places),
            reader=self.agent.reader,
            timeout=self.project.limits.timeout,
            stall=self.project.limits.stall,
            env=self._environment(private),
        )

    def _workflow(self, base: Base | None) -> Workflow:
        if self.project.workflow_file is not None:
            return workflow.read_workflow(_text(self.project.workflow_file), str(self.project.workflow_file))
        path = self.project.workflow_path
        if path is None or base is None:
            return workflow.default_workflow()
        text = self.clone.read_file(base, path)
        if text is None:
            raise UnavailableError(f"there is no {path} on {base.branch}", "add it, or correct workflow:")
        return workflow.read_workflow(text, f"{path} on {base.branch}")

    def _prompt(self, session: Session, issue: Issue, base: Base, places: Places) -> str:
        number = session.attempts[-1].number
        facts = prompt.prompt_facts(issue, session, attempt=number, result_file=places.result_file)
        return workflow.render(self._workflow(base), prompt.variables(facts))

    def _steps(self, session: Session, places: Places) -> tuple[Step, ...]:
        hooks = self.project.workspace.hooks
        agent = Step(
            name="agent",
            argv=self.agent.argv(places),
            cwd=str(places.worktree),
            stdin=self.agent.stdin(places),
            env={"INTAKE_WORKTREE": str(places.worktree)},  # tells its processes from those of another home
        )
        before = ("before_run",) if session.hook_done else ("after_create", "before_run")
        facts = hook_facts(session, places)
        steps = [_hook(hooks, name, places, facts) for name in before]
        return tuple(step for step in (*steps, agent, _hook(hooks, "after_run", places, facts)) if step is not None)

    def _environment(self, private: Path) -> dict[str, str]:
        return worker_environment(self.agent.share, self.environ, private, self.withheld)


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


def _hook(hooks: Hooks, name: str, places: Places, facts: Mapping[str, str]) -> Step | None:
    lines = {"after_create": hooks.after_create, "before_run": hooks.before_run, "after_run": hooks.after_run}
    line = lines[name]
    if line is None:
        return None
    return Step(
        name=name,  # type: ignore[arg-type] # one of the three keys above
        argv=("sh", "-c", line),
        cwd=str(places.worktree),
        timeout=hooks.timeout,
        env=facts,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}", "correct workflow:") from None
    except UnicodeDecodeError:
        raise UnavailableError(f"{path} is not UTF-8", "save it as UTF-8") from None
