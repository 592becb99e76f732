"""One paragraph of Markdown as its page shows it. markdown-it finds what hides something, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from issue_intake.config.prompts.html import shown_tag

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

Span = tuple[int, int, str]
"""From where to where a text is to be replaced, and by what."""

_SPANS = "spans"


def watched(markdown: MarkdownIt) -> MarkdownIt:
    """The parser, noting what it finds as `shown_words` wants it."""
    markdown.inline.ruler.at("html_inline", _html)
    markdown.inline.ruler.at("image", _image)
    markdown.inline.ruler.at("link", _link)
    return markdown


def shown_words(words: str, markdown: MarkdownIt, environment: Mapping[str, object]) -> str:
    """The words of one paragraph, heading or cell without what is hidden in them. `markdown`: a watched one."""
    spans: list[Span] = []
    markdown.inline.parse(words, markdown, {**environment, _SPANS: spans}, [])
    shown, end = [], 0
    for start, stop, text in sorted(spans):
        if start >= end:
            shown += [words[end:start], text]
            end = stop
    return "".join([*shown, words[end:]])


def _html(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
    from markdown_it.rules_inline import html_inline  # noqa: PLC0415

    begin = state.pos
    found = html_inline(state, silent)
    if found and not silent:
        _spans(state).append((begin, state.pos, shown_tag(state.src[begin : state.pos])))
    return found


def _image(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Its words are read by a parser of its own, with places of their own: what that notes is dropped."""
    from markdown_it.rules_inline import image  # noqa: PLC0415

    begin, spans = state.pos, _spans(state)
    known = len(spans)
    found = image(state, silent)
    if found and not silent:
        spans[known:] = [(begin, state.pos, f"![]({state.tokens[-1].attrGet('src') or ''})")]
    return found


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    from markdown_it.rules_inline import link  # noqa: PLC0415

    begin, known = state.pos, len(state.tokens)
    found = link(state, silent)
    if not found or silent:
        return found
    opening = next(token for token in state.tokens[known:] if token.type == "link_open")
    end = state.md.helpers.parseLinkLabel(state, begin, True) + 1  # noqa: FBT003
    if opening.attrGet("title") is not None and state.src.startswith("(", end):
        _spans(state).append((end, state.pos, f"({opening.attrGet('href') or ''})"))
    return found


def _spans(state: StateInline) -> list[Span]:
    spans: list[Span] = state.env[_SPANS]
    return spans
