"""A model on loopback that does as it is told: it edits one file, never ends in some way, or turns everybody away."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

from tests.e2e.place import until

FIRST, SECOND = "PROMPT-ONE", "PROMPT-TWO"
Kind = Literal["edits", "never answers", "never stops", "turns away"]

_USAGE = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
# By one of its tools it is told which agent asks; what that tool, or another one, is then called with.
_EDITS: Mapping[str, tuple[str, str]] = {
    "write_file": ("write_file", '{{"file_path": "hello.txt", "content": "{word}\\n"}}'),
    "Write": ("Write", '{{"file_path": "{word}.txt", "content": "{word}\\n"}}'),
    "write": ("write", '{{"filePath": "hello.txt", "content": "{word}\\n"}}'),
    "edit": ("create", '{{"path": "{word}.txt", "file_text": "{word}\\n"}}'),
    "exec_command": ("exec_command", '{{"cmd": "echo {word} > hello.txt"}}'),
    "bash": ("bash", '{{"command": "{told}", "description": "write the file"}}'),
}
# An agent that reads its prompt by a command is told apart by no message: this command does what the prompt says.
_AS_TOLD = (
    f"w=goodbye; grep -q {SECOND} $(tr -c '[:print:]' ' ' < /proc/$PPID/cmdline | grep -o '/[^ ]*prompt.md')"
    " && w=adieu; echo $w > hello.txt"
)
_LOOKS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "write_file": ("list_directory", {"dir_path": "."}),
    "Write": ("Glob", {"pattern": "*.txt"}),
    "write": ("read", {"filePath": "hello.txt"}),
    "edit": ("view", {"path": "hello.txt"}),
    "exec_command": ("exec_command", {"cmd": "ls"}),
    "bash": ("bash", {"command": "ls", "description": "look"}),
}


@contextmanager
def model(kind: Kind, programs: Path, folder: Path) -> Iterator[int]:
    """The port it listens on, speaking the protocols of OpenAI, Anthropic and Google at once."""
    file = folder / "model.json"
    file.write_text(json.dumps({"fixtures": _fixtures(kind)}))
    port = _free_port()
    command = (str(programs / "llmock"), "-p", str(port), "-f", str(file), "--log-level", "silent", *_more(kind))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until(lambda: _answers(port) or None)
            yield port
        finally:
            server.kill()


def _more(kind: Kind) -> tuple[str, ...]:
    return ("--chaos-latency", "30000") if kind == "never answers" else ()


def _fixtures(kind: Kind) -> list[Mapping[str, object]]:
    match kind:
        case "edits" | "never answers":
            return [*_edits(SECOND, "adieu"), *_edits(None, "goodbye"), *_words()]
        case "never stops":
            return [_fixture({"toolName": name}, calls=[look]) for name, look in _LOOKS.items()]
        case "turns away":
            error = {"message": "Rate limit reached: too many requests", "type": "rate_limit_error"}
            return [{"match": {}, "response": {"error": error, "status": 429, "retryAfter": 1}}]


def _edits(prompt: str | None, word: str) -> Iterator[Mapping[str, object]]:
    said = {"userMessage": prompt} if prompt else {}
    for known_by, (tool, arguments) in _EDITS.items():
        call = (tool, json.loads(arguments.format(word=word, told=_AS_TOLD)))
        yield _fixture({**said, "toolName": known_by, "hasToolResult": False}, "I will edit a file.", [call])


def _words() -> Iterator[Mapping[str, object]]:
    """What needs no tool: the end, and agents that read their edits from the text."""
    finish = ("bash", {"command": "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"})
    yield _fixture({"toolName": "bash", "hasToolResult": True, "toolResultContains": "returncode"}, "", [finish])
    yield _fixture({"hasToolResult": True}, "Done: the file says it.")
    yield _fixture({"userMessage": "commit message"}, "feat: say goodbye")
    yield _fixture({"userMessage": SECOND}, _replacing("goodbye", "adieu"))
    yield _fixture({"userMessage": FIRST}, _replacing("hello", "goodbye"))
    yield _fixture({}, "Nothing to do.")


def _replacing(old: str, new: str) -> str:
    return f"hello.txt\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def _fixture(
    match: Mapping[str, object], content: str = "", calls: list[tuple[str, Mapping[str, object]]] | None = None
) -> Mapping[str, object]:
    made = [{"name": name, "arguments": arguments} for name, arguments in calls or []]
    return {"match": match, "response": {"content": content, "usage": _USAGE, **({"toolCalls": made} if made else {})}}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
