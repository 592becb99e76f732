"""A world in memory behind the seams: it outlives a crash of the tick, and counts what happened twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from issue_intake.core.attempt import End, Outcome
from issue_intake.core.authors import History
from issue_intake.core.brief import Brief, document
from issue_intake.core.eligibility import judge
from issue_intake.core.judge import too_much
from issue_intake.core.leaving import Extent, Leaving, Outgoing, Secret
from issue_intake.core.model import Issue, Poll, Pull, Repository, Session
from issue_intake.core.names import parse_key, run_name, short_hash, slug
from issue_intake.core.policy import Limits, ProjectPolicy
from issue_intake.core.ports import Base, Commit, CommitText, Merged, PullRequest, Rule
from issue_intake.core.review import Check, Label, Merging, PullFacts, Threads
from issue_intake.core.work import Absent, Alive, Ended, Lost, Order, Ref, Sight
from issue_intake.errors import GoneError, RefusedError, Scope, UnavailableError
from issue_intake.tick.parts import Parts
from issue_intake.tick.setting import Setting
from tests.builders import NOW, SHA, policy, pull_facts

ROOT = Path("/intake")


class Crash(BaseException):
    """The tick was killed."""


@dataclass
class FakeWorld:
    """GitHub, the git remote and this host's workers. `touch` is called at each effect, before and after it.

    `work`: what every commit holds beyond the base, file or link by path; `tokens`: values that are secret.
    """

    issues: dict[int, Issue] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    remote: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    sights: dict[str, Sight] = field(default_factory=dict)
    worktrees: dict[str, str] = field(default_factory=dict)
    repo_id: int = 7
    private: bool = True
    cloned: bool = True
    clone_fails: str = ""
    down: str = ""
    limit_until: datetime | None = None
    asked: int = 0
    clean: bool = True
    facts: dict[int, PullFacts] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)
    logs: dict[str, str] = field(default_factory=dict)
    reruns: bool = True
    unmergeable: str = ""
    conflicts: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    work: dict[str, bytes | PurePosixPath] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    uninspected: str = ""
    settings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    now: datetime = NOW
    writers: dict[str, bool | None] = field(default_factory=lambda: {"octocat": True})
    histories: dict[int, History] = field(default_factory=dict)
    untold: str = ""
    comments: dict[tuple[int, str], str] = field(default_factory=dict)
    noted: int = 0
    unwritable: str = ""
    touch: Callable[[str], None] = lambda effect: None
    calls: list[str] = field(default_factory=list)
    vetted: list[str] = field(default_factory=list)

    def effect(self, name: str) -> None:
        """Something outside is about to change, or has just changed."""
        self.calls.append(name)
        self.touch(name)

    def reach(self) -> None:
        """Raises while the tracker is down."""
        self.asked += 1
        if self.down:
            raise UnavailableError(self.down, until=self.limit_until, scope=self.scope)

    @property
    def scope(self) -> Scope:
        """What a failure concerns."""
        return "project" if self.limit_until is None else "credential"

    def end(self, outcome: Outcome | None = Outcome.DONE, **facts: object) -> None:
        """Every worker that is alive ends."""
        for run, sight in self.sights.items():
            if isinstance(sight, Alive):
                self.sights[run] = Ended(End(outcome=outcome, ended_at=self.now, **facts))  # type: ignore[arg-type] # named by the caller

    def alive(self) -> list[str]:
        """The runs whose worker is at work."""
        return [run for run, sight in self.sights.items() if isinstance(sight, Alive)]


@dataclass
class FakeTracker:
    world: FakeWorld

    def repository(self) -> Repository:
        self.world.reach()
        return Repository(id=self.world.repo_id, name="acme/webshop", default_branch="main", private=self.world.private)

    def poll(self, rule: Rule) -> Poll:
        self.world.reach()
        return Poll(issues=tuple(i for i in self.world.issues.values() if judge(i, rule) is None))

    def issue(self, number: int) -> Issue:
        self.world.reach()
        if number not in self.world.issues:
            raise GoneError(f"issue #{number} is not there")
        return self.world.issues[number]

    def missing_labels(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        self.world.reach()
        return ()


@dataclass
class FakeProvenance:
    """Whoever is not named in the world has no write access. `vetted`: what it was asked."""

    world: FakeWorld

    def writes(self, login: str) -> bool | None:
        self._reach(f"writes {login}")
        return next((may for name, may in self.world.writers.items() if name.casefold() == login.casefold()), False)

    def history(self, number: int) -> History:
        self._reach(f"history {number}")
        return self.world.histories.get(number, History())

    def _reach(self, what: str) -> None:
        self.world.vetted.append(what)
        if self.world.untold:
            raise UnavailableError(self.world.untold)


@dataclass
class FakePulls:
    world: FakeWorld

    def by_branch(self, branch: str) -> tuple[Pull, ...]:
        self.world.reach()
        return tuple(p for p in reversed(self.world.pulls.values()) if p.branch == branch)

    def get(self, number: int) -> Pull:
        self.world.reach()
        return self.world.pulls[number]

    def open(self, request: PullRequest) -> Pull:
        self.world.reach()
        self.world.effect("open pull: before")
        for pull in self.by_branch(request.branch):
            if pull.state == "open":
                return pull
        number = 100 + len(self.world.pulls) + 1
        pull = Pull(
            number=number,
            url=f"https://github.com/acme/webshop/pull/{number}",
            state="open",
            branch=request.branch,
            head_sha=self.world.remote[request.branch],
            draft=request.draft,
        )
        self.world.pulls[number] = pull
        self.world.effect("open pull: after")
        return pull


@dataclass
class FakeNotes:
    """Writes only what is not so yet, as the real part does; an effect is a write."""

    world: FakeWorld

    def set_label(self, number: int, label: Label | None, family: tuple[str, ...]) -> None:
        self._reach()
        present = self.world.issues[number].labels
        if label is not None and label.name not in present:
            self._label(number, f"label {number} {label.name}", (*present, label.name))
        for name in present:
            if name in family and (label is None or name != label.name):
                left = tuple(other for other in self.world.issues[number].labels if other != name)
                self._label(number, f"unlabel {number} {name}", left)

    def comment(self, number: int, marker: str, text: str) -> None:
        self._reach()
        if self.world.comments.get((number, marker)) == text:
            return
        self.world.effect(f"comment {number}: before")
        self.world.comments[number, marker] = text
        self.world.effect(f"comment {number}: after")

    def _label(self, number: int, what: str, labels: tuple[str, ...]) -> None:
        self.world.effect(f"{what}: before")
        self.world.issues[number] = replace(self.world.issues[number], labels=labels)
        self.world.effect(f"{what}: after")

    def _reach(self) -> None:
        self.world.noted += 1
        if self.world.unwritable:
            raise UnavailableError(self.world.unwritable, until=self.world.limit_until, scope=self.world.scope)


@dataclass
class FakeReviews:
    world: FakeWorld

    def facts(self, number: int) -> PullFacts:
        self.world.reach()
        pull = self.world.pulls[number]
        return replace(self.world.facts.get(number, pull_facts()), pull=pull)

    def threads(self, numbers: tuple[int, ...]) -> Mapping[int, Threads] | None:
        self.world.reach()
        self.world.calls.append(f"threads {numbers}")
        return {number: Threads(resolved=frozenset(self.world.resolved)) for number in numbers}

    def log_tail(self, check: Check) -> str:
        self.world.reach()
        return self.world.logs.get(check.name, "")


@dataclass
class FakeSteering:
    world: FakeWorld

    def rerun(self, check: Check) -> bool:
        if self.world.reruns:
            self.world.effect(f"rerun {check.name}")
        return self.world.reruns

    def mark_ready(self, number: int) -> None:
        self.world.effect("mark ready: before")
        self.world.pulls[number] = replace(self.world.pulls[number], draft=False)
        self.world.effect("mark ready: after")

    def merge(self, merging: Merging) -> None:
        self.world.effect("merge: before")
        if self.world.unmergeable:
            raise RefusedError(self.world.unmergeable)
        pull = self.world.pulls[merging.number]
        if pull.state != "merged" and pull.head_sha != merging.sha:
            raise RefusedError("Head branch was modified. Review and try the merge again.")
        self.world.pulls[merging.number] = replace(pull, state="merged")
        self.world.effect("merge: after")

    def delete_branch(self, branch: str, sha: str) -> None:
        self.world.effect("delete branch: before")
        self.world.remote.pop(branch, None)
        self.world.effect("delete branch: after")


@dataclass
class FakeClone:
    world: FakeWorld

    def refresh(self, base: str | None) -> Base | None:
        if self.world.clone_fails:
            raise UnavailableError(self.world.clone_fails)
        if not self.world.cloned:
            self.world.cloned = True
            return None
        return Base(branch=base or "main", sha=SHA)

    def copied(self) -> bool:
        return self.world.cloned

    def last_seen(self, base: str | None) -> Base | None:
        return self.refresh(base) if self.world.cloned else None

    def remote_head(self, branch: str) -> str | None:
        return self.world.remote.get(branch)

    def read_file(self, base: Base, path: str) -> str | None:
        return None


@dataclass
class FakeWorktrees:
    world: FakeWorld

    def prepare(self, session: Session, base: Base) -> tuple[str, ...]:
        self.world.effect("prepare: before")
        self.world.worktrees[session.key] = base.sha
        self.world.effect("prepare: after")
        return self.world.settings

    def commit(self, session: Session, text: CommitText) -> Commit:
        self.world.effect("commit")
        last = session.attempts[-1].number
        sha = f"{session.number:020d}{last:020d}"
        changed, left_out = self._changed(session), self.world.left_out if session.neutralised else ()
        return Commit(sha=sha, changed=changed, where="publish.git", left_out=left_out)

    def push(self, session: Session, sha: str) -> None:
        self.world.effect("push: before")
        if self.world.remote.get(session.branch) not in {None, sha, session.pushed_sha}:
            raise RefusedError(f"somebody else's commits are on {session.branch}")
        self.world.remote[session.branch] = sha
        for number, pull in self.world.pulls.items():
            if pull.branch == session.branch and pull.state == "open":
                self.world.pulls[number] = replace(pull, head_sha=sha)
        self.world.effect("push: after")

    def merge(self, session: Session, base: Base, text: CommitText) -> Merged:
        self.world.effect("merge base")
        if self.world.conflicts:
            return Merged(sha=None, conflicts=self.world.conflicts)
        before = session.pushed_sha or ""
        return Merged(sha=before if before.endswith(base.sha[:20]) else f"{before[:20]}{base.sha[:20]}")

    def bundle(self, session: Session, sha: str) -> Path:
        return ROOT / f"{session.number}.bundle"

    def touched(self, session: Session, base: Base) -> tuple[str, ...]:
        return self.world.touched

    def inspect(self, session: Session, base: Base, sha: str, extent: Extent) -> Leaving:
        if self.world.uninspected:
            raise UnavailableError(self.world.uninspected)
        work = self.world.work
        paths = tuple(self._outgoing(path, content) for path, content in work.items())
        leaving = Leaving(count=len(work), paths=paths)
        if too_much(extent, leaving):
            return leaving
        links = {path: str(target) for path, target in work.items() if isinstance(target, PurePosixPath)}
        return replace(leaving, links=links, secrets=tuple(self._secrets()))

    def _outgoing(self, path: str, content: bytes | PurePosixPath) -> Outgoing:
        size, kind = len(bytes(content)), "link" if isinstance(content, PurePosixPath) else "file"
        return Outgoing(path=path, shown=self._shown(path), kind=kind, size=size, mark=short_hash(repr(content)))  # type: ignore[arg-type] # one of the two

    def _secrets(self) -> Iterator[Secret]:
        for path, content in self.world.work.items():
            if self._holds(path):
                yield Secret(where=f"the file name {self._shown(path)}", kind="token")
            lines = [bytes(content)] if isinstance(content, PurePosixPath) else content.split(b"\n")
            for number, text in enumerate(lines, start=1):
                if self._holds(text.decode("latin-1")):
                    yield Secret(
                        where=self._shown(path), kind="token", line=0 if isinstance(content, PurePosixPath) else number
                    )

    def _holds(self, text: str) -> bool:
        return any(token in text for token in self.world.tokens)

    def _shown(self, path: str) -> str:
        return "/".join("***" if self._holds(part) else part for part in path.split("/"))

    def remove(self, session: Session) -> str:
        self.world.effect("remove: before")
        if not self.world.clean:
            return "it holds unpublished files"
        self.world.worktrees.pop(session.key, None)
        self.world.effect("remove: after")
        return ""

    def _changed(self, session: Session) -> bool:
        return "nothing" not in session.title


@dataclass
class FakeWorker:
    world: FakeWorld

    def start(self, order: Order) -> Mapping[str, str | int]:
        self.world.effect("start: before")
        if order.run in self.world.orders:
            raise UnavailableError(f"{order.run} was started already")
        self.world.orders[order.run] = order
        self.world.sights[order.run] = Lost(ran=False)
        self.world.effect("start: folder made")
        self.world.sights[order.run] = Alive(pid=4711, started_at=self.world.now)
        self.world.effect("start: after")
        return {"kind": "fake", "pid": 4711}

    def look(self, ref: Ref) -> Sight:
        return self.world.sights.get(ref.run, Absent())

    def stop(self, ref: Ref) -> None:
        self.world.effect("stop")
        if isinstance(self.world.sights.get(ref.run), Alive):
            self.world.sights[ref.run] = Ended(End(outcome=Outcome.CANCELLED, ended_at=self.world.now))

    def end_leftovers(self, ref: Ref) -> bool:
        self.world.effect("sweep")
        return True


@dataclass
class FakeRecipe:
    world: FakeWorld
    missing: str = ""
    missing_by: Mapping[str, str] = field(default_factory=dict)

    def check(self, chosen_by: tuple[str, ...] = ()) -> None:
        problem = next((self.missing_by[label] for label in chosen_by if label in self.missing_by), self.missing)
        if problem:
            raise UnavailableError(problem)

    def setup(self, chosen_by: tuple[str, ...]) -> str:
        return "+".join(chosen_by)

    def rehearse(self) -> tuple[str, ...]:
        self.check()
        return ()

    def order(self, session: Session, issue: Issue, base: Base, brief: Brief) -> Order:
        ref = ref_of(session)
        return Order(
            run=ref.run,
            folder=ref.folder,
            worktree=ref.worktree,
            prompt=issue.body,
            resumed=brief.conversation is not None,
            facts=document(issue, brief),
            steps=(),
            reader="command",
            timeout=None,
            stall=None,
            env={},
        )


def ref_of(session: Session) -> Ref:
    """Where a session's latest attempt lies in the fake world."""
    repository, number = parse_key(session.key)
    last = session.attempts[-1]
    run = run_name(slug(repository), number, last.number)
    worktree = ROOT / "worktrees" / slug(repository) / f"issue-{number}"
    return Ref(run=run, folder=ROOT / "sessions" / run, worktree=worktree, handle=last.handle)


def parts(world: FakeWorld, project: ProjectPolicy | None = None, *, credential: str = "first") -> Parts:
    """A project whose every seam leads into the world."""
    return Parts(
        policy=project or policy(),
        credential=credential,
        base=None,
        tracker=FakeTracker(world),
        provenance=FakeProvenance(world),
        pulls=FakePulls(world),
        reviews=FakeReviews(world),
        steering=FakeSteering(world),
        clone=FakeClone(world),
        worktrees=FakeWorktrees(world),
        recipe=FakeRecipe(world),
        notes=FakeNotes(world),
    )


def setting(world: FakeWorld, *projects: Parts) -> Setting:
    """A tick's setting over the world."""
    return Setting(
        projects=projects or (parts(world),),
        limits=Limits(running=4, starts_per_day=1000),
        worker=FakeWorker(world),
        ref=ref_of,
        seconds=lambda: 0.0,
        room=lambda: None,
    )


def with_project(one: Setting, **changes: object) -> Setting:
    """The setting with other facts."""
    return replace(one, **changes)  # type: ignore[arg-type] # the caller names fields of Setting
