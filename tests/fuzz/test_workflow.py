"""Whatever is in a WORKFLOW.md: it renders for every attempt, or one sentence says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from issue_intake.config.prompts.workflow import check, read_workflow
from issue_intake.config.repo_verify import verify_in
from issue_intake.errors import UnavailableError, UsageError
from tests.fuzz.damage import WRONG, cases, is_plain

_ROOT = Path(__file__).parents[2]
_WHOLE = (
    (_ROOT / "WORKFLOW.md").read_text(encoding="utf-8"),
    (_ROOT / "issue_intake" / "config" / "prompts" / "default_workflow.md").read_text(encoding="utf-8"),
    "---\nverify:\n- run: make test\n  name: unit\n  required: false\n---\n{% if attempt %}{{ attempt }}{% endif %}\n",
    "{% for label in issue.labels %}{{ label | upcase }}{% endfor %}{{ issue.title | truncate: 10 | default: 'x' }}\n",
)
_PIECES = (
    "{{ issue.title }}", "{{ issue['title'] }}", "{{ issue.labels[0] }}", "{{ nobody }}", "{{ issue.title.size.size }}",
    "{{ issue.body | nonsense }}", "{{ 1 | divided_by: 0 }}", "{{ 'x' | times: issue }}", "{{ issue | sort: 'a' }}",
    "{{ issue.labels | map: 'a' | where: 1, 2 }}", "{{ 1e400 | round: 5 }}", "{{ 'now' | date: '%' }}",
    "{{ 99999999999999999999 | date: '%Y' }}", "{{ 'x' | slice: -9, 1e9 }}", "{{ issue.created_at | date: issue }}",
    "{% for x in (1..999999999) %}x{% endfor %}", "{% assign x = issue %}{{ x }}", "{% include 'x' %}",
    "{% capture a %}", "{% endcapture %}", "{% if %}", "{% endif %}", "{% case issue %}", "{% when 1 %}",
    "{% endcase %}", "{% render 5 %}", "{% raw %}", "{% endraw %}", "{% comment %}", "{% cycle 1 %}",
    "{% tablerow x in issue %}", "{% increment x %}",
    "{% liquid\necho 1\n%}", "{%", "%}", "{{", "}}", "{{-", "---\n", "---", "a: [\n", "verify: {}\n", "\ufeff", "\x00",
)  # fmt: skip
_TOKENS = (
    "{{ ", " }}", "{% ", " %}", "issue.title", "issue.labels", "issue.id", "attempt", " | ", "'x'", "1e400", "-7", "..",
    "date: '%Q'", "slice: 'a'", "times: ", "divided_by: 0", "join: 1", "sort", "map: 'a'", "truncate: nil", "size", "[",
    "for i in ", "endfor", "if ", "endif", "assign x = ", "case ", "when ", "endcase", "raw", "]", "\n",
)  # fmt: skip
_BITS = st.sampled_from(_PIECES) | st.sampled_from([str(wrong) for wrong in WRONG]) | st.text(max_size=4)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    """A whole one with pieces put in its place, or pieces alone."""
    text = draw(st.sampled_from(("", *_WHOLE)))
    for bit in draw(st.lists(_BITS, min_size=1, max_size=4)):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(begin + 30, len(text))))
        text = text[:begin] + bit + text[end:]
    return text


def _told(text: str) -> str:
    """What is wrong with it, "" where nothing is."""
    try:
        verify_in(text)
        check(read_workflow(text))
    except (UnavailableError, UsageError) as error:
        return error.message
    return ""


@cases(100)
@given(_texts() | st.lists(st.sampled_from(_TOKENS) | st.text(max_size=5), min_size=1, max_size=15).map("".join))
@example("{{ 'x' | times: issue }}")
def test_a_template_renders_or_is_refused_in_sentences(text: str) -> None:
    assert is_plain(_told(text))
