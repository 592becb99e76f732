"""Names made from outside text: keys, slugs, branches; authors as well.

All that become files or refs match [A-Za-z0-9._-].
"""

from __future__ import annotations

import hashlib
import re
from functools import cache

from issue_intake.core.record import record

_KEY = re.compile(r"github:(?:([^/#\s]+)/)?([^/#\s]+)/([^/#\s]+)#([1-9]\d*)")
_AUTHOR = re.compile(r"\s*([^<>\n]*[^<>\s])\s*<([^<>\s]+)>\s*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@record
class RepositoryName:
    """Where a repository lives on the web: `host` is lower case, owner and name as the user wrote them."""

    owner: str
    name: str
    host: str = "github.com"

    @property
    def full(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def path(self) -> str:
        """`owner/name`, with `host/` before it where that is not github.com; lower case."""
        prefix = "" if self.host == "github.com" else f"{self.host}/"
        return f"{prefix}{self.owner}/{self.name}".lower()


def issue_key(repository: RepositoryName, number: int) -> str:
    """The only dedupe key: `github:<owner>/<repo>#<n>`, lower case."""
    return f"github:{repository.path}#{number}"


def parse_key(key: str) -> tuple[RepositoryName, int]:
    """The repository and number in an issue key. Raises ValueError on anything else."""
    found = _KEY.fullmatch(key)
    if not found:
        raise ValueError(f"not an issue key: {key!r}")
    host, owner, name, number = found.groups()
    return RepositoryName(owner=owner, name=name, host=host or "github.com"), int(number)


def safe_name(text: str) -> str:
    """`text` as one path or ref component; a hash is appended where something had to be replaced."""
    cleaned = _UNSAFE.sub("-", text).lstrip(".-").removesuffix(".lock").replace("..", "-").rstrip(".")
    return cleaned if cleaned == text and text else f"{cleaned or 'x'}-{short_hash(text)}"


@cache
def slug(repository: RepositoryName) -> str:
    """`<owner>-<repo>`, lower case; hashed where another repository could read the same."""
    plain = f"{repository.owner}-{repository.name}".lower()
    unambiguous = "-" not in repository.owner and repository.host == "github.com"
    safe = safe_name(plain)
    return safe if unambiguous else f"{safe}-{short_hash(repository.path)}"


def branch_name(number: int, branch_round: int = 1) -> str:
    """`agent/issue-<n>`, and `agent/issue-<n>-<k>` for the k-th branch of the same issue."""
    suffix = "" if branch_round == 1 else f"-{branch_round}"
    return f"agent/issue-{number}{suffix}"


def branch_round(number: int, branch: str) -> int | None:
    """Which of the issue's branches `branch` is, None where it is none of them."""
    suffix = branch.removeprefix(f"{branch_name(number)}-")
    found = int(suffix) if re.fullmatch(r"[1-9][0-9]{0,8}", suffix) else 1
    return found if branch_name(number, found) == branch else None


def run_name(slug_: str, number: int, attempt: int) -> str:
    """An attempt's mark: `<slug>/<n>/<attempt>`."""
    return f"{slug_}/{number}/{attempt}"


def short_hash(text: str) -> str:
    """Eight hex digits of the text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def name_and_mail(text: str) -> tuple[str, str] | None:
    """The two parts of "Name <mail>", None where it is none."""
    found = _AUTHOR.fullmatch(text)
    return (found[1], found[2]) if found else None
