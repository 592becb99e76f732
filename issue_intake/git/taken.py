"""What a worker was to take in must still be there when the worktree's files are published."""

from __future__ import annotations

from collections.abc import Mapping

from issue_intake.core.record import record
from issue_intake.errors import RefusedError
from issue_intake.git.history import Change, History, shown

_NAMED = 3


@record
class Taken:
    """A commit that the worker brought into a worktree made from `parent`.

    `parents`: of what is published next. `brought`: what the commit changed by path, against the state before it.
    `old`: that state.
    """

    parents: tuple[str, ...]
    brought: Mapping[bytes, Change]
    old: str

    @property
    def new(self) -> Mapping[bytes, Change]:
        """What it brought that the first parent does not have."""
        return self.brought if len(self.parents) > 1 else {}


def taken(history: History, parent: str, takes: str) -> Taken | None:
    """What `takes`, a merge of intake's own or a base, brought; None where there is nothing to look after.

    Raises RefusedError where it has no history in common with `parent`.
    """
    if takes == parent:
        old, *others = history.parents(takes) or (takes,)
        return Taken(parents=(parent,), brought=history.changes(old, takes), old=old) if others else None
    if history.contains(parent, takes):
        return None  # looked after when what is on top of it was published
    old = history.bases(parent, takes)[0]
    return Taken(parents=(parent, takes), brought=history.changes(old, takes), old=old)


def check_kept(history: History, tree: str, taken: Taken, base: str) -> None:
    """Raises RefusedError where `tree` lacks what was brought from the branch `base`, or holds unresolved conflicts.

    A path that is as it was before shows a merge that was undone. What the session made of a path is its own
    business, and so is a file that was moved elsewhere.
    """
    ours = history.changes(taken.old, tree)
    moved = {change.after.sha for change in ours.values() if change.after}
    missing = [(path, change) for path, change in taken.brought.items() if path not in ours]
    lost = [path for path, change in missing if change.after is None or change.after.sha not in moved]
    if lost:
        raise RefusedError(
            f"the worktree lacks what {base} brought: {_named(lost)}; nothing was pushed",
            f"bring these files to their state on {base}, or ask again",
        )
    if marked := _marked(history, tree, taken.parents):
        raise RefusedError(
            f"conflicts are not resolved: {_named(sorted(marked))}; nothing was pushed",
            "take the conflict marks out of the files, or ask again",
        )


def _marked(history: History, tree: str, parents: tuple[str, ...]) -> set[bytes]:
    """The files that no parent has so, with conflict marks in them that are in no parent's either."""
    paths = set.intersection(*(set(history.changes(parent, tree)) for parent in parents))
    marked = history.marked(tree, paths)
    for parent in parents:
        marked -= history.marked(parent, marked)
    return marked


def _named(paths: list[bytes]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(map(shown, paths[:_NAMED])) + (f" and {more} more" if more > 0 else "")
