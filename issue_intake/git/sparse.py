"""A worktree that lacks the repository's settings that run code: git's own sparse checkout leaves them out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from issue_intake.core.settings import RUN_CODE
from issue_intake.errors import UnavailableError

_CONFIG = "[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = false\n"


def leave_out(repository: Path, info: Path, obeyed: tuple[str, ...] = (), links: Iterable[bytes] = ()) -> None:
    """Let what git brings into a worktree of `repository` from now on lack these settings.

    `info`: that folder of the worktree's, or of `repository`, from which a new worktree takes it over. `obeyed`:
    patterns of further settings; `links`: paths of symbolic links to be left out as well. Raises UnavailableError.
    """
    lines = ("/*", *map(_pattern, (*RUN_CODE, *obeyed)))
    text = "".join(f"{line}\n" for line in lines).encode() + b"".join(map(_exactly, links))
    try:
        info.mkdir(exist_ok=True)
        (info / "sparse-checkout").write_bytes(text)
        with (repository / "config").open("a") as config:
            config.write(_CONFIG)
    except OSError as error:
        raise UnavailableError(f"{repository} cannot be made: {error.strerror}") from None


def _pattern(pattern: str) -> str:
    """A pattern of `core.paths` as a line for git, in any case: git itself tells cases apart."""
    names = pattern.rstrip("/").split("/")
    kept = names[1:] if names[0] == "**" and len(names) == 2 else names
    return "!" + "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in "/".join(kept))


def _exactly(path: bytes) -> bytes:
    """Nothing for a name that no line can hold."""
    if b"\n" in path:
        return b""
    signs = (bytes([sign]) for sign in path)
    return b"!/" + b"".join(b"\\" + sign if sign in b"\\*?[ " else sign for sign in signs) + b"\n"
