"""A look of several parts, of which some may fail alone: what could not be had is None, never empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from issue_intake.core.text import one_line
from issue_intake.errors import IntakeError, RefusedError, UnavailableError
from issue_intake.github.faults import CredentialError, ForbiddenError
from issue_intake.github.limits import Look

T = TypeVar("T")


class PartialLook:
    """Reads parts within one look. `remarks`: a sentence for each part that another look will not get either."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.remarks: list[str] = []

    def part(self, name: str, read: Callable[[], T]) -> T | None:
        """What `read` gives; None where it failed, or was cut off. Raises what concerns the whole credential."""
        self.look.cut_off = False
        try:
            found = read()
        except (UnavailableError, RefusedError, ValueError) as error:
            self._failed(name, error)
            return None
        if self.look.cut_off:
            self.remarks.append(f"{name}: more than {self.look.limits.pages} pages (github.max_pages), not counted")
            return None
        return found

    def _failed(self, name: str, error: UnavailableError | RefusedError | ValueError) -> None:
        if concerns_all(error):
            raise error
        if isinstance(error, ForbiddenError | RefusedError | ValueError):
            said = str(error) if isinstance(error, IntakeError) else f"cannot be read: {one_line(str(error), 100)}"
            self.remarks.append(f"{name}: {said}")


def concerns_all(error: Exception) -> bool:
    """Whether whatever is asked next with the same credential would fail as well."""
    return isinstance(error, CredentialError) or (isinstance(error, UnavailableError) and error.scope == "credential")
