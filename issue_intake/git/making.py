"""The making of a worktree and the agent's repository under it, from a base and before any agent has seen them."""

from __future__ import annotations

import os

from issue_intake.core.model import Session
from issue_intake.core.ports import Base
from issue_intake.core.record import record
from issue_intake.core.settings import named
from issue_intake.errors import UnavailableError
from issue_intake.git.bare import ignore, make_bare
from issue_intake.git.base_tree import BaseTree, look
from issue_intake.git.history import shown
from issue_intake.git.large import LargeFiles, check_installed, serve_agent, smudging
from issue_intake.git.place import Place
from issue_intake.git.publish import FILES_SECONDS
from issue_intake.git.repository import GitClone
from issue_intake.git.sparse import leave_out

SETTINGS_KEPT = 20


@record
class Making:
    """How one project's worktrees are made; the fields as of `worktree.GitWorktrees`.

    `looked`: bases that were looked into, by commit: once, however many sessions begin with one.
    """

    clone: GitClone
    lfs: bool
    leaves: tuple[str, ...]
    obeys: tuple[str, ...]
    looked: dict[str, BaseTree]

    def make(self, place: Place, session: Session, base: Base) -> tuple[str, ...]:
        """Make them; returns the first of the base's settings that run code, in force or, if neutralised, left out.

        Raises UnavailableError.
        """
        make_bare(self.clone.git, place.repository, lender=self.clone.folder, sha=base.sha)
        ignore(place.repository, self.leaves)
        place.keep_obeyed(self.obeys if session.neutralised else ())
        tree = self._look(base)
        smudge = self._bring_large(place, base) if tree.lfs else ()
        if session.neutralised and tree.settings:
            leave_out(place.repository, place.repository / "info", self.obeys, tree.links)
        place.take()
        add = ("worktree", "add", "--quiet", "-b", session.branch, "--", os.fspath(place.worktree), base.sha)
        self.clone.git.local(place.repository, *smudge, *add, seconds=FILES_SECONDS)
        place.keep_index()
        if session.neutralised and not tree.settings:
            # What is merged later may bring some. To compare each file with each pattern now would take time.
            leave_out(place.repository, place.repository / "worktrees" / place.worktree.name / "info", self.obeys)
        return named(map(shown, tree.settings), self.obeys)[:SETTINGS_KEPT]

    def _look(self, base: Base) -> BaseTree:
        if base.sha not in self.looked:
            self.looked[base.sha] = look(self.clone.git, self.clone.folder, base.sha, self.obeys)
        return self.looked[base.sha]

    def _bring_large(self, place: Place, base: Base) -> tuple[str, ...]:
        """Have the objects of the base's large files; options with which git puts them into a worktree.

        Raises UnavailableError, so that the project rests: what is wrong is the same for all its issues.
        """
        if not self.lfs:
            raise UnavailableError(f"{self.clone.remote.shown} uses Git LFS", "set workspace.lfs: true")
        check_installed(self.clone.git)
        storage = self.clone.folder / "lfs"
        LargeFiles(remote=self.clone.remote).fetch(place.repository, storage, base.sha)
        serve_agent(place.repository)
        return smudging(place.repository, storage)
