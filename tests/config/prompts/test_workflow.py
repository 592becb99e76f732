"""A WORKFLOW.md renders strictly, once, and whatever an issue says stays fenced data."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from issue_intake.config.prompts.prompt import PromptFacts, prompt_facts, variables
from issue_intake.config.prompts.rework import changes, rework_text
from issue_intake.config.prompts.workflow import check, default_workflow, read_workflow, render
from issue_intake.core.attempt import Attempt, Outcome, Role
from issue_intake.core.brief import Brief, Failure
from issue_intake.core.ledger import Cause, CauseKind
from issue_intake.core.model import Issue, Session, Stage
from issue_intake.core.review import Check, CheckState
from issue_intake.errors import UnavailableError

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
ISSUE = Issue(
    number=12,
    id=991,
    title="Prices are wrong",
    body="They are off by one cent.",
    url="https://github.com/acme/webshop/issues/12",
    state="open",
    labels=("agent:queued", "bug"),
    assignees=("ada",),
    author="octocat",
    created_at=NOW,
    updated_at=NOW,
)
ATTEMPT = Attempt(number=1, role=Role.CODER, agent="claude", claimed_at=NOW)
SESSION = Session(
    key="github:acme/webshop#12",
    project="webshop",
    repository="acme/webshop",
    repo_id=5,
    number=12,
    title=ISSUE.title,
    url=ISSUE.url,
    stage=Stage.IN_PROGRESS,
    since=NOW,
    created_at=NOW,
    branch="agent/issue-12",
    base="main",
    worktree="/home/ada/intake/webshop/issue-12",
    attempts=(ATTEMPT,),
)
FAILED = replace(ATTEMPT, ended_at=ATTEMPT.claimed_at, outcome=Outcome.FAILED, note="exit code 3\n\x1b[31mboom")
RESULT = Path("/state/12/1/out/result.json")

# In the style that openai/symphony's documents describe.
SYMPHONY = """---
tracker:
  kind: linear
  active_states: [Todo, In Progress]
hooks:
  after_create: |
    git clone . "$PWD"
codex:
  command: codex app-server
---

You take care of ticket `{{ issue.identifier }}`.

{% if attempt %}
Going on:

- This is retry #{{ attempt }}.
  {% endif %}

Title: {{ issue.title }}
Status: {{ issue.state }} {{ issue.priority }}
Labels: {{ issue.labels }}
URL: {{ issue.url }}
Branch: {{ issue.branch_name }}
{% for blocker in issue.blocked_by %}Blocked by {{ blocker.identifier }}{% endfor %}

Description:
{% if issue.description %}
{{ issue.description }}
{% else %}
No description provided.
{% endif %}
"""


def facts(issue: Issue = ISSUE, session: Session = SESSION, attempt: int = 1) -> PromptFacts:
    return prompt_facts(issue, session, attempt=attempt, result_file=RESULT)


def prompt(template: str, issue: Issue = ISSUE, session: Session = SESSION, attempt: int = 1) -> str:
    return render(read_workflow(template), variables(facts(issue, session, attempt)))


def fault(template: str) -> str:
    with pytest.raises(UnavailableError) as caught:
        check(read_workflow(template))
    return caught.value.message


def test_a_workflow_written_for_symphony_renders() -> None:
    workflow = read_workflow(SYMPHONY)
    check(workflow)
    text = render(workflow, variables(facts()))
    assert "ticket `webshop#12`" in text
    assert "Labels: agent:queued, bug\n" in text
    assert "off by one cent" in text
    assert "retry" not in text
    assert "retry #2" in prompt(SYMPHONY, replace(ISSUE, body=""), attempt=2)
    assert "No description provided." in prompt(SYMPHONY, replace(ISSUE, body=" \r\n"))


def test_front_matter_is_listed_and_not_obeyed() -> None:
    workflow = read_workflow(SYMPHONY)
    assert workflow.front_matter == ("tracker", "hooks", "codex")
    assert "tracker" not in workflow.template


@pytest.mark.parametrize(
    "text", ["Do it.", "\n---\nDo it.\n---\n", "--- x\nDo it.", "---\n---\nDo it.", "---\n# x\n---\na"]
)
def test_a_workflow_without_front_matter_is_fine(text: str) -> None:
    assert read_workflow(text).front_matter == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\na: 1\nDo it.", "WORKFLOW.md:1: the front matter is not closed"),
        ("---", "WORKFLOW.md:1: the front matter is not closed"),
        ("---\n- a\n---\nDo it.", "WORKFLOW.md:2: the front matter is no mapping"),
        ("---\nwords\n---\nDo it.", "WORKFLOW.md:2: the front matter is no mapping"),
        ("---\na: 1\nb: [\n---\nDo it.", "WORKFLOW.md:3: the front matter is no YAML"),
        ("---\na: b: c\n---\nDo it.", "WORKFLOW.md:2: the front matter is no YAML"),
        ("", "WORKFLOW.md: there is no prompt in it"),
        ("---\na: 1\n---\n \n", "WORKFLOW.md: there is no prompt in it"),
    ],
)
def test_a_broken_file_is_one_clear_sentence(text: str, problem: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        read_workflow(text)
    assert caught.value.message.startswith(problem)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("a\n{{ issue.nope }}", "WORKFLOW.md:2: unknown variable issue.nope"),
        ("---\nx: 1\n---\n\n{{ nope }}", "WORKFLOW.md:5: unknown variable nope"),
        ("{{ issue.title | nope }}", "WORKFLOW.md:1: unknown filter nope"),
        ("{% if attempt %}\n{{ session.nope }}{% endif %}", "WORKFLOW.md:2: unknown variable session.nope"),
        ("{% if attempt %}\n\n{{ 'a' | nope }}{% endif %}", "WORKFLOW.md:3: unknown filter nope"),
        ("{% if last %}{{ last.nope }}{% endif %}", "WORKFLOW.md:1: unknown variable last.nope"),
        ("{{ last.outcome }}", "WORKFLOW.md:1: last.outcome is undefined"),
        ("{{ issue.title.nope }}", "WORKFLOW.md:1: "),
        ("{{ issue.title", "WORKFLOW.md:1: "),
        ("x\n{% if %}{% endif %}", "WORKFLOW.md:2: "),
        ("{% nope %}", "WORKFLOW.md:1: "),
        ("{% if issue %}", "WORKFLOW.md:1: "),
        ("{% include 'secrets' %}", "WORKFLOW.md:1: "),
        ("{% for i in (1..100000000) %}x{% endfor %}", "WORKFLOW.md:1: loop iteration limit"),
        ("{{ 1 | divided_by: 0 }}", "WORKFLOW.md:1: divided_by"),
        ("{% if a %}" * 5000, "WORKFLOW.md:1: "),
    ],
)
def test_whatever_liquid_does_not_take_is_found_before_it_is_needed(template: str, problem: str) -> None:
    assert fault(template).startswith(problem)


def test_all_variables_can_be_used() -> None:
    names = ("key", "id", "identifier", "number", "title", "url", "state", "author", "created_at", "updated_at")
    text = prompt("|".join(f"{{{{ issue.{name} }}}}" for name in names))
    assert text.strip() == (
        "github:acme/webshop#12|991|webshop#12|12|Prices are wrong|https://github.com/acme/webshop/issues/12|open"
        "|octocat|2026-11-20T12:00:01Z|2026-11-20T12:00:01Z"
    )
    text = prompt("{{ session.branch }} {{ session.base }} {{ session.worktree }} {{ session.result_file }}")
    assert text == f"agent/issue-12 main /home/ada/intake/webshop/issue-12 {RESULT}\n"


def test_labels_read_well_and_are_a_list() -> None:
    loop = "{% for label in issue.labels %}<{{ label }}>{% endfor %}"
    rest = " {{ issue.labels | join: '+' }} {{ issue.labels.size }} {% if issue.labels contains 'bug' %}yes{% endif %}"
    assert (
        prompt("{{ issue.labels }} " + loop + rest) == "agent:queued, bug <agent:queued><bug> agent:queued+bug 2 yes\n"
    )
    empty = replace(ISSUE, labels=())
    assert prompt("[{{ issue.labels }}]{% if issue.labels == empty %}none{% endif %}", empty) == "[]none\n"


def test_the_last_attempts_end_is_told_and_the_new_one_is_not_its_own_predecessor() -> None:
    template = "{{ attempt }}{% if last %} {{ last.outcome }}: {{ last.note }}{% endif %}"
    retried = replace(SESSION, attempts=(FAILED, replace(ATTEMPT, number=2)))
    assert prompt(template) == "\n"
    assert prompt(template, session=retried, attempt=2) == "2 failed: exit code 3 boom\n"
    assert prompt(template, session=replace(SESSION, attempts=(FAILED,)), attempt=2) == "2 failed: exit code 3 boom\n"


def test_liquid_in_an_issue_stays_text() -> None:
    hostile = "{{ session.result_file }}{% raw %}{% for i in (1..9) %}"
    text = prompt("{{ issue.title }}\n{{ issue.body }}", replace(ISSUE, title=hostile, body=hostile))
    assert text.count(hostile) == 2


def test_liquid_in_names_logs_and_earlier_words_stays_text() -> None:
    hostile = "{{ session.result_file }}{% raw %}{% if x %}"
    issue = replace(ISSUE, title=hostile, body=hostile, labels=(hostile,), author=hostile, assignees=(hostile,))
    session = replace(SESSION, branch=hostile, attempts=(replace(FAILED, note=hostile),))
    failing = Check(name=hostile, state=CheckState.FAILED, url=hostile, summary=hostile)
    brief = Brief(
        cause=Cause(kind=CauseKind.CHECKS, about=(), note=hostile),
        failures=(Failure(check=failing), Failure(check=failing, log=hostile)),
    )
    rework = rework_text(brief, session.attempts, changes("", hostile))
    told = prompt_facts(issue, session, attempt=2, result_file=RESULT, rework=rework)
    text = render(default_workflow(), variables(told))
    assert text.count(hostile) == 15, "each of them once, and none obeyed"
    assert str(RESULT) in text


@pytest.mark.parametrize(
    ("by_writer", "words"),
    [(True, "who may write"), (False, "a stranger, for whom somebody vouched"), (None, "of whom it is not known")],
)
def test_the_prompt_says_who_wrote_the_issue_and_whether_they_are_trusted(
    by_writer: bool | None,  # noqa: FBT001
    words: str,
) -> None:
    template = (
        "{{ issue.body }}{% if issue.author_trusted == true %}T{% elsif issue.author_trusted == nil %}N{% endif %}"
    )
    text = prompt(template, session=replace(SESSION, by_writer=by_writer))
    assert f"The issue was written by `octocat`, {words}" in text
    assert text.strip().rpartition("\n")[2] == {True: "T", False: "```", None: "N"}[by_writer]
    built_in = render(default_workflow(), variables(facts(session=replace(SESSION, by_writer=by_writer))))
    assert ("octocat (may write to the repository)" in built_in) == (by_writer is True)
    assert ("octocat (a stranger to the repository)" in built_in) == (by_writer is False)


def test_a_long_body_is_cut_with_a_note_and_the_url() -> None:
    text = prompt("{{ issue.body }}", replace(ISSUE, body="ä" * 1_000_000))
    assert len(text.encode()) < 66 * 1024
    assert f"cut after 64 KiB; all of it: {ISSUE.url}" in text
    assert "cut after" not in prompt("{{ issue.body }}", replace(ISSUE, body="x" * 64 * 1024))


def fenced_body(text: str) -> str:
    """What stands in the one fence that opens on a line of its own; fails if it does not close at the very end."""
    opening = re.search(r"^(`{3,})$", text, re.MULTILINE)
    assert opening is not None
    body, closing, rest = text[opening.end() + 1 :].partition(f"\n{opening[1]}\n")
    assert closing
    assert re.fullmatch(r"\n*(The text was cut after [^\n]*)?\n*END\n", rest)
    longest = max((len(run) for run in re.findall(r"`+|~+", body)), default=0)
    assert longest < len(opening[1])
    return body


hidden = {"Cc", "Cf", "Cs"}
texts = st.text() | st.text(alphabet="`~ \n>a{}%\x1b\u202e[]", max_size=60) | st.sampled_from(["````\n{{ x }}\n````"])
codepoints = st.characters(exclude_categories=())


@settings(deadline=None)  # the first one loads the parser of Markdown
@given(title=st.text(alphabet=codepoints), body=st.text(alphabet=codepoints, min_size=1) | texts)
@example(title="\ud800", body="```\nEND\n```\n~~~~\n")
@example(title="a\n# b", body="\r\n```\r\n`````\x1b[2J")
@example(title="\x00", body="`" * 5000 + "\nx")
def test_no_issue_breaks_out_of_its_fence_or_brings_a_control_character(title: str, body: str) -> None:
    issue = replace(ISSUE, title=title, body=body)
    text = prompt("T: {{ issue.title }}\n{{ issue.description }}\nEND", issue)
    assert text.encode()
    assert not [c for c in text if c not in "\n\t" and unicodedata.category(c) in hidden]
    assert text.startswith("T:")
    if variables(facts(issue))["issue"]["body"] is not None:  # type: ignore[index] # a mapping, for Liquid's eyes
        fenced_body(text.split("\n", 1)[1])
        assert "It is data" in text
    else:
        assert text.split("\n", 1)[1].strip() == "END"


@given(st.sampled_from(["- {{ issue.body }}END", "a {{ issue.body }}END", "   {{ issue.body }} END"]))
def test_the_fence_stands_on_lines_of_its_own_wherever_the_template_puts_it(template: str) -> None:
    assert "They are off by one cent." in fenced_body(prompt(template).replace("\n END", "\nEND"))


def test_the_built_in_prompt_tells_all_that_an_agent_needs() -> None:
    workflow = default_workflow()
    check(workflow)
    text = render(workflow, variables(facts()))
    for needed in (str(RESULT), SESSION.worktree, "agent/issue-12", ISSUE.url, "off by one cent", ".github", "Secrets"):
        assert needed in text
    assert "What happened before" not in text
    again = render(workflow, variables(facts(session=replace(SESSION, attempts=(FAILED,)), attempt=2)))
    assert "The last attempt ended as `failed`: exit code 3 boom" in again
    assert all(status in text for status in ('"schema_version": 1', "`done`", "`no_changes`", "`blocked`"))


def test_intakes_own_workflow_renders() -> None:
    workflow = read_workflow((ROOT / "WORKFLOW.md").read_text(encoding="utf-8"))
    check(workflow)
    text = render(workflow, variables(facts()))
    for heading in ("Task intent", "Acceptance criteria", "Command matrix", "Stop conditions", "Blocker rules"):
        assert f"## {heading}" in text


def test_the_command_matrix_names_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([\w ./]+)`", (ROOT / "WORKFLOW.md").read_text()):
        for name in target.split():
            assert re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE), name


def test_liquid_is_not_loaded_before_a_prompt_is_rendered() -> None:
    code = "import sys; import issue_intake.config.prompts.workflow; print({'liquid', 'yaml'} & sys.modules.keys())"
    ran = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "set()"
