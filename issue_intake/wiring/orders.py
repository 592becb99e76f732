"""From a claimed session to the order of its worker: prompt, hooks, agent, environment. Argv lists only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from issue_intake.config import prompt, workflow
from issue_intake.config.model import Project
from issue_intake.config.repo_verify import verify_in
from issue_intake.config.rework import changes, rework_text
from issue_intake.config.verify import Verify, joined
from issue_intake.config.workflow import Workflow
from issue_intake.config.workspace import Hooks
from issue_intake.core.brief import Brief, document
from issue_intake.core.model import Issue, Session
from issue_intake.core.ports import Base
from issue_intake.core.record import record
from issue_intake.core.redact import redact, redact_json
from issue_intake.core.work import Order, Step
from issue_intake.errors import UnavailableError
from issue_intake.wiring.recipe import ProjectRecipe
from issue_intake.workers.agents import Places
from issue_intake.workers.conversations import remembered
from issue_intake.workers.environment import write_private
from issue_intake.workers.incoming import take_in_step


@record(kw_only=False)
class Orders:
    """Makes the orders of one project's sessions."""

    recipe: ProjectRecipe

    @property
    def project(self) -> Project:
        """Its project."""
        return self.recipe.project

    def rehearse(self) -> tuple[str, ...]:
        """What a dry run says of the prompt. Raises UnavailableError where it cannot be read or rendered."""
        if self.project.workflow_path is None:
            return self._described(self._workflow(None))
        base = self.recipe.clone.last_seen(self.project.workspace.base)
        if base is None:
            return (f"{self.project.workflow_path} is read after the first copy of the repository",)
        return self._described(self._workflow(base))

    def _described(self, found: Workflow) -> tuple[str, ...]:
        workflow.check(found)
        if not found.front_matter:
            return ()
        return (f"{found.name}: front matter is listed, not obeyed: {', '.join(found.front_matter)}",)

    def order(self, session: Session, issue: Issue, base: Base, brief: Brief) -> Order:
        """The order of the session's latest attempt. Raises UnavailableError when its prompt cannot be made."""
        ref = self.recipe.ref(session)
        private = ref.folder.parent / "private" / ref.folder.name
        environment = self.recipe.environment(private)
        places = Places(
            prompt_file=ref.folder / "prompt.md",
            worktree=ref.worktree,
            result_file=ref.folder / "out" / "result.json",
            private=private,
            home=Path(environment.get("HOME") or Path.home()),
            issue_number=session.number,
            branch=session.branch,
        )
        write_private(places.private, self.recipe.author(), self.recipe.agent.files)
        env = {**self.recipe.agent.environment(places), **environment}
        wrap = self._wrapping(places, brief, env)
        earlier = brief.conversation if self._remembers(brief.conversation, env) else None
        resumed = self.recipe.agent.resumed(earlier, places) if earlier is not None else None
        fresh = str(uuid4()) if self.recipe.agent.chooses else ""
        told = brief if resumed is not None else replace(brief, conversation=None)
        return Order(
            run=ref.run,
            folder=ref.folder,
            worktree=ref.worktree,
            prompt=self._clean(self._prompt(session, issue, base, places, told)),
            steps=tuple(
                map(wrap, self._steps(session, base, places, brief, resumed or self.recipe.agent.argv(places, fresh)))
            ),
            reader=self.recipe.agent.reader,
            timeout=self.project.limits.timeout,
            stall=self.project.limits.stall,
            memory=self.project.limits.memory,
            processes=self.project.limits.processes,
            env=env,
            resumed=resumed is not None,
            conversation=earlier if resumed is not None else fresh or None,
            login=self.recipe.agent.login,
            currency=self.recipe.agent.preset.currency if self.recipe.agent.preset is not None else None,
            facts={name: redact_json(value, self.recipe.secrets) for name, value in document(issue, brief).items()},
        )

    def _remembers(self, conversation: str | None, env: Mapping[str, str]) -> bool:
        """Whether the agent's record of its conversation is there to go on with, as far as that can be looked at."""
        known = self.recipe.agent.preset
        if conversation is None or known is None or self.project.workspace.sandbox == "command":
            return conversation is not None
        return remembered(known, conversation, env)

    def _clean(self, text: str) -> str:
        return redact(text, self.recipe.secrets)

    def _wrapping(self, places: Places, brief: Brief, env: Mapping[str, str]) -> Callable[[Step], Step]:
        """What puts a step into the project's sandbox. Raises UnavailableError where that cannot be made here."""
        if self.project.workspace.sandbox == "none":
            return lambda step: step
        from issue_intake.wiring.sandbox import confined  # noqa: PLC0415 - few have one
        from issue_intake.wiring.shown import Site  # noqa: PLC0415

        site = Site(places=places, bundle=Path(brief.bundle) if brief.bundle is not None else None)
        return confined(self.project, self.recipe.agent, self.recipe.grounds(), site, env)

    def _workflow(self, base: Base | None) -> Workflow:
        if self.project.workflow_file is not None:
            return workflow.read_workflow(_text(self.project.workflow_file), str(self.project.workflow_file))
        path = self.project.workflow_path
        if path is None or base is None:
            return workflow.default_workflow()
        text = self.recipe.clone.read_file(base, path)
        if text is None:
            raise UnavailableError(f"there is no {path} on {base.branch}", "add it, or correct workflow:")
        return workflow.read_workflow(text, f"{path} on {base.branch}")

    def _prompt(self, session: Session, issue: Issue, base: Base, places: Places, brief: Brief) -> str:
        number = session.attempts[-1].number
        before = _earlier_text(places, number)
        edited = changes(before, self._clean(f"{issue.title}\n\n{issue.body}")) if before else ""
        text = rework_text(brief, session.attempts[:-1], edited)
        facts = prompt.prompt_facts(issue, session, attempt=number, result_file=places.result_file, rework=text)
        return workflow.render(self._workflow(base), prompt.variables(facts))

    def _steps(
        self, session: Session, base: Base, places: Places, brief: Brief, argv: tuple[str, ...]
    ) -> Iterator[Step]:
        hooks, facts = self.project.workspace.hooks, hook_facts(session, places)
        if brief.bundle is not None:
            yield take_in_step(
                Path(brief.bundle),
                session.attempts[-1].takes or "",
                worktree=places.worktree,
                identity=self.recipe.author(),
            )
        for name in ("before_run",) if session.hook_done else ("after_create", "before_run"):
            yield from _hook(hooks, name, places, facts)
        yield Step(
            name="agent",
            argv=argv,
            cwd=str(places.worktree),
            stdin=self.recipe.agent.stdin(places),
            env={"INTAKE_WORKTREE": str(places.worktree)},  # tells its processes from those of another home
        )
        yield from (_verify(verify, places, facts) for verify in self._verifies(base))
        yield from _hook(hooks, "after_run", places, facts)

    def _verifies(self, base: Base) -> tuple[Verify, ...]:
        """The project's own commands, and those that its repository names on the base branch."""
        path = self.project.verify_path
        if path is None:
            return self.project.verify
        text = self.recipe.clone.read_file(base, path)
        if text is None:
            raise UnavailableError(f"there is no {path} on {base.branch}", "add it, or drop verify_from_workflow")
        return joined(self.project.verify, verify_in(text, f"{path} on {base.branch}"))


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


def _earlier_text(places: Places, number: int) -> str:
    """The issue's words at the start of the latest attempt that has a record of them; "" where none has."""
    for earlier in range(number - 1, 0, -1):
        file = places.prompt_file.parent.parent / str(earlier) / "facts.json"
        try:
            issue = json.loads(file.read_bytes())["issue"]
            return f"{issue['title']}\n\n{issue['body']}"
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue
    return ""


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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}", "correct workflow:") from None
    except UnicodeDecodeError:
        raise UnavailableError(f"{path} is not UTF-8", "save it as UTF-8") from None
