"""The configuration file, read whole and checked whole: a Config, or every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from issue_intake.config.check import check
from issue_intake.config.choice import check_choices
from issue_intake.config.defaults import completed, merged, spelled_out
from issue_intake.config.envfile import check_key, read_env
from issue_intake.config.faults import ConfigError, Faults, shown
from issue_intake.config.model import Config, Project, Unresolved
from issue_intake.config.nodes import Node
from issue_intake.config.repo import AddressError
from issue_intake.config.resolve import OriginUrl, Surroundings, resolved
from issue_intake.config.schema import ConfigFile, ProjectEntry
from issue_intake.config.yamlnodes import read
from issue_intake.errors import UsageError

if TYPE_CHECKING:
    from issue_intake.config.presets import OwnAgent

__all__ = ["SMALLEST", "ConfigError", "load"]

MAX_BYTES = 256 * 1024
DEFAULT_ENV_FILE = "env"

SMALLEST = """\
projects:
  - repo: acme/webshop            # owner/name of your repository
    intake:
      labels: agent:queued        # open issues with this label are taken on
    agent: claude                 # or codex, or {command: [my-agent, "{prompt_file}"]}
"""


def load(path: Path, *, environ: Mapping[str, str], origin_url: OriginUrl, kept: tuple[Path, ...] = ()) -> Config:
    """The configuration at `path`. `origin_url` gives a local clone's origin, None where it has none.

    `kept`: places that no sandbox may be shown. Raises UsageError: ConfigError with every fault there is, or one
    sentence where there is no file to read.
    """
    faults = Faults(path)
    root = _mapping(read(_text(path), faults), faults)
    file = check(ConfigFile, root, faults)
    around = Surroundings(
        folder=path.absolute().parent, environ=environ, origin_url=origin_url, kept=(path.absolute(), *kept)
    )
    around = replace(_with_own_files(around, file), agents=_agents(root, around, faults))
    projects, unresolved = _projects(root, around, faults)
    env = _env(root, around, faults)
    faults.raise_any()
    assert file is not None
    return Config(
        path=path,
        env_file=around.path(file.env_file),
        worktrees=around.path(file.worktrees) if file.worktrees else None,
        limits=file.limits,
        projects=projects,
        unresolved=unresolved,
        agents=around.agents,
        env=env,
    )


def _with_own_files(around: Surroundings, file: ConfigFile | None) -> Surroundings:
    """What the file itself names is kept from sandboxes, too."""
    named = [text for text in (file.env_file, file.worktrees) if text] if file is not None else []
    return replace(around, kept=(*around.kept, *(around.path(text) for text in named)))


def _agents(root: Node, around: Surroundings, faults: Faults) -> Mapping[str, OwnAgent]:
    """The user's own agents."""
    if not _names(root):
        return {}
    from issue_intake.config.own_agents import own_agents  # noqa: PLC0415 - few have some

    return own_agents(root.child("agents") or root, around.path, faults)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"there is no configuration at {path}; the smallest one to put there:\n\n{SMALLEST}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder", "name the configuration file in it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", f"look at ls -l {path}") from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES // 1024} KiB", "name the configuration, not another file")
    return _decoded(data, path)


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults = Faults(path)
        faults.add(data.count(b"\n", 0, error.start) + 1, "", "is not UTF-8", "save the file as UTF-8")
        raise faults.error() from None


def _mapping(root: Node | None, faults: Faults) -> Node:
    if root is None:
        faults.add(0, "", "is empty", f"the smallest configuration:\n\n{SMALLEST}")
    elif not isinstance(root.value, Mapping):
        faults.add(root.line, "", "is not a mapping", 'start with "projects:"')
    else:
        return root
    raise faults.error()


def _projects(root: Node, around: Surroundings, faults: Faults) -> tuple[tuple[Project, ...], tuple[Unresolved, ...]]:
    defaults = spelled_out(root.child("defaults") or Node(value={}, line=0, key="defaults"))
    if isinstance(defaults.value, Mapping):
        check(ProjectEntry, completed(defaults), faults, _names(root))
    listed = root.child("projects")
    entries = listed.value if listed and isinstance(listed.value, tuple) else ()
    if listed and listed.value == () and not faults.known("projects"):
        faults.add(listed.line, "projects", "is empty", "add a project: - repo: owner/name")
    own = _names(root)
    found = [(node, _project(merged(defaults, spelled_out(node)), around, own, faults)) for node in entries]
    _check_unique([(node, each) for node, each in found if each is not None], faults)
    everything = [each for _, each in found]
    projects = tuple(each for each in everything if isinstance(each, Project))
    return projects, tuple(each for each in everything if isinstance(each, Unresolved))


def _names(root: Node) -> tuple[str, ...]:
    """Those of the user's own agents, faulty ones too."""
    agents = root.child("agents")
    return tuple(agents.value) if agents is not None and isinstance(agents.value, Mapping) else ()


def _project(node: Node, around: Surroundings, agents: tuple[str, ...], faults: Faults) -> Project | Unresolved | None:
    entry = check(ProjectEntry, node, faults, agents)
    if entry is None:
        return None
    check_choices(entry, node, faults)
    try:
        project = resolved(entry, around)
    except AddressError as error:
        place = node.child("repo") or node
        faults.add(place.line, place.key, error.problem, error.cure)
        return None
    if isinstance(project, Project):
        _check_files(project, node, around, faults)
    return project


def _check_files(project: Project, node: Node, around: Surroundings, faults: Faults) -> None:
    kept = around.kept
    if project.app:
        _check_key(project.app.key_file, node, faults)
        kept = (*kept, project.app.key_file)
    if project.workspace.binds.read or project.workspace.binds.write:
        from issue_intake.config.binds import check_binds, private_places  # noqa: PLC0415 - few have binds

        check_binds(project.workspace, node, private_places(around.environ, kept), faults)


def _check_key(path: Path, project: Node, faults: Faults) -> None:
    place = project
    for name in ("github", "app", "key_file"):
        place = place.child(name) or place
    try:
        check_key(path, faults)
    except FileNotFoundError:
        faults.add(place.line, place.key, f"there is no file {path}", "put the app's private key there, mode 0600")
    except OSError as error:
        faults.add(place.line, place.key, f"{path} cannot be read: {error.strerror}", "name a file of yours, mode 0600")


def _check_unique(found: list[tuple[Node, Project | Unresolved]], faults: Faults) -> None:
    """Names tell projects apart, and a repository's issues can be taken on by one project alone."""
    names: dict[str, Node] = {}
    repositories: dict[str, Node] = {}
    for node, project in found:
        if first := names.get(project.name):
            place = node.child("name") or node
            problem = f"{shown(project.name)} is already the name of the project on line {first.line}"
            faults.add(place.line, f"{node.key}.name", problem, "give this one another name:")
        names.setdefault(project.name, node)
        if isinstance(project, Unresolved):
            continue
        if first := repositories.get(project.repository.path):
            place = node.child("repo") or node
            problem = f"{project.repository.path} is already the project on line {first.line}"
            faults.add(place.line, f"{node.key}.repo", problem, "make one project of the two")
        repositories.setdefault(project.repository.path, node)


def _env(root: Node, around: Surroundings, faults: Faults) -> Mapping[str, str]:
    named = root.child("env_file")
    name = named.value if named else DEFAULT_ENV_FILE
    if not isinstance(name, str) or faults.known("env_file"):
        return {}
    path = around.path(name)
    try:
        return read_env(path, faults)
    except FileNotFoundError:
        if named:
            faults.add(named.line, named.key, f"there is no file {path}", "make it, mode 0600, or remove the key")
    except OSError as error:
        faults.add(
            named.line if named else 0,
            "env_file",
            f"{path} cannot be read: {error.strerror}",
            "name a file of yours, mode 0600",
        )
    return {}
