"""The agents of these tests, one program: `python agent.py BEHAVIOUR LEDGER RESULT_FILE NUMBER`, run in a worktree.

Each run holds a lock of its issue for as long as anything it started lives, so that two at once are seen.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

_LONG = 600.0


def main(behaviour: str, ledger: Path, result: Path, number: str) -> int:
    """Act as asked; returns the exit code."""
    lock = os.open(ledger / f"{number}.lock", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _note(ledger / "overlaps", number)
    _note(ledger / f"{number}.runs", str(os.getpid()))
    os.write(1, f"working on {number}\n".encode())
    own = ledger / f"{number}.behaviour"
    return _BEHAVIOURS[own.read_text() if own.exists() else behaviour](ledger, result)


def _edit(ledger: Path, result: Path) -> int:
    with Path("work.txt").open("a") as file:
        file.write("work\n")
    return 0


def _resolve(ledger: Path, result: Path) -> int:
    """Write the file anew, whatever markers are in it."""
    Path("work.txt").write_text("theirs\nours\n")
    return 0


def _nothing(ledger: Path, result: Path) -> int:
    os.write(1, b"nothing was to be done\n")
    return 0


def _fail(ledger: Path, result: Path) -> int:
    os.write(2, b"the tests do not pass\n")
    return 3


def _report(ledger: Path, result: Path) -> int:
    """Hand in what the test wrote down for the issue."""
    number = result.parents[2].name
    result.write_bytes((ledger / f"{number}.report").read_bytes())
    return _edit(ledger, result)


def _workflow(ledger: Path, result: Path) -> int:
    """Change what the project's own checks run."""
    Path(".github/workflows").mkdir(parents=True, exist_ok=True)
    Path(".github/workflows/ci.yml").write_text("on: push\n")
    return _edit(ledger, result)


def _leak(ledger: Path, result: Path) -> int:
    """Write down a token that was found somewhere."""
    token = (ledger / "token").read_text()
    Path("config.py").write_text(f"import os\nTOKEN = '{token}'  # pragma: allowlist secret\n")
    return _edit(ledger, result)


def _spill(ledger: Path, result: Path) -> int:
    """Print what must not get out, whole, in halves and as a record, and hand in the report."""
    words = (ledger / "canaries").read_bytes()
    os.write(1, words[: len(words) // 2])
    os.write(1, words[len(words) // 2 :])
    os.write(2, json.dumps({"type": "result", "text": words.decode()}).encode() + b"\n")
    (result.parent / "notes.txt").write_bytes(words)
    _report(ledger, result)
    return 0


def _push(ledger: Path, result: Path) -> int:
    """Push to every branch there is by every way there is; what came of it is written down."""
    url = (ledger / "remote").read_text()
    subprocess.run(("git", "commit", "--quiet", "--allow-empty", "-m", "mine"), check=True)
    for ref in ("refs/heads/main", "refs/heads/agent/issue-1", "refs/heads/mine"):
        for force in ((), ("--force",)):
            ended = subprocess.run(("git", "push", *force, url, f"HEAD:{ref}"), capture_output=True, check=False)
            _note(ledger / "pushes", str(ended.returncode))
    return _edit(ledger, result)


def _hold(ledger: Path, result: Path) -> int:
    """Work until told to end."""
    give_up = time.monotonic() + 60
    while not (ledger / "release").exists() and time.monotonic() < give_up:
        time.sleep(0.01)
    return _edit(ledger, result)


def _sleep(ledger: Path, result: Path) -> int:
    time.sleep(_LONG)
    return 0


def _tell(ledger: Path, result: Path) -> int:
    """Write down all that can be seen of the environment and arguments, one's own and those of all above."""
    seen = [repr(dict(os.environ))]
    pid = os.getpid()
    while pid > 1:
        for name in ("environ", "cmdline"):
            try:
                seen.append(f"{pid} {name}: {Path(f'/proc/{pid}/{name}').read_bytes()!r}")
            except OSError as error:
                seen.append(f"{pid} {name}: {error}")
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    (ledger / "seen").write_text("\n".join(seen))
    return _edit(ledger, result)


def _leave_daemons(ledger: Path, result: Path) -> int:
    """Start a child of each kind, and go on with them."""
    for kind in ("plain", "session", "daemon", "bare"):
        _start(kind, ledger)
    while len(list(ledger.glob("*.daemon"))) < 4:
        time.sleep(0.005)
    (ledger / "ready").touch()
    time.sleep(_LONG)
    return 0


def _start(kind: str, ledger: Path) -> None:
    if os.fork():
        return
    if kind != "plain":
        os.setsid()
    if kind in {"daemon", "bare"} and os.fork():
        os._exit(0)
    if kind == "bare":
        # Nothing but the folder it works in tells whose it is.
        code = f"import os, time; open({str(ledger / 'bare.daemon')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", code], {})
    (ledger / f"{kind}.daemon").write_text(str(os.getpid()))
    time.sleep(_LONG)
    os._exit(0)


def _note(file: Path, line: str) -> None:
    with file.open("a") as opened:
        opened.write(f"{line}\n")


_BEHAVIOURS = {
    "edit": _edit,
    "resolve": _resolve,
    "nothing": _nothing,
    "fail": _fail,
    "report": _report,
    "workflow": _workflow,
    "leak": _leak,
    "spill": _spill,
    "push": _push,
    "hold": _hold,
    "sleep": _sleep,
    "tell": _tell,
    "daemons": _leave_daemons,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
