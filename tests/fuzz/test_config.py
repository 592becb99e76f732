"""Whatever the file holds, it is a configuration within its bounds or a sentence; nothing else ever comes out."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from issue_intake.config import yamlsyntax
from issue_intake.config.faults import ConfigError
from issue_intake.config.load import load
from issue_intake.config.model import Config
from issue_intake.config.schema import ConfigFile, ProjectEntry
from issue_intake.errors import UsageError
from tests.config.loading import no_origin
from tests.fuzz.damage import cases, files

_KEYS = st.sampled_from(
    sorted(
        {*ConfigFile.model_fields, *ProjectEntry.model_fields}
        | {"labels", "assignee", "preset", "command", "env", "pass_env", "running", "timeout", "hooks", "mode", "oops"}
        | {"run", "name", "required", "protected", "unverified", "ci_fixes", "rounds", "method"}
    )
)
_WORDS = st.sampled_from(
    [
        "a/b",
        "https://x.org/a/b",
        "git@x:a/b",
        "~/x",
        "claude",
        "off",
        "3",
        "0",
        "-1",
        "5m",
        "1GiB",
        "*",
        "none",
        "{x}",
        "auto",
        "!x",
        "make test",
        "",
    ]
) | st.text(max_size=12)
_VALUES = st.recursive(
    _WORDS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)
_PROJECTS = st.fixed_dictionaries({"repo": _WORDS, "agent": st.just("claude") | _VALUES}).flatmap(
    lambda entry: st.dictionaries(_KEYS, _VALUES, max_size=4).map(lambda more: {**more, **entry})
)
_FILES = st.dictionaries(_KEYS, _VALUES, max_size=3).flatmap(
    lambda file: st.lists(_PROJECTS, max_size=3).map(lambda projects: {**file, "projects": projects})
)
_SIGNS = st.text(st.sampled_from("ab:-?,[]{}#&*!|>'\"%@` \n\t~<\\0.\x85\u2028é"), max_size=60)


_EXAMPLES = Path(__file__).parents[2] / "examples" / "configs"
# Everything that can be said, as far as the examples say it, every word in the form it has in them.
_VALID = [yaml.load(path.read_text(), Loader=yaml.BaseLoader) for path in sorted(_EXAMPLES.glob("*.yaml"))]


def _load(data: bytes) -> Config | str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_bytes(data)
        try:
            return load(path, environ={"HOME": "/home/octo"}, origin_url=no_origin)
        except UsageError as caught:
            error = caught
    # A file that is there is told of by its own name and line, as is an env file that it names.
    assert isinstance(error, ConfigError)
    assert error.message.startswith(f"{path}:" if "can be read by others" not in error.message else f"{folder}/")
    return str(error)


def _assert_config_or_sentence(data: bytes) -> None:
    found = _load(data)
    if isinstance(found, str):
        assert found
        assert not any(ord(sign) < 32 and sign != "\n" for sign in found)
        return
    _assert_bounded(found)


def _assert_bounded(config: Config) -> None:
    assert config.projects or config.unresolved
    assert min(config.limits.running, config.limits.starts_per_day) >= 1
    names = [project.name for project in config.projects] + [project.name for project in config.unresolved]
    assert len(set(names)) == len(names)
    assert len({project.repository.path for project in config.projects}) == len(config.projects)
    for project in config.projects:
        limits = project.limits
        assert min(limits.running, limits.open_pulls, limits.attempts) >= 1
        assert min(limits.timeout, limits.stall, project.backoff, project.workspace.hooks.timeout) > 0
        assert project.rule is None or project.rule.labels or project.rule.assignee
        assert min(project.review.ci_fixes, project.review.rounds, project.review.verify_fixes) >= 0
        assert all(verify.argv and verify.argv[0].strip() and verify.timeout > 0 for verify in project.verify)
        assert len({verify.name for verify in project.verify}) == len(project.verify)
        assert (project.agent.preset is None) != (project.agent.command is None)


@cases(40)
@given(st.binary(max_size=60))
@example(b"\xff\xfea\x00")
@example(b"a: \xef\xbb\xbf")
def test_any_bytes_are_a_configuration_or_a_sentence(data: bytes) -> None:
    _assert_config_or_sentence(data)


@cases(60)
@given(_SIGNS)
@example("a: *\nb: @\n*c : d")
@example("&a [*a, &a *a]")
@example("? ? ? a")
@example("a: !<x> &b\n- *b")
@example('a: "\\ud800 \\U0010ffff"')
@example("@" * 200)
@example("[" + "@," * 60)
def test_any_text_is_a_configuration_or_a_sentence(text: str) -> None:
    _assert_config_or_sentence(f"projects:\n- repo: a/b\n  {text}".encode())
    _assert_config_or_sentence(text.encode())


@pytest.mark.parametrize("text", ['a: "\\U00110000"', 'a: "\\Uffffffff"', 'a: "\\udfff"', "a: *x\x85b: @"])
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yamlsyntax._LOADER])
def test_neither_parser_lets_anything_else_through(
    monkeypatch: pytest.MonkeyPatch, loader: type[yaml.SafeLoader], text: str
) -> None:
    monkeypatch.setattr(yamlsyntax, "_LOADER", loader)
    _assert_config_or_sentence(text.encode())


@cases(40)
@given(_FILES)
def test_any_structure_is_a_configuration_within_its_bounds_or_a_sentence(file: object) -> None:
    _assert_config_or_sentence(json.dumps(file).encode())


@cases(100)
@given(st.sampled_from(_VALID).flatmap(files))
def test_a_damaged_configuration_is_one_within_its_bounds_or_a_sentence(data: bytes) -> None:
    _assert_config_or_sentence(data)


@cases(40)
@given(
    st.lists(
        st.tuples(_KEYS, st.sampled_from(["3", "5m", "off", "{}", "a/b", "[x]"])), max_size=4, unique_by=lambda x: x[0]
    )
)
def test_every_fault_names_a_line_of_the_file(keys: list[tuple[str, str]]) -> None:
    text = "projects:\n- agent: claude\n" + "".join(f"  {key}: {value}\n" for key, value in keys)
    found = _load(text.encode())
    if isinstance(found, str):
        lines = [int(line.partition("config.yaml:")[2].partition(":")[0]) for line in found.splitlines()]
        assert all(1 <= line <= text.count("\n") for line in lines)
        assert lines == sorted(lines)
