"""From a project and one attempt's places to the sandbox of its steps."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from issue_intake.config.model import Project
from issue_intake.core.sandbox import Mount, Sandbox, settled
from issue_intake.core.work import Step
from issue_intake.errors import UnavailableError
from issue_intake.wiring.shown import LASTING, Grounds, Site, View
from issue_intake.workers.agents import Agent, filled
from issue_intake.workers.sandbox.wrap import fault, wrapped


def confined(
    project: Project, agent: Agent, grounds: Grounds, site: Site, environment: Mapping[str, str]
) -> Callable[[Step], Step]:
    """What puts a step of the attempt into its sandbox. Raises UnavailableError where that cannot be made here."""
    sandbox = sandbox_of(project, agent, grounds, site, environment)
    problem = fault(sandbox, environment)
    if problem is not None:
        raise UnavailableError(problem)
    _make_lasting(sandbox)

    def confine(step: Step) -> Step:
        # An image has a Python of its own, if any.
        own = sandbox.kind == "podman" and step.argv[0] == sys.executable
        argv = ("python3", *step.argv[1:]) if own else step.argv
        return replace(step, argv=wrapped(sandbox, argv, cwd=step.cwd, names=step.env))

    return confine


def sandbox_of(project: Project, agent: Agent, grounds: Grounds, site: Site, environment: Mapping[str, str]) -> Sandbox:
    """The sandbox of an attempt's steps. Raises UnavailableError where what it shall show cannot be shown."""
    workspace = project.workspace
    view = View(project, agent, grounds, site, environment)
    listed = not isinstance(workspace.network, str)
    plain = Sandbox(
        kind=workspace.sandbox,
        home=view.home,
        network=workspace.network,
        socket=view.socket() if listed else None,
        environment=tuple(sorted({*environment, "INTAKE_RUN", "INTAKE_WORKTREE"})),
        memory=project.limits.memory,
        processes=project.limits.processes,
        image=workspace.image or "",
        command=filled(workspace.command, site.places),
        name=container(site),
        rootless=os.getuid() != 0,
    )
    if workspace.sandbox == "bwrap":
        mounts = settled((*view.emptied(), *view.programs(), *view.shown()))
        return replace(plain, mounts=mounts, links=view.links(mounts))
    if workspace.sandbox == "podman":
        last = {mount.path: mount for mount in view.contained()}
        _refuse_colons(last.values())
        return replace(plain, mounts=tuple(sorted(last.values(), key=lambda mount: mount.path.parts)))
    return plain


def _refuse_colons(mounts: Iterable[Mount]) -> None:
    """Podman takes what follows a colon for the next word of the same argument."""
    if odd := next((mount.path for mount in mounts if ":" in f"{mount.path}{mount.origin}"), None):
        raise UnavailableError(f"podman cannot show {odd}: there is a colon in its path", "move it, or use bwrap")


def _make_lasting(sandbox: Sandbox) -> None:
    """Make the folders of the agent's own that outlast an attempt."""
    for mount in sandbox.mounts:
        if mount.what == LASTING:
            try:
                mount.origin.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UnavailableError(f"{mount.origin} cannot be made: {error.strerror}") from None


def container(site: Site) -> str:
    """A name of the session's own: another home may have the same issue."""
    place = site.places.worktree
    return f"intake-{place.parent.name}-{place.name}-{hashlib.sha256(os.fsencode(place)).hexdigest()[:8]}"
