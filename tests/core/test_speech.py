"""An agent's words tell nobody, close nothing and link to nothing, and code in them stays what it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.publication import commit_text, pull_request
from issue_intake.core.speech import inert_markdown
from issue_intake.core.text import inert
from tests.builders import end, ended, running

FINISHED = running(attempts=(ended(),))
LIVE = re.compile(r"(?<![A-Za-z0-9])@\w|#\d|\bgh-\d|/(?:issues|pull)/\d|<!--", re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "@victim",
            "ask @acme/team.",
            "Closes #7",
            "fixes acme/other#7",
            "resolves GH-7",
            "&#64;victim",
            "@&#118;ictim",
        ),
        *("Closes https://github.com/acme/other/issues/7", "https://github.com/a/b/pull/7", "&commat;victim", "&num;7"),
        *("Closes &#35;7", "Closes &#x23;7", "#&#55;", "<!-- intake {} -->", "\\@victim"),
        *("_@victim_", "_GH-7_", "&nbsp@victim", "&nbspGH-7", "@<x></x>victim", "#<x></x>7"),
        *("[a](https://github.com/a/b/issues\\/7)", "[a](https://github.com/a/b&sol;issues&sol;7)"),
    ],
)
def test_what_github_would_read_something_into_is_broken(text: str) -> None:
    shown = inert(text)
    assert "\u200b" in shown
    assert shown.replace("\u200b", "") == text
    assert inert(shown) == shown


@pytest.mark.parametrize("text", ["me@example.org", "C# and #heading", "a/b", "AT&T", "issues/", "x<y"])
def test_what_github_reads_nothing_into_stays(text: str) -> None:
    assert inert(text) == text


CODE = {
    "a line": "use `npm i @types/node` and ``a ` #1``",
    "a fence": "so:\n\n```sh\nnpm i @types/node # 1\n```\n\nand\n~~~~\n```\n@a\n~~~\n~~~~",
    "after a paragraph whose ticks do not match": "a ` b\n\n`@c`",
}


@pytest.mark.parametrize("text", CODE.values(), ids=CODE)
def test_plain_code_stays_as_it_is(text: str) -> None:
    assert inert_markdown(text) == text


NO_CODE = {
    "escaped ticks": "\\` @victim `",
    "a span from the line before": "`\nx` @victim `y",
    "a tick that an address takes in": "http://x.y/` @victim `",
    "a tick that an address without its beginning takes in": "www.x.y/` @victim `",
    "cells": "| ` @victim | ` |",
    "a tag that holds a tick": '<a title="`"> @victim `',
    "a fence in HTML": "<div>\n```\n@victim\n```\n</div>",
    "a fence in a list that ends with it": "- a\n  ```\n@victim\n  ```",
    "a fence that an indented one began": "  ```\na\n```\n@victim\n",
    "a fence in a quote": "> ```\n> a\n\n```\n@victim\n```",
    "after the end of a fence": "```\na\n```\n@victim",
    "a longer end": "```\na\n``````\n@victim",
    "words of a fence": "~~~ @victim\na\n~~~",
    "an opening that is none": "``` a`b\n@victim\n```",
}


@pytest.mark.parametrize("text", NO_CODE.values(), ids=NO_CODE)
def test_what_may_be_no_code_is_taken_for_words(text: str) -> None:
    assert not LIVE.search(inert_markdown(text))


@given(
    st.lists(st.sampled_from(["@a ", "#1 ", "GH-2 ", "Closes ", "/issues/3 ", "`", "```", "\n", "<!--", "<p>", "x"]))
)
def test_of_any_words_nothing_is_live_but_the_issue_itself(words: list[str]) -> None:
    said = end(pr_title="".join(words), pr_body="<p>" + "".join(words), summary="".join(words))
    request = pull_request(FINISHED, said, draft=True)
    body = request.body.removesuffix('Closes #1\n\n<!-- intake {"v":1,"run":"acme-webshop/1/1"} -->')
    assert len(body) < len(request.body)
    assert not LIVE.search(body)
    assert not LIVE.search(request.title)
    message = commit_text(FINISHED, said).message
    assert not LIVE.search(message.removesuffix(f"Issue: {FINISHED.url}\n"))


def test_secrets_are_in_no_word_of_it_even_where_it_is_cut() -> None:
    word = "hunter2" * 5
    said = end(pr_title="x" * 100 + word, pr_body=f"a {word}", summary=f"b {word}")
    request = pull_request(FINISHED, said, draft=True, secrets=(word,))
    assert "hunter2" not in request.title + request.body + commit_text(FINISHED, said, (word,)).message
