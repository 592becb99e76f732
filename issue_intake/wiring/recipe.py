"""How one project's sessions are worked on. What only a start needs is imported for it: most runs start nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from issue_intake.config.model import Project
from issue_intake.core.model import Issue, Session
from issue_intake.core.ports import Base, Clone
from issue_intake.core.record import record
from issue_intake.core.work import Order, Ref
from issue_intake.errors import UnavailableError, UsageError
from issue_intake.wiring.choice import chosen, setup
from issue_intake.workers.agents import Agent, missing_program
from issue_intake.workers.environment import Withheld, worker_environment

if TYPE_CHECKING:
    from issue_intake.core.brief import Brief
    from issue_intake.wiring.shown import Grounds


@record
class ProjectRecipe:
    """How one project's sessions are worked on. `author` gives the identity commits are made with, "Name <mail>".

    `grounds`: what a sandbox hides and shows of the installation. `secrets`: values that are left out of what an agent
    is told.
    """

    project: Project
    agent: Agent
    environ: Mapping[str, str]
    withheld: Withheld
    clone: Clone
    ref: Callable[[Session], Ref]
    author: Callable[[], str]
    grounds: Callable[[], Grounds]
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def check(self, chosen_by: tuple[str, ...] = ()) -> None:
        """Raises UnavailableError when the agent's program, or what makes its sandbox, is not to be found."""
        self.chosen(chosen_by).check_own()

    def check_own(self) -> None:
        """As `check`, for the recipe's own agent."""
        kind, environment = self.project.workspace.sandbox, self.environment(Path("/"))
        problem = None
        if kind != "none":
            from issue_intake.workers.sandbox.wrap import missing_tool  # noqa: PLC0415

            problem = missing_tool(kind, self.project.workspace.command, environment.get("PATH", ""))
        if problem is None and kind in {"none", "bwrap"}:  # else it is found, or missing, on the other side
            problem = missing_program(self.agent, environment)
        if problem is not None:
            raise UnavailableError(problem)

    def rehearse(self) -> tuple[str, ...]:
        """What a dry run says of the prompt. Raises UnavailableError where it cannot be read or rendered."""
        from issue_intake.wiring.orders import Orders  # noqa: PLC0415

        return Orders(self).rehearse()

    def order(self, session: Session, issue: Issue, base: Base, brief: Brief) -> Order:
        """The order of the session's latest attempt. Raises UnavailableError when its prompt cannot be made."""
        from issue_intake.wiring.orders import Orders  # noqa: PLC0415

        return Orders(self.chosen(session.attempts[-1].chosen_by)).order(session, issue, base, brief)

    def setup(self, chosen_by: tuple[str, ...]) -> str:
        """Tells how the agent so chosen is set up from other ways."""
        return setup(chosen(self.project, chosen_by).agent)

    def chosen(self, chosen_by: tuple[str, ...]) -> ProjectRecipe:
        """The recipe with the agent that these labels choose. Raises UnavailableError where that cannot be used."""
        if not chosen_by:
            return self
        from issue_intake.wiring.projects import agent_of  # noqa: PLC0415 - which imports this module

        project = chosen(self.project, chosen_by)
        try:
            return replace(self, project=project, agent=agent_of(project, self.withheld.names))
        except UsageError as error:
            raise UnavailableError(error.message, error.hint) from None

    def environment(self, private: Path) -> dict[str, str]:
        """The whole environment of an attempt's steps."""
        return worker_environment(self.agent.share, self.environ, private, self.withheld)
