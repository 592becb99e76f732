"""One attempt's places, as a worker finds them: what steps are put into a sandbox from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from issue_intake.config.model import Project
from issue_intake.core.sandbox import Sandbox
from issue_intake.core.work import Step
from issue_intake.wiring.sandbox import confined, sandbox_of
from issue_intake.wiring.shown import Grounds, Site
from issue_intake.workers.agents import Agent, Places, resolve
from issue_intake.workers.environment import Share, worker_environment, write_private
from issue_intake.workers.presets.choice import AgentChoice
from tests.config.loading import one_project

SECRET = "canary-5d1e"


@dataclass(frozen=True)
class Cell:
    """One attempt's places in an installation below the test's folder, as a worker would find them."""

    root: Path
    home: Path
    agent: Agent

    @property
    def installation(self) -> Path:
        return self.root / "intake"

    @property
    def session(self) -> Path:
        return self.installation / "sessions" / "shop" / "1"

    @property
    def worktree(self) -> Path:
        return self.root / "trees" / "shop" / "issue-1"

    @property
    def clone(self) -> Path:
        return self.installation / "repos" / "shop.git"

    @property
    def site(self) -> Site:
        folder = self.session / "1"
        places = Places(
            prompt_file=folder / "prompt.md",
            worktree=self.worktree,
            result_file=folder / "out" / "result.json",
            private=self.session / "private" / "1",
            issue_number=1,
            branch="agent/issue-1",
        )
        return Site(places=places)

    @property
    def environment(self) -> dict[str, str]:
        return worker_environment(Share(), os.environ, self.site.places.private) | {
            "INTAKE_RUN": "shop/1/1",
            "INTAKE_WORKTREE": str(self.worktree),
        }

    def step(self, *argv: str, keys: str = "") -> Step:
        """The step as it is ordered. `keys`: further ones of the project's workspace."""
        wrap = self.confine(self.project(keys))
        return wrap(Step(name="agent", argv=argv, cwd=str(self.worktree), env={}))

    @property
    def grounds(self) -> Grounds:
        return Grounds(
            home=self.installation,
            worktrees=self.root / "trees",
            clone=self.clone,
            files=(self.root / "elsewhere.yaml",),
            environ=os.environ,
        )

    def confine(self, project: Project) -> Callable[[Step], Step]:
        return confined(project, self.agent, self.grounds, self.site, self.environment)

    def sandbox(self, keys: str = "") -> Sandbox:
        """What `intake sandbox` would be told."""
        return sandbox_of(self.project(keys), self.agent, self.grounds, self.site, self.environment)

    def project(self, keys: str = "") -> Project:
        sandbox = "" if "sandbox:" in keys else "sandbox: bwrap, "
        return one_project(self.root, f"workspace: {{{sandbox}{keys}}}")

    def run(self, *argv: str, keys: str = "") -> subprocess.CompletedProcess[str]:
        """What became of the argv in the sandbox."""
        step = self.step(*argv, keys=keys)
        return subprocess.run(
            step.argv, cwd=step.cwd, env=self.environment, capture_output=True, text=True, check=False, timeout=30
        )

    def says(self, script: str, keys: str = "") -> str:
        """What a line of sh prints in it."""
        ran = self.run("sh", "-c", script, keys=keys)
        return ran.stdout + ran.stderr


def make_cell(root: Path, home: Path) -> Cell:
    """A cell whose installation lies below `root`, with things of the user's and of other sessions around it."""
    made = Cell(root, home, resolve(AgentChoice(command=("sh",))))
    for name in (".ssh/id_ed25519", ".config/gh/hosts.yml", ".aws/credentials", "notes.txt"):
        write(home / name)
    for name in ("state.json", "env", "sessions/shop/2/1/prompt.md", "sessions/shop/1/publish.git/HEAD"):
        write(made.installation / name)
    write(root / "elsewhere.yaml")
    write(root / "trees" / "shop" / "issue-2" / "theirs.txt")
    _make_repository(made)
    (made.session / "1" / "out").mkdir(parents=True)
    (made.session / "1").chmod(0o700)
    (made.session / "1" / "prompt.md").write_text("do it")
    write_private(made.site.places.private, "Octo Cat <octo@example.org>")
    return made


def write(path: Path, text: str = SECRET) -> None:
    """A file of that text, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _make_repository(cell: Cell) -> None:
    """A clean clone that borrows its objects from another one, the agent's repository, and its worktree."""
    lender, repository = cell.installation / "repos" / "lender.git", cell.session / "repo.git"
    seed = cell.root / "seed"
    for argv in (
        ("init", "--quiet", "--initial-branch=main", str(seed)),
        ("-C", str(seed), "commit", "--quiet", "--allow-empty", "-m", "first"),
        ("clone", "--quiet", "--bare", str(seed), str(lender)),
        ("clone", "--quiet", "--bare", "--shared", str(lender), str(cell.clone)),
        ("clone", "--quiet", "--bare", "--shared", str(cell.clone), str(repository)),
        ("-C", str(repository), "worktree", "add", "--quiet", "-b", "agent/issue-1", str(cell.worktree), "main"),
    ):
        subprocess.run(("git", *argv), check=True, capture_output=True)
