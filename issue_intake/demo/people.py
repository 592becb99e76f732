"""Who may do what in a repository."""

from __future__ import annotations

from issue_intake.demo.model import Repository
from issue_intake.demo.world import World

_PERMISSIONS = {"maintain": "write", "triage": "read"}


def role(world: World, repository: Repository, login: str) -> str:
    """admin, maintain, write, triage, read or none: as it was set, or as owner and tokens suggest."""
    given = repository.roles.get(login.lower())
    if given is not None:
        return given
    if login.lower() == repository.owner.lower():
        return "admin"
    if any(token.write and token.login.lower() == login.lower() for token in world.tokens.values()):
        return "write"
    return "none" if repository.private else "read"


def permission(world: World, repository: Repository, login: str) -> str:
    """The role as admin, write, read or none."""
    found = role(world, repository, login)
    return _PERMISSIONS.get(found, found)


def may_write(world: World, repository: Repository, login: str | None) -> bool:
    """Whether somebody has write access; a deleted account has none."""
    return login is not None and permission(world, repository, login) in {"admin", "write"}
