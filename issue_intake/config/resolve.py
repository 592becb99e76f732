"""From an entry to a project: names, addresses and paths worked out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from issue_intake.config import repo, tracker
from issue_intake.config.agent import AgentPart
from issue_intake.config.model import App, Project, Unresolved
from issue_intake.config.publishing import Publish
from issue_intake.config.repo import Address, AddressError
from issue_intake.config.schema import ProjectEntry
from issue_intake.config.verify import Verify, verifies
from issue_intake.config.workspace import Workspace
from issue_intake.core.authors import WRITERS
from issue_intake.core.leaving import Extent
from issue_intake.core.names import RepositoryName
from issue_intake.core.record import record

if TYPE_CHECKING:
    from issue_intake.config.presets import OwnAgent

DEFAULT_WORKFLOW = "WORKFLOW.md"

OriginUrl = Callable[[Path], str | None]
Part = TypeVar("Part", bound=AgentPart)


@record
class Surroundings:
    """What an entry is resolved against: the configuration's folder, the environment, what knows a clone's origin.

    `kept`: places that no sandbox may be shown. `agents`: those of the user's own.
    """

    folder: Path
    environ: Mapping[str, str]
    origin_url: OriginUrl
    kept: tuple[Path, ...] = ()
    agents: Mapping[str, OwnAgent] = field(default_factory=dict)

    def path(self, text: str) -> Path:
        """`text` as an absolute path: ~ is the home, relative to the configuration."""
        if text == "~" or text.startswith("~/"):
            home = self.environ.get("HOME")
            return (Path(home) if home else Path.home()) / text[2:]
        return self.folder / text


def resolved(entry: ProjectEntry, around: Surroundings) -> Project | Unresolved:
    """The project an entry describes, or why its local clone cannot be used. Raises AddressError on its `repo`."""
    reference = around.path(entry.repo) if repo.is_local(entry.repo) else None
    try:
        address = _address(entry, around, reference)
    except _OriginError as error:
        return Unresolved(name=entry.name or _clean(Path(entry.repo).name) or "unnamed", reason=str(error))
    transport = entry.github.git or ("ssh" if address.scheme == "ssh" and reference is None else "https")
    workflow_file, workflow_path = _workflow(entry.workflow, around)
    verify_path = (workflow_path or DEFAULT_WORKFLOW) if entry.verify_from_workflow else None
    return Project(
        name=entry.name or _default_name(address.repository),
        enabled=entry.enabled,
        repository=address.repository,
        api_url=entry.github.api_url or repo.api_url(address),
        token_env=entry.github.token_env,
        app=_app(entry.github.app, around),
        max_pages=entry.github.max_pages,
        floor=entry.github.floor,
        transport=transport,
        git_url=repo.git_url(address, transport),
        reference=reference,
        rule=entry.intake.rule if entry.intake else None,
        authors=entry.intake.people if entry.intake else WRITERS,
        workflow_file=workflow_file,
        workflow_path=workflow_path,
        agent=_agent(entry.agent, around),
        agent_by_label={label: _agent(part, around) for label, part in entry.agent_by_label.items()},
        workspace=_workspace(entry.workspace, around),
        limits=entry.limits,
        publish=entry.publish.mode,
        author=entry.publish.author,
        unverified=entry.publish.unverified,
        protected=_protected(entry.publish.protected, workflow_path or verify_path),
        extent=_extent(entry.publish),
        verify=_verify(entry, around),
        verify_path=verify_path,
        review=entry.review,
        merge=entry.merge,
        writes=entry.writes,
        backoff=entry.backoff,
        agents=around.agents,
    )


def _workflow(text: str | None, around: Surroundings) -> tuple[Path | None, str | None]:
    """The file on disk, or the path on the base branch; neither for the built-in one."""
    if text is not None and text.startswith(("/", "~")):
        return around.path(text), None
    return None, text


def _extent(publish: Publish) -> Extent:
    return Extent(max_files=publish.max_files, max_bytes=publish.max_bytes, max_file=publish.max_file)


def _app(app: tracker.App | None, around: Surroundings) -> App | None:
    if app is None:
        return None
    return App(id=app.id, installation=app.installation, key_file=around.path(app.key_file))


class _OriginError(Exception):
    """A local clone's origin leads nowhere; the message is a sentence with its cure."""


def _address(entry: ProjectEntry, around: Surroundings, reference: Path | None) -> Address:
    address = _written(entry) if reference is None else _origin(entry, around, reference)
    if not entry.github.repository or address.url is not None:
        return address
    named = repo.parse_address(entry.github.repository).repository
    return replace(address, repository=replace(address.repository, owner=named.owner, name=named.name))


def _written(entry: ProjectEntry) -> Address:
    address = _parsed(entry.repo, entry.github.repository)
    if _is_nickname(address) and not entry.github.api_url:
        raise AddressError("has a host that looks like an ssh nickname", "write owner/name, or set github.api_url")
    return address


def _origin(entry: ProjectEntry, around: Surroundings, reference: Path) -> Address:
    url = around.origin_url(reference)
    if url is None and entry.github.repository:
        return repo.parse_address(entry.github.repository)
    if url is None:
        raise _OriginError(f"{reference} is no git clone with an origin (write repo: owner/name, or clone it again)")
    try:
        address = _parsed(repo.without_login(url), entry.github.repository)
    except AddressError as error:
        raise _OriginError(f"the origin of {reference} {error.problem} (write repo: owner/name)") from None
    if _is_nickname(address):
        raise _OriginError(f"the origin of {reference} has an ssh nickname for its host (write repo: owner/name)")
    return address


def _parsed(text: str, name: str | None) -> Address:
    """The address in `text`; where the repository is named apart from it, `text` may be any remote git can reach."""
    try:
        return repo.parse_address(text)
    except AddressError:
        if name is None:
            raise
        return repo.remote_of(text, name)


def _is_nickname(address: Address) -> bool:
    """Whether the host is one of the user's own ssh settings, unknown to the web."""
    return address.scheme == "ssh" and "." not in address.repository.host


def _default_name(repository: RepositoryName) -> str:
    name = _clean(repository.name)
    if not name:
        raise AddressError("gives no name to call the project by", "add name: with a-z, 0-9 and -")
    return name


def _clean(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63]


def _agent(agent: Part, around: Surroundings) -> Part:
    """`agent` with its command's program found from the home where it starts with ~; no shell does that for an argv."""
    if not agent.command:
        return agent
    return agent.model_copy(update={"command": _found(agent.command, around)})


def _workspace(workspace: Workspace, around: Surroundings) -> Workspace:
    """`workspace` with its paths worked out."""
    binds = {
        name: tuple(str(around.path(text)) for text in texts)
        for name, texts in (("read", workspace.binds.read), ("write", workspace.binds.write))
    }
    command = _found(workspace.command, around) if workspace.command else ()
    return workspace.model_copy(update={"binds": workspace.binds.model_copy(update=binds), "command": command})


def _verify(entry: ProjectEntry, around: Surroundings) -> tuple[Verify, ...]:
    return tuple(replace(each, argv=_found(each.argv, around)) for each in verifies(entry.verify))


def _found(argv: tuple[str, ...], around: Surroundings) -> tuple[str, ...]:
    program, *rest = argv
    return (str(around.path(program)), *rest) if program.startswith("~/") else argv


def _protected(patterns: tuple[str, ...], workflow: str | None) -> tuple[str, ...]:
    """The patterns, the file with the prompt first: who changes it tells the next agents and intake what to do."""
    return (f"/{workflow}", *patterns) if workflow and patterns else patterns
