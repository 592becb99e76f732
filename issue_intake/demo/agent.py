"""The stub agent: `python agent.py PROMPT_FILE RESULT_FILE [ISSUE_NUMBER]` adds a line to README.md and reports.

The line goes to the end of the section whose heading names the issue (`## Shipping (#3)`), else to the end of the file,
so that two issues of the sample repository can be worked on at once without a conflict.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Do the work in the current folder; returns the exit code."""
    prompt_file, result_file, *rest = arguments
    number = rest[0] if rest else ""
    if not Path(prompt_file).read_text(encoding="utf-8").strip():
        print("the prompt is empty", file=sys.stderr)  # noqa: T201 - a program of its own
        return 1
    readme = Path("README.md")
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    readme.write_text(with_line(text, f"Looked after by an agent{f' for #{number}' if number else ''}.", number))
    print("README.md has one line more")  # noqa: T201 - this is what an agent's log looks like
    Path(result_file).write_text(json.dumps(report(number)))
    return 0


def with_line(text: str, line: str, number: str) -> str:
    """`text` with one line more."""
    lines = text.splitlines()
    place = _end_of_section(lines, f"(#{number})")
    return "\n".join([*lines[:place], "", line, *lines[place:], ""])


def report(number: str) -> dict[str, object]:
    """What result.json says."""
    topic = f" for issue #{number}" if number else ""
    return {
        "schema_version": 1,
        "status": "done",
        "summary": f"Added a line to README.md{topic}.",
        "pr_title": f"Add a line to README.md{topic}",
        "pr_body": "One line more, in the section that the issue is about.",
    }


def _end_of_section(lines: list[str], mark: str) -> int:
    """Behind the last line with text of the section that `mark` stands in the heading of, else of the file."""
    start = next((at for at, line in enumerate(lines) if line.startswith("#") and mark in line), None)
    following = (at for at, line in enumerate(lines) if start is not None and at > start and line.startswith("#"))
    end = next(following, len(lines))
    while end and not lines[end - 1].strip():
        end -= 1
    return end


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
