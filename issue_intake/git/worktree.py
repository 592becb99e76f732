"""The worktree each session's agent works in, with a repository of its own; made, published from, and removed."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path

from issue_intake.core.leaving import Extent, Leaving
from issue_intake.core.model import Session
from issue_intake.core.names import parse_key, slug
from issue_intake.core.ports import Base, Commit, CommitText, Merged
from issue_intake.core.record import record
from issue_intake.core.settings import named
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.git.base_tree import BaseTree
from issue_intake.git.files import check_below, make_directory, present
from issue_intake.git.history import shown
from issue_intake.git.large import LargeFiles
from issue_intake.git.making import Making
from issue_intake.git.place import Place
from issue_intake.git.publish import Publication, identity
from issue_intake.git.push import check_branch, push
from issue_intake.git.remote import is_sha
from issue_intake.git.repository import GitClone
from issue_intake.git.taken import Taken, check_kept, taken

TOUCHED_LIMIT = 10_000


@record
class GitWorktrees:
    """The `Worktrees` of one project.

    What lies below `sessions`/<slug>/<n> is intake's but `repo.git`, which is the agent's as the worktree is: neither
    that nor the worktree's `.git` is ever opened once an agent has seen it. `author`: "Name <mail>" of intake's
    commits, None for the user's git identity. `lfs`: Git LFS is run for the files that it keeps. `secrets`: values
    that are in nothing that leaves. `leaves`, `obeys`: see `workers.presets.Preset`, of the project's agent.
    """

    clone: GitClone
    sessions: Path
    worktrees: Path
    author: str | None = None
    lfs: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)
    leaves: tuple[str, ...] = ()
    obeys: tuple[str, ...] = ()
    _looked: dict[str, BaseTree] = field(default_factory=dict, repr=False, compare=False)

    def prepare(self, session: Session, base: Base) -> tuple[str, ...]:
        """Make repository and worktree on session.branch from `base`, replacing half-made ones no agent has seen.

        Returns the settings that run code on `base`, which the worktree lacks where session.neutralised. Raises
        RefusedError where something that is not intake's, or an agent has worked in, is in the way.
        """
        check_branch(session.branch)
        place = self._place(session)
        place.clear(worked_in=session.workspace in {"ready", "kept"})
        make_directory(place.home)
        self.clone.pin(session.number, base.sha)
        making = Making(clone=self.clone, lfs=self.lfs, leaves=self.leaves, obeys=self.obeys, looked=self._looked)
        return making.make(place, session, base)

    def commit(self, session: Session, text: CommitText) -> Commit:
        """Commit the worktree's files on top of session.pushed_sha, else base_sha, with date and message of `text`.

        Without a change nothing is made and the parent's sha returned. Commits of the agent's own are not looked
        at: the files decide. What the latest attempt took in becomes a parent, which is a change even where no file
        shows it. Raises RefusedError where the files cannot be published, or undo what was taken in.
        """
        check_branch(session.branch)
        place = self._place(session)
        place.check_ours()
        publication, parent = self._publication(session, place)
        incoming = self._taken(session, publication, parent)
        parents = incoming.parents if incoming else (parent,)
        files = publication.snapshot(parent, incoming.new if incoming else {})
        tree, left_out = files.tree, named(map(shown, files.left_out), place.obeyed)
        if incoming:
            check_kept(publication.history, tree, incoming, session.base or "the base")
        if parents == (parent,) and tree == publication.tree_of(parent):
            return Commit(sha=parent, changed=False, where=str(place.publication), left_out=left_out)
        publication.check_pointers(parents, tree)
        sha = self._commit(publication, session, tree, parents, text)
        return Commit(sha=sha, changed=True, where=str(place.publication), left_out=left_out)

    def push(self, session: Session, sha: str) -> None:
        """Push `sha` to refs/heads/<session.branch>; see `push.push`."""
        folder = self._place(session).publication
        if self.lfs and is_sha(sha) and present(folder / "lfs"):
            publication, _ = self._publication(session, self._place(session))
            LargeFiles(remote=self.clone.remote).push(folder, publication.pointers(sha))
        push(self.clone.remote, folder, session, sha)

    def merge(self, session: Session, base: Base, text: CommitText) -> Merged:
        """Merge `base` into session.pushed_sha, with date and message of `text`; the worktree is not touched.

        Raises RefusedError where nothing was pushed, or the two have no history in common.
        """
        check_branch(session.branch)
        publication, pushed = self._pushed(session, base)
        history = publication.history
        if base.sha in history.bases(pushed, base.sha):
            return Merged(sha=pushed)
        merged = history.merged(pushed, base.sha)
        if merged.tree is None:
            return Merged(sha=None, conflicts=merged.conflicts)
        self.clone.pin_more(session.number, (base.sha,))
        return Merged(sha=self._commit(publication, session, merged.tree, (pushed, base.sha), text))

    def bundle(self, session: Session, sha: str) -> Path:
        """A bundle of `sha`, a merge of intake's own or a base, as refs/intake/incoming, from session.base_sha on.

        Raises RefusedError where session.base_sha holds it already.
        """
        place = self._place(session)
        if not is_sha(sha) or session.base_sha is None:
            raise RefusedError(f"{sha!r} cannot be bundled for {place.worktree}")
        publication, _ = self._publication(session, place)
        self._need(publication, sha)
        self.clone.pin_more(session.number, (sha, *publication.history.parents(sha)))
        publication.history.bundle(place.incoming, sha, since=session.base_sha)
        return place.incoming

    def touched(self, session: Session, base: Base) -> tuple[str, ...]:
        """The paths in which session.pushed_sha differs from where it left `base`, as `os.fsdecode` gives them.

        A rename is two of them. Raises RefusedError where they are more than TOUCHED_LIMIT: a list that ends early
        would hide the rest.
        """
        publication, pushed = self._pushed(session, base)
        history = publication.history
        paths = {path for left in history.bases(pushed, base.sha) for path in history.changes(left, pushed)}
        if len(paths) > TOUCHED_LIMIT:
            raise RefusedError(f"{session.branch} touches more than {TOUCHED_LIMIT} paths")
        return tuple(map(os.fsdecode, sorted(paths)))

    def inspect(self, session: Session, base: Base, sha: str, extent: Extent) -> Leaving:
        """What `sha`, a commit of intake's own, holds beyond where it left `base`. What is too much is not looked into.

        Raises RefusedError where the two have no history in common, UnavailableError where it takes too long.
        """
        from issue_intake.git.inspect import inspection  # noqa: PLC0415 - it brings a library along

        publication, _ = self._publication(session, self._place(session))
        self._need(publication, base.sha)
        self._need(publication, sha)
        return inspection(publication.history, self.secrets, extent).look(base.sha, sha)

    def remove(self, session: Session) -> str:
        """Remove worktree and repositories if the worktree's files are those of the last push (else the base).

        Returns "" when they are gone, otherwise the sentence why they were kept. Ignored files go with the rest, and
        so do commits of the agent's that its files do not show: they were never going to be published.
        """
        place = self._place(session)
        if present(place.worktree):
            try:
                kept = self._unpublished(session, place)
            except RefusedError as error:
                kept = f"kept, because {error.message}"
            if kept:
                return kept
        place.remove()
        self.clone.unpin(session.number)
        return ""

    def _unpublished(self, session: Session, place: Place) -> str:
        place.check_ours()
        publication, parent = self._publication(session, place)
        if publication.snapshot(parent).tree == publication.tree_of(parent):
            return ""
        return f"kept, because it holds work that is not published: {place.worktree}"

    def _publication(self, session: Session, place: Place) -> tuple[Publication, str]:
        """intake's own repository of the session, and the commit the next one goes on top of."""
        parent = session.pushed_sha or session.base_sha
        if not parent:
            raise RefusedError(f"nothing is known of what {place.worktree} was made from")
        if not present(place.publication):
            self._need_clone()
        publication = Publication(
            git=self.clone.git,
            folder=place.publication,
            index=place.index,
            worktree=place.worktree,
            lender=self.clone.folder,
            neutralised=session.neutralised,
            obeyed=place.obeyed,
            leaves=self.leaves,
            lfs=self.lfs,
        )
        publication.make(parent)
        self._need(publication, parent)
        return publication, parent

    def _pushed(self, session: Session, base: Base) -> tuple[Publication, str]:
        """intake's own repository with the base at hand, and the commit that was last pushed."""
        if session.pushed_sha is None:
            raise RefusedError(f"nothing was pushed to {session.branch} yet")
        publication, pushed = self._publication(session, self._place(session))
        self._need(publication, base.sha)
        return publication, pushed

    def _taken(self, session: Session, publication: Publication, parent: str) -> Taken | None:
        """What the latest attempt was to take in."""
        takes = session.last.takes if session.last else None
        if takes is None or takes == session.base_sha:
            return None
        self._need(publication, takes)
        return taken(publication.history, parent, takes)

    def _commit(
        self, publication: Publication, session: Session, tree: str, parents: tuple[str, ...], text: CommitText
    ) -> str:
        sha = publication.commit(tree, parents, text, identity(self.clone.git, self.author))
        publication.keep(session.branch, sha)
        return sha

    def _need(self, publication: Publication, sha: str) -> None:
        """Have the commit at hand, from the remote if need be. Raises RefusedError where it has none such either."""
        if publication.has(sha):
            return
        self._need_clone()
        self.clone.fetch()
        if not publication.has(sha):
            raise RefusedError(f"commit {sha[:12]}, which the work goes on from, is nowhere to be found")

    def _need_clone(self) -> None:
        """The repository may have been renamed, or its clone deleted, while a session was at work."""
        if not self.clone.ready():
            raise UnavailableError(f"the first copy of {self.clone.remote.shown} is being made")

    def _place(self, session: Session) -> Place:
        """The session's own key and record say where, so neither a renamed repository nor a moved root loses it."""
        repository, number = parse_key(session.key)
        usual = self.worktrees / slug(repository) / f"issue-{number}"
        place = Place(
            home=self.sessions / slug(repository) / str(number),
            worktree=Path(session.worktree) if session.worktree else usual,
        )
        check_below(self.sessions, place.repository)
        check_below(place.worktree.parent.parent, place.worktree)
        return place
