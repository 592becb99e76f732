"""Installations as they look after weeks of use: configuration, token, memory, attempt folders, history."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from issue_intake.core.attempt import Attempt, Outcome, Role
from issue_intake.core.model import Configured, ProjectState, Pull, Session, Stage, State
from issue_intake.core.names import RepositoryName, branch_name, issue_key, slug
from issue_intake.wiring.home import installation
from issue_intake.workers.host import boot_id, machine_id
from issue_intake.workers.supervisor.records import SCHEMA_VERSION, timestamp
from tests.benchmarks.payload import LABEL, repository_id

ROOT = Path(__file__).parents[2]
START = Path(__file__).with_name("start.py")
AGENT = "command:true"
GIT_HOST = "https://git.example.org/"
NOWHERE = "http://127.0.0.1:9"
NOW = datetime.now(UTC).replace(microsecond=0)
_STAGES = (Stage.BLOCKED, Stage.NEEDS_HUMAN, Stage.IN_PROGRESS, Stage.NEEDS_HUMAN, Stage.BLOCKED)


@dataclass(frozen=True, slots=True)
class Home:
    """One installation below `path`, whose parent is the user's home directory."""

    path: Path

    @property
    def env(self) -> dict[str, str]:
        """The environment of ours and of the floors."""
        return environment(self.path.parent) | {"INTAKE_HOME": os.fspath(self.path)}

    def intake(self, *arguments: str) -> tuple[str, ...]:
        """The argv of an intake command."""
        return started("issue_intake.cli.main", *arguments)


def environment(scratch: Path) -> dict[str, str]:
    """What cron would hand over, and where the programs to be measured are."""
    return {
        "HOME": os.fspath(scratch),
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.fspath(ROOT),
        "COLUMNS": "100",
        "LANG": "C.UTF-8",
        "NO_PROXY": "127.0.0.1",
    }


@contextmanager
def user(scratch: Path) -> Iterator[None]:
    """This process as the user whose home directory `scratch` is, for what is measured within it."""
    kept = dict(os.environ)
    os.environ.update(environment(scratch))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def started(module: str, *arguments: str) -> tuple[str, ...]:
    """The argv that runs a module's main with this interpreter."""
    return (sys.executable, os.fspath(START), module, *arguments)


def floor(name: str, *arguments: str) -> tuple[str, ...]:
    """The argv of a floor program."""
    return started(f"tests.benchmarks.floors.{name}", *arguments)


def make_home(path: Path, *, api: str = NOWHERE, projects: int = 1, limits: str = "{}", more: str = "") -> Home:
    """An installation with a configuration, which a person would write so, and no memory yet.

    `limits`: of all projects together; `more`: lines of each project's entry.
    """
    path.mkdir(parents=True)
    entries = "".join(_entry(number, api) + more for number in range(1, projects + 1))
    (path / "config.yaml").write_text(f"limits: {limits}\nprojects:\n{entries}")
    (path / "env").touch(mode=0o600)
    (path / "env").write_text("INTAKE_GITHUB_TOKEN=ghp_0123456789abcdef0123456789abcdef0123\n")
    return Home(path)


def _entry(number: int, api: str) -> str:
    return (
        f"  - repo: {GIT_HOST}acme/shop-{number}\n"
        f"    github: {{api_url: {json.dumps(api)}}}\n"
        f"    intake: {{labels: {LABEL}}}\n"
        f'    agent: {{command: ["true"]}}\n'
    )


def remember(home: Home, sessions: list[Session], projects: int = 1) -> None:
    """Write the memory of these sessions, as the tick writes it."""
    memory = installation(home.path, None).memory()
    names = [f"shop-{number}" for number in range(1, projects + 1)]
    memory.state = State(
        sessions={session.key: session for session in sessions},
        projects={name: _project(name) for name in names},
        configured=Configured(attempts=dict.fromkeys(names, 3)),
    )
    memory.save()


def _project(name: str) -> ProjectState:
    path = RepositoryName(owner="acme", name=name, host=urlsplit(GIT_HOST).netloc).path
    return ProjectState(repository=path, repo_id=repository_id(name), last_poll_at=NOW)


def ten_sessions() -> list[Session]:
    """Ten open sessions, two of them at work; none of them needs more than its row of the issues list."""
    return [session(number, _STAGES[number % len(_STAGES)]) for number in range(1, 11)]


def active_sessions(count: int) -> list[Session]:
    """Sessions in all stages that are not over."""
    return [session(number, _STAGES[number % len(_STAGES)]) for number in range(1, count + 1)]


def finished_sessions(count: int, first: int = 100_001) -> list[Session]:
    """Sessions whose pull requests were merged, the latest of them last month."""
    return [_finished(number) for number in range(first, first + count)]


def session(number: int, stage: Stage) -> Session:
    """A session of shop-1; one in progress has a worker."""
    name = RepositoryName(owner="acme", name="shop-1", host=urlsplit(GIT_HOST).netloc)
    begun = NOW - timedelta(hours=1, seconds=number)
    attempt = Attempt(
        number=1,
        role=Role.CODER,
        agent=AGENT,
        claimed_at=begun,
        started_at=begun,
        handle={"kind": "local", "pid": 1, "machine": machine_id(), "boot": boot_id()},
    )
    if stage is not Stage.IN_PROGRESS:
        note = "the agent is blocked: the price list is nowhere to be found"
        attempt = replace(attempt, ended_at=begun + timedelta(minutes=9), outcome=Outcome.BLOCKED, note=note)
    return Session(
        key=issue_key(name, number),
        project="shop-1",
        repository="acme/shop-1",
        repo_id=repository_id("shop-1"),
        number=number,
        title=f"Say that we ship abroad, too ({number})",
        url=f"https://github.com/acme/shop-1/issues/{number}",
        stage=stage,
        since=begun,
        created_at=begun,
        branch=branch_name(number),
        note=attempt.note,
        base="main",
        base_sha="5" * 40,
        worktree=f"/home/octocat/intake/{slug(name)}/issue-{number}",
        workspace="ready",
        attempts=(attempt,),
        listed=True,
    )


def _finished(number: int) -> Session:
    made = session(number, Stage.NEEDS_HUMAN)
    ended = NOW - timedelta(days=30, minutes=number % 100_000)
    pull = Pull(
        number=number + 1,
        url=f"https://github.com/acme/shop-1/pull/{number + 1}",
        state="merged",
        branch=made.branch,
        head_sha="6" * 40,
    )
    last = replace(made.attempts[-1], outcome=Outcome.DONE, claimed_at=ended, started_at=ended, ended_at=ended)
    return replace(
        made,
        stage=Stage.DONE,
        since=ended,
        created_at=ended,
        note=f"pull request #{pull.number} was merged",
        workspace="removed",
        listed=False,
        announced_sha="6" * 40,
        announced_for=1,
        pushed_sha="6" * 40,
        pull=pull,
        attempts=(last,),
    )


@contextmanager
def workers(home: Home, sessions: list[Session]) -> Iterator[None]:
    """The attempt folders of the sessions at work, their locks held as a supervisor holds them."""
    locks = [_attempt(home, session) for session in sessions if session.working]
    try:
        yield
    finally:
        for lock in locks:
            os.close(lock)


def _attempt(home: Home, session: Session) -> int:
    place = installation(home.path, None)
    folder = place.ref(session).folder
    folder.mkdir(parents=True, mode=0o700)
    start = {"schema_version": SCHEMA_VERSION, "run": place.ref(session).run, "pid": 1, "started_at": timestamp()}
    (folder / "start.json").write_text(json.dumps(start))
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
