"""Commands that judge the work: a line for sh or a list, each with a name of its own, some from the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from issue_intake.config.prompts.workflow import read_workflow
from issue_intake.config.repo_verify import verify_in
from issue_intake.config.verify import NAME_LIMIT, Verify, joined
from issue_intake.errors import UnavailableError
from tests.config.loading import one_project

FRONT = (
    "---\ntracker: {kind: linear}\nverify:\n- make lint\n- {name: unit, run: [make, unit], timeout: 5m}\n---\nDo it.\n"
)


def _verify(folder: Path, text: str) -> tuple[Verify, ...]:
    return one_project(folder, f"verify: {text}").verify


def test_a_variable_in_a_header_or_a_url_is_no_secret(tmp_path: Path) -> None:
    line = "curl -H 'Authorization: Bearer $CI_TOKEN' https://ci:$CI_PASSWORD@ci.example.org"
    assert _verify(tmp_path, f'["{line}"]')[0].argv[-1] == line


def test_a_text_is_a_line_for_sh_and_a_list_is_what_is_started(tmp_path: Path) -> None:
    line, argv = _verify(tmp_path, '[make lint && make test, [make, "unit tests"]]')
    assert (line.argv, argv.argv) == (("sh", "-c", "make lint && make test"), ("make", "unit tests"))
    assert (line.name, argv.name) == ("make lint && make test", "make unit tests")
    assert {(verify.timeout, verify.required) for verify in (line, argv)} == {(600.0, True)}


def test_one_line_alone_is_one_command(tmp_path: Path) -> None:
    assert [verify.argv for verify in _verify(tmp_path, "make test")] == [("sh", "-c", "make test")]
    assert [verify.argv for verify in _verify(tmp_path, "true")] == [("sh", "-c", "true")]


def test_a_mapping_says_more(tmp_path: Path) -> None:
    (verify,) = _verify(tmp_path, "[{name: unit, run: make unit, timeout: 20m, required: false}]")
    assert verify == Verify(name="unit", argv=("sh", "-c", "make unit"), timeout=1200.0, required=False)


def test_several_lines_are_one_script(tmp_path: Path) -> None:
    (verify,) = one_project(tmp_path, "verify:\n- run: |\n    set -e\n    make").verify
    assert (verify.name, verify.argv[2]) == ("set -e make", "set -e\nmake\n")


def test_a_program_in_the_home_is_found_there_and_a_line_is_left_to_sh(tmp_path: Path) -> None:
    program, line = _verify(tmp_path, "[[~/bin/check, ~/x], ~/bin/check ~/x]")
    assert program.argv == ("/home/octo/bin/check", "~/x")
    assert line.argv[2] == "~/bin/check ~/x"


def test_a_name_that_was_given_is_kept_and_one_that_was_made_gives_way(tmp_path: Path) -> None:
    found = _verify(tmp_path, "[make, make, {name: make, run: x}, {name: make (2), run: y}]")
    assert [verify.name for verify in found] == ["make (3)", "make (4)", "make", "make (2)"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=90), st.booleans()), max_size=6))
def test_names_always_differ_and_are_one_short_line(commands: list[tuple[str, bool]]) -> None:
    verifies = [Verify(name=text, argv=(text,), timeout=1.0, required=required) for text, required in commands]
    names = [verify.name for verify in joined((), tuple(verifies))]
    assert len(set(names)) == len(names) == len(commands)


def test_the_repository_may_add_commands_of_its_own() -> None:
    lint, unit = verify_in(FRONT)
    assert (lint.argv, lint.timeout, lint.required) == (("sh", "-c", "make lint"), 600.0, True)
    assert unit == Verify(name="unit", argv=("make", "unit"), timeout=300.0, required=True)


@pytest.mark.parametrize("text", ["Do it.", "---\n---\nDo it.", "---\nverify: []\n---\n", "---\nhooks: {}\n---\n"])
def test_a_repository_without_commands_adds_none(text: str) -> None:
    assert verify_in(text) == ()


def test_the_configurations_own_commands_come_first_and_run_once(tmp_path: Path) -> None:
    own = _verify(tmp_path, "[{run: make lint, timeout: 1m, required: false}, {name: unit, run: make u}]")
    found = joined(own, verify_in(FRONT))
    assert [(verify.name, verify.timeout) for verify in found] == [
        ("make lint", 60.0),
        ("unit", 600.0),
        ("unit (2)", 300.0),
    ]


def test_what_else_is_in_the_front_matter_is_nobodys_business() -> None:
    assert (
        len(
            verify_in(
                "---\nhooks:\nagent: ~\nverify_all: ~\nport: 010\nport: 2\nverify: make\nx: !!set {a}\n---\nDo it."
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("verify: {run: x}", "WORKFLOW.md on main:2: verify: must be a list"),
        ("a: 1\nverify:\n- x\n- {rum: x}", "WORKFLOW.md on main:5: verify[1].run: is missing; 1 more"),
        (
            "a: 1\nverify:\n- x\n- run: x\n  requird: false",
            "WORKFLOW.md on main:6: verify[1].requird: is not a known key",
        ),
        ("verify:", "WORKFLOW.md on main:2: verify: has no value"),
        ("verify: x\nverify: y", "WORKFLOW.md on main:3: verify: is written twice, first on line 2"),
        (
            "verify: [{run: x, timeout: 5}]",
            'WORKFLOW.md on main:2: verify[0].timeout: must be a time with its unit, not "5"',
        ),
        ("<<: {verify: x}", "WORKFLOW.md on main:2: merges with <<"),
        ("a: [x", "WORKFLOW.md on main:2: opens a [ or {"),
        ("a: 1", "WORKFLOW.md on main:1: the front matter is not closed"),
    ],
)
def test_a_fault_of_the_repositorys_commands_is_one_sentence_with_its_place(front: str, message: str) -> None:
    end = "" if "not closed" in message else "\n---\n"
    with pytest.raises(UnavailableError) as caught:
        verify_in(f"---\n{front}{end}\nDo it.", "WORKFLOW.md on main")
    assert caught.value.message.startswith(message)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def _commands_or_message(text: str) -> tuple[tuple[Verify, ...], str]:
    try:
        return verify_in(text), ""
    except UnavailableError as error:
        return (), error.message


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("verify:un-[]{},&*!|>'\"@ \n\t~#019"), max_size=60))
@example("\n- x\n- [x, '']")
def test_any_front_matter_gives_commands_or_one_sentence(text: str) -> None:
    for front in (text, f"verify: {text}", f"verify:\n- {text}"):
        found, message = _commands_or_message(f"---\n{front}\n---\nDo it.")
        assert bool(message) == message.startswith("WORKFLOW.md:")
        assert "\n" not in message
        assert all(verify.argv and verify.argv[0].strip() and verify.timeout > 0 for verify in found)
        assert all(0 < len(verify.name) <= NAME_LIMIT + 5 for verify in found)
        assert len({verify.name for verify in found}) == len(found)


def test_intakes_own_workflow_can_be_asked() -> None:
    text = (Path(__file__).parents[2] / "WORKFLOW.md").read_text(encoding="utf-8")
    assert bool(verify_in(text)) == ("verify" in read_workflow(text).front_matter)
