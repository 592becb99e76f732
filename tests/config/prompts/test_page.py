"""What an issue's page does not show its readers reaches no agent unseen; what it does show stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issue_intake.config.prompts.html import LEFT_OUT
from issue_intake.config.prompts.page import LONGEST, page_text

HIDDEN = "obey-me"

UNSEEN = {
    "a comment": "a <!-- obey-me --> b",
    "a comment of many lines": "a\n\n<!--\nobey-me\n\nobey-me\n-->\nb",
    "a comment that never ends": "a\n\n<!-- obey-me\n\nobey-me",
    "a comment in a quote": "> a\n> <!-- obey-me -->",
    "a comment begun in one block and ended in another": "<div>\n<!--\n\nobey-me\n\n-->\n</div>",
    "a comment between ticks that are no code": "`a\n<!-- obey-me -->\nb`",
    "a comment between escaped ticks": "\\`<!-- obey-me -->\\`",
    "a fence that is HTML": "<div>\n```\n<!-- obey-me -->\n```\n</div>",
    "a fence within a comment": "<!--\n```\nobey-me\n```\n-->",
    "cdata, declarations, instructions": "<![CDATA[ obey-me ]]> <!DOCTYPE obey-me> <?obey-me ?>",
    "an image's words": "![obey-me](a.png)",
    "an image's words and title by reference": '![obey-me][x]\n\n[x]: a.png "obey-me"',
    "an image within an image": "![a ![obey-me](b) <b title=obey-me>](c)",
    "a link's title": "[a](b \"obey-me\") and [a](b 'obey-me') and [a](b (obey-me))",
    "a title over two lines": '[a](b "x\nobey-me")',
    "an image tag": '<img src="a.png" alt="obey-me" title=obey-me>',
    "any attribute": "<p obey-me data-x='obey-me'>a</p>\n\nb <span aria-label=\"obey-me\">c</span>",
    "an attribute over blocks": '<p title="\n\nobey-me\n\n">',
    "an attribute that is quoted oddly": "<div b' e=\"x' >obey-me\" >",
    "an address that is none": '<a href="do obey-me">a</a>',
    "a definition used as a comment": "[//]: # (obey-me)",
    "a definition of two lines": '[x]: a\n"obey-me"\n\nsee [x]',
    "a definition that is a sentence": "[obey-me]: a",
    "the same twice": '[x]: a\n[x]: b "obey-me"\n\n[x]',
    "the words after a fence's language": "```python obey-me\na\n```",
    "a fence's language": f"~~~{'x' * 30}obey-me\na\n~~~",
    "a cell too many": "| a |\n|---|\n| b | obey-me |",
    "a comment in a cell": "| a `|` | b |\n|---|---|\n| ` | <!-- obey-me --> |",
    "a fence that looks like a table": "```a obey-me | b\n|---|---|\n```",
    "a comment in a note": "a[^1]\n\n[^1]: b\n\n    <!-- obey-me -->",
    "below many quotes": f"{'> ' * 40}<!-- obey-me -->",
    "tag characters": "a" + "".join(chr(0xE0000 + ord(c)) for c in HIDDEN),
    "variation selectors": "a" + "".join(chr(0xE0100 + ord(c)) for c in HIDDEN),
    "blanks that are none": "a\u3164\u115f\u2800\u034f\u00ad\u200b",
}


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_what_the_page_hides_is_left_out(text: str) -> None:
    shown = page_text(text)
    assert HIDDEN not in shown
    assert not set(shown) & set("\u3164\u115f\u2800\u034f\u00ad\u200b")
    assert all(ord(c) < 0xE0000 for c in shown)


SEEN = {
    "code in a fence": "```html\n<!-- a --> <img alt='b'>\n[x]: y \"z\"\n```",
    "code in a fence that is never closed": "~~~\n<!-- a -->\n\n<p title='b'>",
    "code that is indented": "    <!-- a -->\n\nb",
    "code in a list": "- a\n\n  ```\n  <!-- b -->\n  ```",
    "code in a line": "see `<!-- a -->` and ``<img alt='`'>``",
    "code in a quote": "> ```\n> <!-- a -->\n> ```",
    "what only looks like HTML": "a < b, Map<K, V>, 1 <2> 3 and <!-- not closed",
    "links": "[a](https://example.org/x?y=1) <https://example.org> [b][c]\n\n[c]: https://example.org",
    "a table": "| a | b |\n|---|---|\n| `x` | y\\|z |",
    "plain words": "Prices are wrong.\n\n\u00c4pfel \U0001f34e \u05e9\u05b8\u05dc\u05d5\u05b9\u05dd",
    "tags": '<kbd>Ctrl</kbd> <a href="https://example.org">a</a><br>',
}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_the_page_shows_stays_as_it_is(text: str) -> None:
    assert page_text(text) == text


def test_what_is_collapsed_is_marked_and_stays() -> None:
    shown = page_text("<details><summary>Log</summary>\n\n```\ntrace\n```\n\n</details>")
    assert shown == "[collapsed on the page:]<summary>Log</summary>\n\n```\ntrace\n```\n\n[end of what is collapsed]"


MAYBE_UNSEEN = {
    "a note": "a[^1]\n\n[^1]: obey-me",
    "a note below a paragraph": "a\n[^1]: obey-me",
    "a note below a quote": "> a\n[^1]: obey-me",
    "a note below a table": "| a |\n|---|\n| b |\n[^1]: obey-me",
    "the same note twice": "[^1]: obey-me\n\n[^1]: obey-me",
    "a note of one word": "[^1]: obey-me",
    "a note that is a table": "[^1]: | obey-me |\n    |---|",
    "a note in a note": "[^1]: [^2]: obey-me",
    "a definition whose address is none": '[a]: b( "obey-me"',
    "a definition in a list of tasks": '- [ ] [a]: b "obey-me"',
    "a table whose head has no line": "a\n|---|\n| b | obey-me |",
    "an address that takes in the end of an escape": "http://a.b/\\<!-- obey-me -->",
    "an address that takes in a tick": "www.a.b/` <!-- obey-me --> `",
    "an address that takes in the tick before an image": "http://a.b/` ![obey-me](c) `",
}


@pytest.mark.parametrize("text", MAYBE_UNSEEN.values(), ids=MAYBE_UNSEEN)
def test_what_the_page_may_not_show_is_marked(text: str) -> None:
    before, _, _ = page_text(text).partition(HIDDEN)
    assert "[the page may not show it, or not all of it:]" in before


def test_what_is_taken_for_a_tag_is_told() -> None:
    assert page_text("a List<String> b") == "a List[not shown: <String>] b"
    assert page_text("- <!-- a -->\n- b") == f"- {LEFT_OUT}\n- b"


def test_a_family_of_one_picture_falls_apart_and_stays_readable() -> None:
    assert page_text("\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f") == (
        "\U0001f468\U0001f469\U0001f467 \u2764"
    )


@pytest.mark.parametrize("opening", ["<!-- ", "<img alt='", "![", '[a](b "', "<div>\n<!--\n\n"])
def test_nothing_hidden_comes_to_light_by_being_too_long(opening: str) -> None:
    assert "obey" not in page_text(f"a\n\n{opening}{'obey ' * LONGEST}")


pieces = st.sampled_from(
    [*"<>[]()!|`~\"'\n \\-#:", "<!--", "-->", "```", "<div ", "![", "](", "[a]: ", "> ", "- ", "    ", "|-|", "x y"]
)


@settings(deadline=None)
@given(st.lists(pieces | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_has_a_page(text: str) -> None:
    shown = page_text(text)
    assert len(shown) <= 40 * (len(text) + 1)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "<",
        "<a ",
        "<!--",
        "`a",
        "> <a b='",
        "[a](b 'c' ",
        "[a]: b\n",
        "|a|b|\n|-|-|\n|<b>\n",
        "*_",
        "[^1]:",
        "> [^1]: ",
        "[^1]: a\n",
    ],
)
def test_no_text_takes_for_ever(piece: str) -> None:
    assert page_text(piece * (16_384 // len(piece))) is not None
