"""What every view of one repository at the stand-in holds."""

from __future__ import annotations

from issue_intake.demo.model import Repository
from issue_intake.demo.world import World


class Held:
    """A repository, and the world it is part of. Take the world's lock around any use."""

    def __init__(self, world: World, repository: Repository) -> None:
        self._world = world
        self._repository = repository

    @property
    def id(self) -> int:
        """The repository's id, which survives a rename."""
        return self._repository.id
