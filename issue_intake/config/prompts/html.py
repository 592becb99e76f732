"""HTML in Markdown as its page shows it: tags without what they carry unseen, comments gone."""

from __future__ import annotations

import re

LEFT_OUT = "[left out: the page does not show it]"
_COLLAPSED = "[collapsed on the page:]"
_COLLAPSED_END = "[end of what is collapsed]"

_BEGINS = re.compile(r"<(?=[A-Za-z/!?])")
# Tags on whose end every reader of HTML agrees: a quotation mark stands where a value begins and where it ends.
_TAG = re.compile(
    r"""</?[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*/?>"""
    r"""|<[A-Za-z/][^<>"'`]*>"""
)
_UNSEEN = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_ATTRIBUTE = re.compile(r"""\s+([A-Za-z_:][\w.:-]*)(?:\s*=\s*([^\s"'=<>`]+|'[^']*'|"[^"]*"))?""")
_ADDRESSES = frozenset({"href", "src"})
# What GitHub lets through; of any other tag its page shows nothing.
_ON_PAGES = """
a abbr b bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i
img ins kbd li mark ol p picture pre q rp rt ruby s samp small source span strike strong sub summary sup table tbody td
tfoot th thead time tr tt u ul var video wbr
"""
_KNOWN = frozenset(_ON_PAGES.split())


class UnclosedError(ValueError):
    """Something begins that may hide whatever comes after it."""


def shown_html(text: str) -> str:
    """`text`, read as HTML alone. Raises UnclosedError where it does not say plainly what it hides."""
    shown, end = [], 0
    while found := _BEGINS.search(text, end):
        stop = _end(text, found.start())
        shown += [text[end : found.start()], shown_tag(text[found.start() : stop])]
        end = stop
    return "".join([*shown, text[end:]])


def shown_tag(tag: str) -> str:
    """What is told of a tag, a comment, or the like."""
    named = _NAME.match(tag)
    if named is None:
        return LEFT_OUT
    name = named[1].lower()
    if name == "details":
        return _COLLAPSED_END if tag.startswith("</") else _COLLAPSED
    if name not in _KNOWN:
        # Most are type parameters: code that stands where Markdown does not take it for such.
        return f"[not shown: {named[0][:30]}>]"
    return f"{named[0]}{_addresses(tag, named.end())}>"


def _addresses(tag: str, begin: int) -> str:
    found = {}
    while attribute := _ATTRIBUTE.match(tag, begin):
        begin = attribute.end()
        value = (attribute[2] or "").strip("\"'")
        if attribute[1].lower() in _ADDRESSES and value and not re.search(r"\s", value):
            found[attribute[1].lower()] = value
    return "".join(f' {name}="{value}"' for name, value in found.items())


def _end(text: str, begin: int) -> int:
    for opening, closing in _UNSEEN:
        if text.startswith(opening, begin):
            at = text.find(closing, begin + len(opening))
            if at < 0:
                raise UnclosedError(opening)
            return at + len(closing)
    found = _TAG.match(text, begin)
    if found is None:
        raise UnclosedError(text[begin : begin + 20])
    return found.end()
