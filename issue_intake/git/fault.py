"""What git said when it failed, as one sentence without a secret."""

from __future__ import annotations

import re

from issue_intake.core.text import one_line, without_controls
from issue_intake.errors import UnavailableError

_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")
_SAYS_NOTHING = (
    *("hint:", "Please make sure you have", "and the repository exists", "Could not read from remote"),
    "adding files failed",
)
_OURS = re.compile(r"(?:fatal|error): ")
_PASSING = re.compile(
    r"No space left|quota exceeded|Input/output error|allocate memory|Too many open files|\.lock'|timed? ?out"
    r"|internal server error|failed to lock|cannot lock ref|unpacker error|failed to update ref",
    re.IGNORECASE,
)


class GitError(UnavailableError):
    """git failed. `reason`: its last meaningful line; `remote`: what the other side said; `output`: its stdout.

    `code`: its exit code, None when it was ended on its time limit or for saying too much.
    """

    def __init__(self, message: str, *, code: int | None, lines: tuple[str, ...] = (), output: bytes = b"") -> None:
        self.code = code
        self.reason = _reason(lines)
        self.remote = tuple(line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:"))
        self.output = output
        super().__init__(f"{message}: {self.reason}" if self.reason else message)

    @property
    def passing(self) -> bool:
        """Whether the machine, rather than what git was given, is the likely cause: disk, memory, locks, time."""
        return self.code is None or passing(self.reason)


def passing(reason: str) -> bool:
    """Whether a reason speaks of the machine's state, which changes, rather than of what was asked."""
    return bool(_PASSING.search(reason))


def redact(line: str, secrets: tuple[str, ...] = ()) -> str:
    """`line` without the secrets and without what stands before the @ of a URL; one cleaned line."""
    line = without_controls(line)
    for secret in filter(None, secrets):
        line = line.replace(secret, "***")
    return one_line(_PASSWORD.sub("***@", line), 300)


def _reason(lines: tuple[str, ...]) -> str:
    """The line that says most: git's last own error, else the last line that is no advice."""
    telling = [line for line in lines if line and not any(noise in line for noise in _SAYS_NOTHING)]
    own = [line for line in telling if _OURS.match(line)]
    return _OURS.sub("", (own or telling or [""])[-1], count=1).strip()
