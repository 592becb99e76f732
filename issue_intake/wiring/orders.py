"""From a claimed session to the order of its worker: prompt, hooks, agent, environment. Argv lists only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from issue_intake.config.model import Project
from issue_intake.config.prompts import prompt, workflow
from issue_intake.config.prompts.rework import changes, rework_text
from issue_intake.config.prompts.workflow import Workflow
from issue_intake.core.brief import Brief, document
from issue_intake.core.model import Issue, Session
from issue_intake.core.ports import Base
from issue_intake.core.record import record
from issue_intake.core.redact import redact, redact_json
from issue_intake.core.work import Order, Ref, Step
from issue_intake.errors import UnavailableError
from issue_intake.wiring.recipe import ProjectRecipe
from issue_intake.wiring.steps import steps
from issue_intake.workers.agents import Places
from issue_intake.workers.conversations import remembered
from issue_intake.workers.environment import write_private


@record
class _Talk:
    """How the agent is started: going on with an earlier `conversation`, or with one of its own.

    `conversation` is None where its id is the agent's to choose.
    """

    command: tuple[str, ...]
    conversation: str | None
    resumed: bool


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
        ref, agent, limits = self.recipe.ref(session), self.recipe.agent, self.project.limits
        private = ref.folder.parent / "private" / ref.folder.name
        environment = self.recipe.environment(private)
        places = _places(session, ref, private, environment)
        write_private(private, self.recipe.author(), agent.files)
        env = {**agent.environment(places), **environment}
        wrap = self._wrapping(places, brief, env)
        talk = self._talk(brief.conversation, places, env)
        told = brief if talk.resumed else replace(brief, conversation=None)
        return Order(
            run=ref.run,
            folder=ref.folder,
            worktree=ref.worktree,
            prompt=self._clean(self._prompt(session, issue, base, places, told)),
            steps=tuple(map(wrap, steps(self.recipe, session, base, places, brief, talk.command))),
            reader=agent.reader,
            timeout=limits.timeout,
            stall=limits.stall,
            memory=limits.memory,
            processes=limits.processes,
            env=env,
            resumed=talk.resumed,
            conversation=talk.conversation,
            login=agent.login,
            currency=agent.currency,
            facts={name: redact_json(value, self.recipe.secrets) for name, value in document(issue, brief).items()},
        )

    def _talk(self, earlier: str | None, places: Places, env: Mapping[str, str]) -> _Talk:
        agent = self.recipe.agent
        if earlier is not None and self._remembers(earlier, env):
            resumed = agent.resumed(earlier, places)
            if resumed is not None:
                return _Talk(command=resumed, conversation=earlier, resumed=True)
        fresh = str(uuid4()) if agent.chooses else ""
        return _Talk(command=agent.argv(places, fresh), conversation=fresh or None, resumed=False)

    def _remembers(self, conversation: str, env: Mapping[str, str]) -> bool:
        """Whether the agent's record of its conversation is there to go on with, as far as that can be looked at."""
        known = self.recipe.agent.preset
        if known is None or self.project.workspace.sandbox == "command":
            return True
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


def _places(session: Session, ref: Ref, private: Path, environment: Mapping[str, str]) -> Places:
    return Places(
        prompt_file=ref.folder / "prompt.md",
        worktree=ref.worktree,
        result_file=ref.folder / "out" / "result.json",
        private=private,
        home=Path(environment.get("HOME") or Path.home()),
        issue_number=session.number,
        branch=session.branch,
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}", "correct workflow:") from None
    except UnicodeDecodeError:
        raise UnavailableError(f"{path} is not UTF-8", "save it as UTF-8") from None
