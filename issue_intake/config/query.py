"""`intake.query`: a search in GitHub's own words, held to what can only narrow a project's open issues.

The syntax is that of
https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests.
"""

from __future__ import annotations

import re

from issue_intake.config.faults import shown
from issue_intake.config.words import refusal

# A word, with its quoted parts whole: -label:"good first issue"
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_QUALIFIER = re.compile(r"-?([A-Za-z-]+):(.*)", re.DOTALL)
_QUOTED = re.compile(r'"[^"]*"')
_ELSEWHERE = frozenset({"repo", "org", "user", "owner", "enterprise"})
_OURS = frozenset({"state", "archived"})
_KINDS = frozenset({"issue", "open", "closed", "pr", "pull-request", "merged", "unmerged", "draft"})


def checked_query(text: str) -> str:
    """`text`, if it asks for nothing but open issues of the project's own repository; raises a refusal otherwise.

    What would join alternatives is refused because one of them could leave the repository that is asked for beside it.
    """
    bare = _QUOTED.sub("", text)
    if '"' in bare or "\\" in text:
        raise refusal("leaves a quote open, or has a backslash", "write label:\"good first issue\" in '…'")
    if set("()") & set(bare):
        raise refusal("has parentheses", 'put text in double quotes; label:bug,crash stands for "either"')
    for word in _WORD.findall(text):
        _check_word(word)
    return text


def _check_word(word: str) -> None:
    if word.upper() in {"OR", "AND", "NOT"}:
        raise refusal(
            f"joins its words with {word.upper()}",
            'words are joined by "and" anyway, -label:wip excludes, label:bug,crash stands for "either"',
        )
    found = _QUALIFIER.fullmatch(word)
    if not found:
        return
    name, value = found[1].lower(), found[2].strip('"').lower()
    if name in _ELSEWHERE:
        raise refusal(f"names {shown(name + ':')}, which is the project's", "leave it out; repo says where issues are")
    if name in _OURS or (name == "is" and value in _KINDS):
        raise refusal(f"names {shown(f'{name}:{value}')}", "leave it out: intake asks for open issues alone")
    if name == "sort":
        raise refusal('names "sort:"', "leave it out: the oldest issues come first")
