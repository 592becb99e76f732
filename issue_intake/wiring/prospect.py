"""What a worker of a project would see and may do: the very record its sandbox is made from, for an issue `<n>`."""

from __future__ import annotations

import os
from difflib import get_close_matches

from issue_intake.config.model import Project
from issue_intake.core.names import slug
from issue_intake.core.sandbox import Prospect, Sandbox
from issue_intake.errors import UnavailableError, UsageError
from issue_intake.github.credentials import VARIABLES
from issue_intake.wiring.home import Installation
from issue_intake.wiring.projects import agent_of
from issue_intake.wiring.sandbox import sandbox_of
from issue_intake.wiring.shown import Site
from issue_intake.workers.agents import Agent, Places, missing_program
from issue_intake.workers.environment import Withheld, worker_environment
from issue_intake.workers.sandbox.wrap import fault, missing_tool

ISSUE = "<n>"
ATTEMPT = "<attempt>"


def prospect(home: Installation, name: str) -> Prospect:
    """The project's prospect. Asks nobody, changes nothing. Raises UsageError, UnavailableError."""
    project = _named(home, name)
    withheld = frozenset(VARIABLES) | ({project.token_env} if project.token_env else frozenset())
    agent = agent_of(project, withheld)
    site = _site(home, project)
    environ = {**os.environ, **home.config.env}
    common = worker_environment(agent.share, environ, site.places.private, Withheld(names=withheld))
    environment = {**agent.environment(site.places), **common}
    sandbox = sandbox_of(project, agent, home.grounds(project), site, environment)
    return Prospect(
        project=project.name,
        sandbox=sandbox,
        timeout=project.limits.timeout,
        stall=project.limits.stall,
        problem=_problem(agent, sandbox, environment),
    )


def _named(home: Installation, name: str) -> Project:
    found = {project.name: project for project in home.config.projects}
    if name in found:
        return found[name]
    for unresolved in home.config.unresolved:
        if unresolved.name == name:
            raise UnavailableError(unresolved.reason)
    near = get_close_matches(name, found, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(found)}"
    raise UsageError(f"there is no project {name} in {home.config.path}", hint)


def _site(home: Installation, project: Project) -> Site:
    session = home.paths.sessions / slug(project.repository) / ISSUE
    places = Places(
        prompt_file=session / ATTEMPT / "prompt.md",
        worktree=home.worktrees / slug(project.repository) / f"issue-{ISSUE}",
        result_file=session / ATTEMPT / "out" / "result.json",
        private=session / "private" / ATTEMPT,
        issue_number=0,
        branch=f"agent/issue-{ISSUE}",
    )
    return Site(places=places)


def _problem(agent: Agent, sandbox: Sandbox, environment: dict[str, str]) -> str | None:
    problem = missing_tool(sandbox.kind, sandbox.command, environment.get("PATH", "")) or fault(sandbox, environment)
    if problem is None and sandbox.kind in {"none", "bwrap"}:
        return missing_program(agent, environment)
    return problem
