"""All agents that may be named, and those that projects name: each asked for its version and its login, none paid."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from issue_intake.config.agent import AgentPart
from issue_intake.config.credentials import names_secret
from issue_intake.config.model import Config
from issue_intake.core.agents import KnownAgent, version_in
from issue_intake.github.credentials import VARIABLES
from issue_intake.wiring.choice import agent_name
from issue_intake.wiring.home import Installation
from issue_intake.wiring.own_agents import own_presets
from issue_intake.workers.ask import Answer, ask
from issue_intake.workers.environment import Share, Withheld, worker_environment
from issue_intake.workers.presets import NAMES, preset
from issue_intake.workers.presets.preset import Preset

SECONDS = 5.0
_SILENT = Answer(code=None, text="")
_NOT_RUN = frozenset({126, 127})  # the exit codes of env and sh where what they would run is not to be found


def known_agents(home: Installation) -> tuple[KnownAgent, ...]:
    """Presets first, the user's own among them, then commands; without a configuration the presets alone.

    Raises UsageError for a faulty configuration.
    """
    config = home.config if home.paths.config.exists() else None
    environ = {**os.environ, **config.env} if config is not None else dict(os.environ)
    presets = {name: found for name in NAMES if (found := preset(name)) is not None}
    presets |= own_presets(config.agents) if config is not None else {}
    projects = _projects(config)
    withheld = Withheld(names=_tokens(config))

    def look(found: Preset) -> KnownAgent:
        return replace(_looked(found, environ, withheld), projects=projects.get(found.name, ()))

    # A program that starts may take a core and seconds for itself.
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        told = tuple(pool.map(look, (presets[name] for name in sorted(presets))))
    return (*told, *_commands(config, projects, environ))


def _parts(config: Config | None) -> Iterator[tuple[str, AgentPart]]:
    """The projects' names, each with the agents that it, or a label of its issues, names."""
    for project in config.projects if config is not None else ():
        parts = (project.agent, *project.agent_by_label.values())
        yield from ((project.name, part) for part in parts if part.names_program)


def _projects(config: Config | None) -> dict[str, tuple[str, ...]]:
    """The names of projects by their agents'."""
    found: dict[str, dict[str, None]] = {}
    for project, part in _parts(config):
        found.setdefault(agent_name(part), {})[project] = None
    return {name: tuple(projects) for name, projects in found.items()}


def _tokens(config: Config | None) -> frozenset[str]:
    projects = config.projects if config is not None else ()
    return frozenset(VARIABLES) | {project.token_env for project in projects if project.token_env}


def _commands(
    config: Config | None, projects: Mapping[str, tuple[str, ...]], environ: Mapping[str, str]
) -> Iterator[KnownAgent]:
    """Programs of projects' own: whether they are there is all that is known of them."""
    found = {agent_name(part): part.command for _, part in _parts(config)}
    for name, command in sorted(found.items()):
        if command:
            yield KnownAgent(
                name=name,
                program=command[0],
                installed=_path(command[0], environ) is not None,
                projects=projects[name],
            )


def _looked(found: Preset, environ: Mapping[str, str], withheld: Withheld) -> KnownAgent:
    program = _path(found.program, environ)
    known = KnownAgent(
        name=found.name,
        program=found.program,
        installed=program is not None,
        made_for=found.made_for,
        login=found.login,
        resume=bool(found.resume),
        currency=found.currency,
        limits=tuple(name for name, words in (("max_turns", found.turns), ("max_cost", found.cost)) if words),
        permissions=tuple(name for name in ("edits", "commands", "everything") if getattr(found, name) is not None),
    )
    if program is None:
        return known
    answer = _version((program, *found.version), environ) if found.version else _SILENT
    if answer is None or answer.code in _NOT_RUN:
        return replace(known, starts=False)
    version = version_in(answer.text) if answer.code == 0 else None
    return replace(known, version=version, logged_in=_logged_in(found, program, environ, withheld))


def _path(program: str, environ: Mapping[str, str]) -> str | None:
    """Where a worker would find it: never by a relative entry of PATH."""
    entries = [entry for entry in environ.get("PATH", "").split(os.pathsep) if entry.startswith("/")]
    return shutil.which(program, path=os.pathsep.join(entries))


def _version(argv: tuple[str, ...], environ: Mapping[str, str]) -> Answer | None:
    """What it says of its version, in a home of its own: a question is to leave nothing in the user's."""

    def environment(private: Path) -> Mapping[str, str]:
        # Some unpack themselves at their first start, once for each cache.
        cache = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
        plain = {"HOME": str(private), "XDG_CACHE_HOME": cache, "TERM": "dumb", "NO_COLOR": "1", "LANG": "C.UTF-8"}
        return {**plain, "PATH": environ.get("PATH", "")}

    return _asked(argv, environment)


def _logged_in(found: Preset, program: str, environ: Mapping[str, str], withheld: Withheld) -> bool | None:
    """What it says of its login, asked as a worker would run it; None where it does not tell."""
    if not found.logged_in:
        return None
    share = Share(vendor=found.variables, clouds=found.clouds)
    answer = _asked((program, *found.logged_in), lambda private: worker_environment(share, environ, private, withheld))
    if answer is None or answer.code is None:
        return None
    keyed = any(names_secret(name) and environ.get(name) for name in found.variables)
    # A key may do where nobody is logged in: that it is a good one only a paid call would tell.
    return True if answer.code == 0 else None if keyed else False


def _asked(argv: tuple[str, ...], environment: Callable[[Path], Mapping[str, str]]) -> Answer | None:
    with TemporaryDirectory(prefix="intake-ask-", ignore_cleanup_errors=True) as private:
        return ask(argv, environment(Path(private)), Path(private), SECONDS)
