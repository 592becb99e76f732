"""The env file: closed to everybody else, read as a shell would, its values never shown."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.config.envfile import parse_env
from issue_intake.config.faults import ConfigError, Faults
from issue_intake.config.load import SMALLEST
from tests.config.loading import faults_of, load_text

NAMED = f"env_file: keys\n{SMALLEST}"
SECRET = "hush-hush"


def _write(folder: Path, text: str | bytes, mode: int = 0o600, name: str = "keys") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def _parse(text: str) -> Mapping[str, str]:
    faults = Faults(Path("config.yaml"))
    variables = parse_env(text, Path("env"), faults)
    faults.raise_any()
    return variables


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("  A=b  ", "b"),
        ("A=", ""),
        ("A=''", ""),
        ("A='b c # d'", "b c # d"),
        ('A="b c"', "b c"),
        ('A="say \\"hi\\" for \\$1"', 'say "hi" for $1'),
        ("A=b#c", "b#c"),
        ("A=b # why", "b"),
        ("A=b'c'\"d\"", "bcd"),
        ("A=b\\ c", "b c"),
        ("A='$HOME'", "$HOME"),
        ("A=a=b", "a=b"),
        ("A=5$", "5$"),
        ("A=/usr/bin:/bin\r", "/usr/bin:/bin"),
    ],
)
def test_a_line_is_read_as_a_shell_reads_it(line: str, value: str) -> None:
    assert _parse(f"# a comment\n\n{line}\n") == {"A": value}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("hush-hush", "is not NAME=value (write NAME=value, with quotes around a value that has spaces or signs)"),
        ("1A=hush-hush", "is not NAME=value (write NAME=value, with quotes around a value that has spaces or signs)"),
        ("A = hush-hush", "is not NAME=value (write NAME=value, with quotes around a value that has spaces or signs)"),
        ("A=b hush-hush", "has more than one word after A= (put quotes around a value with spaces)"),
        ("A='hush-hush", "leaves a quote open in A (close the quote on the same line)"),
        ('A="hush-hush', "leaves a quote open in A (close the quote on the same line)"),
        ("A=$HOME/hush-hush", "uses a variable in A, and none is replaced here (write it out, or use single quotes)"),
        ('A="${B}hush-hush"', "uses a variable in A, and none is replaced here (write it out, or use single quotes)"),
        ("B=hush-hush", "sets B a second time (keep one of them)"),
    ],
)
def test_a_fault_names_its_line_and_never_the_value(tmp_path: Path, line: str, problem: str) -> None:
    path = _write(tmp_path, f"B=1\n{line}\n")
    assert faults_of(tmp_path, NAMED) == [f"{path}:2: {problem}"]


def test_the_faults_of_both_files_come_at_once(tmp_path: Path) -> None:
    path = _write(tmp_path, "one\nA=two words\n")
    found = faults_of(tmp_path, f"version: 2\n{NAMED}")
    assert [line.partition(": ")[0] for line in found] == [":1", f"{path}:1", f"{path}:2"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o700 | 0o010])
def test_a_file_others_can_reach_is_refused_with_its_cure(tmp_path: Path, mode: int) -> None:
    path = _write(tmp_path, f"A={SECRET}\n", mode)
    assert faults_of(tmp_path, NAMED) == [f"{path}: can be read by others (mode {mode:04o}) (chmod 600 {path})"]


def test_the_file_found_without_being_named_is_held_to_the_same(tmp_path: Path) -> None:
    path = _write(tmp_path, f"A={SECRET}\n", 0o644, name="env")
    assert faults_of(tmp_path, SMALLEST) == [f"{path}: can be read by others (mode 0644) (chmod 600 {path})"]


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_read(tmp_path: Path, mode: int) -> None:
    _write(tmp_path, f"A={SECRET}\n", mode)
    assert load_text(tmp_path, NAMED).env == {"A": SECRET}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, f"A={SECRET}\n")
    os.chown(path, 12345, -1)
    assert faults_of(tmp_path, NAMED) == [f"{path}: belongs to another user (chown it: chown $USER {path})"]


def test_a_named_file_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path, NAMED) == [
        f":1: env_file: there is no file {tmp_path}/keys (make it, mode 0600, or remove the key)"
    ]


def test_a_folder_and_a_pipe_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    assert "cannot be read: Is a directory" in faults_of(tmp_path, NAMED)[0]
    (tmp_path / "keys").rmdir()
    os.mkfifo(tmp_path / "keys", 0o600)
    assert faults_of(tmp_path, NAMED) == [f"{tmp_path}/keys: is not a file (put NAME=value lines in a file there)"]


@pytest.mark.parametrize("data", [b"A=\xff\n", b"A=a\0b\n", b"#" * 70_000])
def test_what_is_no_text_is_refused_whole(tmp_path: Path, data: bytes) -> None:
    _write(tmp_path, data)
    assert len(faults_of(tmp_path, NAMED)) == 1


_WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0'\r\n"), max_size=20)


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), _WORD, max_size=5))
def test_any_values_in_single_quotes_come_back_as_they_were(variables: dict[str, str]) -> None:
    assert _parse("".join(f"{name}='{value}'\n" for name, value in variables.items())) == variables


@given(st.text(st.sampled_from("ab '\"\\$#=\n{"), max_size=30))
def test_any_text_is_variables_or_faults(text: str) -> None:
    with suppress(ConfigError):
        assert all("=" in text for _ in _parse(text))


def test_what_is_accepted_means_the_same_to_a_shell(tmp_path: Path) -> None:
    lines = ["A='b c'", 'B="x \\" \\$ \\\\ y"', "C=a#b", "D=a'b'c", "E=a\\ b", "export F=1 # six", 'G="a\\nb"']
    path = tmp_path / "env"
    path.write_text("\n".join(lines) + "\n")
    script = f". {path}; for n in A B C D E F G; do eval printf '%s\\\\0' \\\"\\$$n\\\"; done"
    out = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout.decode()
    assert list(_parse(path.read_text()).values()) == out.split("\0")[:-1]
