"""Whether a commit may leave: a pure verdict on what it holds beyond the base."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from issue_intake.core.leaving import Barred, Extent, Guarded, Leaving, Outgoing
from issue_intake.core.paths import protected
from issue_intake.core.text import one_line

_HOPS = 40


def judge(extent: Extent, patterns: tuple[str, ...], leaving: Leaving) -> Guarded | Barred | None:
    """Whether it may leave: not at all, with a person's eye on the protected `patterns` in it, or freely."""
    planted = (*_links(leaving), *_submodules(leaving), *_repositories(leaving))
    reasons = (*_secrets(leaving), *planted, *too_much(extent, leaving))
    if reasons:
        return Barred(tuple(dict.fromkeys(reasons)))
    shown = _shown_by_links(patterns, leaving.links)
    guarded = (each for each in leaving.paths if protected(each.path, patterns) or _lies_in(shown, each.path))
    touched = sorted(guarded, key=lambda each: each.path)
    if not touched:
        return None
    return Guarded(mark=_mark(touched), paths=tuple(each.shown for each in touched))


def too_much(extent: Extent, leaving: Leaving) -> tuple[str, ...]:
    """In which ways it is too much. What the base holds in this size already may be changed."""
    count = leaving.count - sum(each.moved for each in leaving.paths)
    total = sum(each.size for each in leaving.paths)
    large = [each for each in leaving.paths if each.size > extent.max_file >= each.before]
    reasons = [f"{each.shown} has {_megabytes(each.size)} (publish.max_file)" for each in large]
    if count > extent.max_files:
        reasons.append(f"{count} files are changed, {extent.max_files} may be (publish.max_files)")
    if total > extent.max_bytes:
        reasons.append(f"the changed files have {_megabytes(total)} together (publish.max_bytes)")
    return tuple(reasons)


def leads_out(path: str, links: Mapping[str, str]) -> frozenset[str]:
    """The links that a link passes on its way out of the repository, itself among them; none where it stays inside.

    Resolved by names alone: an absolute target is out, and so is git's own folder.
    """
    passed, place = _followed(path, links)
    return passed if place is None else frozenset()


def _followed(path: str, links: Mapping[str, str]) -> tuple[frozenset[str], str | None]:
    """The links passed on the way from a link, itself among them, and where that ends; None outside, or in circles."""
    passed, place, ahead = [path], path.split("/")[:-1], _names(links[path])
    while ahead:
        name = ahead.pop()
        if name == "/" or name.casefold() == ".git" or (name == ".." and not place):
            return frozenset(passed), None
        place = place[:-1] if name == ".." else [*place, name]
        here = "/".join(place)
        if name == ".." or here not in links:
            continue
        passed.append(here)
        if len(passed) > _HOPS:
            return frozenset(passed), None
        place, ahead = place[:-1], [*ahead, *_names(links[here])]
    return frozenset(passed), "/".join(place)


def _shown_by_links(patterns: tuple[str, ...], links: Mapping[str, str]) -> frozenset[str]:
    """What stands in the place of protected paths: who changes that changes what is read there."""
    ways = [_followed(path, links) for path in links if protected(path, patterns)]
    return frozenset().union(*(passed for passed, _ in ways), (place for _, place in ways if place))


def _lies_in(places: frozenset[str], path: str) -> bool:
    return not places.isdisjoint((*_folders(path), path))


def _names(target: str) -> list[str]:
    """The names in a target, the last one first; "/" where it is absolute."""
    if target.startswith("/"):
        return ["/"]
    return [name for name in reversed(target.split("/")) if name not in {"", "."}]


def _secrets(leaving: Leaving) -> Iterator[str]:
    for secret in leaving.secrets:
        line = f" line {secret.line}" if secret.line else ""
        yield f"{secret.where}{line} holds a secret ({one_line(secret.kind)})"


def _links(leaving: Leaving) -> Iterator[str]:
    changed = {each.path: each.shown for each in leaving.paths if each.kind == "link"}
    for path in leaving.links if changed else ():
        for passed in sorted(leads_out(path, leaving.links) & changed.keys()):
            yield f"the link {changed[passed]} leads out of the repository"


def _submodules(leaving: Leaving) -> Iterator[str]:
    for each in leaving.paths:
        if each.kind == "submodule" or each.path.casefold() == ".gitmodules":
            yield f"{each.shown} changes a submodule"


def _repositories(leaving: Leaving) -> Iterator[str]:
    """Folders that git takes for repositories, where it reads settings that run programs."""
    files = [each for each in leaving.paths if each.kind != "gone"]
    folders = {folder.casefold() for each in files for folder in _folders(each.path)}
    for each in files:
        folder, _, name = each.path.casefold().rpartition("/")
        if name == "head" and {f"{folder}/objects", f"{folder}/refs"} <= folders:
            yield f"{each.shown.rpartition('/')[0]} is a git repository of its own"


def _folders(path: str) -> Iterator[str]:
    names = path.split("/")
    return ("/".join(names[:count]) for count in range(1, len(names)))


def _mark(touched: list[Outgoing]) -> str:
    """Paths and what became of them, so that a person is asked again only where that is different."""
    told = "\n".join(f"{each.path!r} {each.mark}" for each in touched)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
