"""Runs the real command with a fuse: it notes each side effect before it happens, and can be killed at one of them.

`python fuse.py ARGUMENTS…` with FUSE_LOG (a file the effects are noted in) or FUSE_SITE (the effect at which the
process kills itself: as noted, or its number; with " +" behind a start of a process: as soon as that one is there).
An effect is noted as `kind name occurrence`, its name without what differs from run to run.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

_HOME = os.environ["INTAKE_HOME"]
_LOG = os.environ.pop("FUSE_LOG", "")
_log = -1
_SITE = os.environ.pop("FUSE_SITE", "")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ON_PATHS = frozenset(
    {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.utime", "os.chmod", "os.link", "os.symlink"}
)
_OTHERS = frozenset({"socket.connect", "fcntl.flock", "os.kill", "os.fork", "os.posix_spawn"})
_seen: Counter[str] = Counter()
_lock = threading.RLock()


def _watch(event: str, args: tuple[object, ...]) -> None:
    name = _effect(event, args)
    if name is None:
        return
    with _lock:
        _seen[name] += 1
        effect = f"{name} {_seen[name]}"
        if _LOG:
            _note(effect)
        if _SITE in {effect, str(_seen.total())}:
            os.kill(os.getpid(), signal.SIGKILL)
        if f"{effect} +" == _SITE:
            threading.Thread(target=_die_after_birth, daemon=True).start()


def _effect(event: str, args: tuple[object, ...]) -> str | None:
    if event == "open":
        flags = args[2]
        written = isinstance(flags, int) and flags & _WRITES
        return _on_path(event, args[0]) if written else None
    if event in _ON_PATHS:
        return _on_path(event, args[1] if event == "os.rename" else args[0])
    if event == "subprocess.Popen":
        return _start(args[1])
    if event == "http.client.send" and isinstance(args[1], bytes):
        return f"ask {_ask(args[1])}"
    return event if event in _OTHERS and args[:1] != (os.getpid(),) else None


def _ask(head: bytes) -> str:
    method, _, rest = head.decode("latin-1").partition(" ")
    return f"{method} {re.sub('acme[0-9a-f]{8}', 'acme', rest.split(' ')[0].split('?')[0])}"


def _on_path(event: str, path: object) -> str | None:
    if not isinstance(path, str | bytes | os.PathLike):
        return f"{event} descriptor" if event != "open" else None  # opened before, by its name
    text = os.fsdecode(path)
    return f"{event} {_normal(text)}" if text.startswith(_HOME) or not text.startswith("/") else None


def _start(argv: object) -> str:
    words = [str(word) for word in argv] if isinstance(argv, list | tuple) else [str(argv)]
    if "supervise.py" in " ".join(words):
        return "start supervisor"
    settings = {at + 1 for at, word in enumerate(words) if word in {"-c", "-C"}}
    plain = [w for at, w in enumerate(words) if at not in settings and not w.startswith("-")]
    return " ".join(["start", Path(plain[0]).name, *plain[1:2]])


def _normal(text: str) -> str:
    text = text.removeprefix(_HOME) or "/"
    text = re.sub(r"[0-9a-f]{64}|^[0-9a-f]{2}$|^[0-9a-f]{38}$", "<hash>", text)
    text = re.sub(r"acme[0-9a-f]{8}-webshop-[0-9a-f]{8}", "<slug>", text)
    text = re.sub(r"(?<=\.)\d+-\d+$", "<writer>", text)  # its process and thread
    return re.sub(r"(?<=[./])(\.[\w.-]+\.|tmp)[a-z0-9_]{8}", r"\1*", text)


def _die_after_birth() -> None:
    """Killed while the new process is at work; what it does then goes on without its parent."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    while not children.read_text().strip():
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def _note(effect: str) -> None:
    # By descriptor: an `open` of its own would be an effect.
    os.write(_log, f"{effect}\n".encode())


if __name__ == "__main__":
    if _LOG:
        _log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    from issue_intake.cli.main import main

    sys.addaudithook(_watch)
    main()
