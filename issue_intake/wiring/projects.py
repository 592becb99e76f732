"""From the configuration to the real parts of each project. What a command does not need is not imported."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from issue_intake.config.credentials import secret_values
from issue_intake.config.model import Config, Project, Unresolved
from issue_intake.core.model import Session
from issue_intake.core.names import RepositoryName, parse_key, slug
from issue_intake.core.policy import Limits, ProjectPolicy
from issue_intake.core.ports import Clone, Worktrees
from issue_intake.core.stages import OVER
from issue_intake.errors import IntakeError, RefusedError, UnavailableError, UsageError
from issue_intake.tick.parts import Fault, Parts
from issue_intake.tick.parts import Project as Wired
from issue_intake.tick.setting import Setting
from issue_intake.wiring.demand import on_demand
from issue_intake.wiring.home import Installation
from issue_intake.wiring.policies import policy_of, polled
from issue_intake.wiring.room import room

if TYPE_CHECKING:
    from issue_intake.git.repository import GitClone
    from issue_intake.github.credentials import Credential as GitHubCredential
    from issue_intake.wiring.recipe import ProjectRecipe
    from issue_intake.workers.agents import Agent as Resolved
    from issue_intake.workers.environment import Withheld
    from issue_intake.workers.presets.preset import Preset


@dataclass(frozen=True)
class Asked:
    """What the command line asked of a tick. `only`: a project's name; `most`: `--max`; `dry`: change nothing."""

    only: str | None = None
    most: int | None = None
    dry: bool = False


def wire(home: Installation, asked: Asked, sessions: Iterable[Session]) -> Setting:
    """The real parts of every project that is looked at, or still has a session under way.

    Raises UsageError when the configuration is faulty, or nothing in it can run.
    """
    config = home.config
    _check_asked(config, asked)
    builder = _Builder(home, asked)
    active = {parse_key(s.key)[0].path for s in sessions if s.stage not in OVER or s.working or s.workspace == "ready"}
    projects: list[Wired] = [_unresolved(project) for project in config.unresolved]
    projects += [builder.project(p) for p in config.projects if polled(p) or p.repository.path in active]
    secrets = builder.secrets(projects)
    return Setting(
        projects=tuple(projects),
        limits=Limits(
            running=config.limits.running,
            starts_per_day=config.limits.starts_per_day,
            cost_per_day=config.limits.cost_per_day,
        ),
        worker=home.reading(secrets, scrubbing=not asked.dry),
        secrets=secrets,
        ref=home.ref,
        seconds=time.monotonic,
        room=lambda: room((home.paths.home, home.worktrees), config.limits.disk),
        only=asked.only,
        most=asked.most,
    )


class _Builder:
    """Builds the parts of one project after the other; what they share is made once."""

    def __init__(self, home: Installation, asked: Asked) -> None:
        from issue_intake.git.program import Git  # noqa: PLC0415
        from issue_intake.github.cache import Cache  # noqa: PLC0415
        from issue_intake.wiring.connections import Connections  # noqa: PLC0415

        # The env file is named for this: cron's own PATH and empty environment must not win over it.
        self._environ = {**os.environ, **home.config.env}
        self._home = home
        self._connections = Connections(self._environ, Cache(home.paths.cache, frozen=asked.dry))
        self._git = Git(environ=self._environ)

    def project(self, project: Project) -> Wired:
        """The project's parts, or the one sentence why there are none."""
        try:
            return self._parts(project)
        except IntakeError as error:
            return Fault(policy=policy_of(project), reason=str(error))

    def secrets(self, projects: Iterable[Wired]) -> tuple[str, ...]:
        """Those of all projects: what one of them is told may hold another's."""
        known = (secret for parts in projects if isinstance(parts, Parts) for secret in parts.secrets)
        return secret_values(self._environ, known)

    def _parts(self, project: Project) -> Parts:
        from issue_intake.github.account import Account  # noqa: PLC0415
        from issue_intake.github.issues import GitHubTracker  # noqa: PLC0415
        from issue_intake.github.pulls import GitHubPulls  # noqa: PLC0415
        from issue_intake.wiring.connections import OnGitHub, known_secrets  # noqa: PLC0415
        from issue_intake.workers.environment import Withheld  # noqa: PLC0415

        credential = self._connections.credential(project)
        names, values = known_secrets(project, credential)
        github = self._connections.client(project, credential)
        tracker = GitHubTracker(github, project.repository)
        place = OnGitHub(github, tracker.repository, Account(github), project.authors)
        clone = on_demand(lambda: self._clone(project, credential))
        secrets = secret_values(self._environ, values)
        recipe = self._recipe(project, clone, Withheld(names=names, values=values))
        return Parts(
            policy=policy_of(project),
            credential=credential.fingerprint,
            base=project.workspace.base,
            tracker=tracker,
            provenance=on_demand(place.provenance),
            pulls=GitHubPulls(github, tracker.repository),
            reviews=on_demand(place.reviews),
            steering=on_demand(place.steering),
            clone=clone,
            worktrees=on_demand(lambda: self._worktrees(project, clone, names, secrets)),
            recipe=replace(recipe, secrets=secrets),
            notes=on_demand(place.notes) if project.writes != "off" else None,
            secrets=secrets,
        )

    def _clone(self, project: Project, credential: GitHubCredential) -> GitClone:
        from issue_intake.git.repository import GitClone  # noqa: PLC0415
        from issue_intake.wiring.connections import remote  # noqa: PLC0415

        name = slug(project.repository)
        return GitClone(
            folder=self._home.paths.clone(name),
            remote=remote(self._git, project, credential),
            worker=self._home.worker,
            orders=self._home.paths.first_copy(name),
            reference=project.reference,
        )

    def _worktrees(
        self, project: Project, clone: GitClone, withheld: frozenset[str], secrets: tuple[str, ...]
    ) -> Worktrees:
        from issue_intake.git.worktree import GitWorktrees  # noqa: PLC0415
        from issue_intake.wiring.habits import habits  # noqa: PLC0415

        known = habits(project, withheld)
        return GitWorktrees(
            clone=clone,
            sessions=self._home.paths.sessions,
            worktrees=self._home.worktrees,
            author=project.author,
            lfs=project.workspace.lfs,
            secrets=secrets,
            leaves=known.leaves,
            obeys=known.obeys,
        )

    def _recipe(self, project: Project, clone: Clone, withheld: Withheld) -> ProjectRecipe:
        from issue_intake.wiring.recipe import ProjectRecipe  # noqa: PLC0415

        return ProjectRecipe(
            project=project,
            agent=agent_of(project, withheld.names),
            environ=self._environ,
            withheld=withheld,
            clone=clone,
            ref=self._home.ref,
            author=lambda: self._author(project),
            grounds=lambda: self._home.grounds(project),
        )

    def _author(self, project: Project) -> str:
        from issue_intake.git.publish import identity  # noqa: PLC0415

        try:
            found = identity(self._git, project.author)
        except RefusedError as error:
            raise UnavailableError(error.message, error.hint) from None
        return f"{found.name} <{found.mail}>"


def _check_asked(config: Config, asked: Asked) -> None:
    names = [p.name for p in config.projects] + [p.name for p in config.unresolved]
    if asked.only is not None and asked.only not in names:
        near = get_close_matches(asked.only, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
        raise UsageError(f"there is no project {asked.only} in {config.path}", hint)
    if not config.unresolved and not any(polled(project) for project in config.projects):
        raise UsageError(
            f"no project in {config.path} can run", "give one an intake: block with labels, and leave it enabled"
        )


def _unresolved(project: Unresolved) -> Fault:
    """A stand-in policy: its repository is not known, so no session is ever taken for its own."""
    nowhere = RepositoryName(owner="-", name=project.name)
    policy = ProjectPolicy(name=project.name, repository=nowhere, rule=None, agent="")
    return Fault(policy=policy, reason=project.reason)


def agent_of(project: Project, withheld: frozenset[str]) -> Resolved:
    """The project's agent, ready to be ordered. `withheld`: variables that hold tokens. Raises UsageError."""
    from issue_intake.workers.agents import resolve  # noqa: PLC0415
    from issue_intake.workers.presets.choice import AgentChoice  # noqa: PLC0415

    agent = project.agent
    choice = AgentChoice(
        preset=agent.preset,
        command=agent.command or (),
        model=agent.model,
        args=agent.args,
        allow=agent.allow,
        permissions=agent.permissions,
        turns=agent.max_turns,
        cost=agent.max_cost,
        env=agent.env,
        pass_env=agent.pass_env,
    )
    return resolve(choice, withheld, _own(project))


def _own(project: Project) -> Mapping[str, Preset]:
    """The one of the user's own agents that the project works with."""
    name = project.agent.preset
    if name is None or name not in project.agents:
        return {}
    from issue_intake.wiring.own_agents import own_preset  # noqa: PLC0415 - few have some

    return {name: own_preset(name, project.agents[name])}
