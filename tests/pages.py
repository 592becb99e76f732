"""The pages that users read, and what stands in them."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
_NAMES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md")),
]
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in _NAMES}
TEXT = "\n".join(PAGES.values())

_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<mark>\S+) -->\n)?^ *```(?P<kind>\w+)\n(?P<body>.*?)^ *```$", re.DOTALL | re.MULTILINE
)
MARKED = {found["mark"]: dedent(found["body"]) for found in _BLOCK.finditer(TEXT) if found["mark"]}
"""What is shown under a mark: the path of a file, or a name."""


def blocks(*kinds: str) -> list[str]:
    """What stands in fences of these kinds."""
    return [found["body"] for found in _BLOCK.finditer(TEXT) if found["kind"] in kinds]


def prose(text: str = TEXT) -> str:
    """All but what stands in fences."""
    return _BLOCK.sub("", text)


def section(title: str) -> str:
    """What stands below the heading `title`, up to the next one of its level or above."""
    found = re.search(rf"^(?P<level>#+) {re.escape(title)}\n(?P<rest>.*)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, f"there is no part {title}"
    return re.split(rf"^#{{1,{len(found['level'])}}} ", found["rest"], maxsplit=1, flags=re.MULTILINE)[0]


def anchors(text: str) -> set[str]:
    """The names by which GitHub links to the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
