"""The net under the tests holds."""

import socket
from pathlib import Path

import pytest

from tests.conftest import _REAL_HOME, RealWorldError


def test_reading_the_real_git_configuration_raises() -> None:
    with pytest.raises(RealWorldError):
        (_REAL_HOME / ".gitconfig").read_text()


def test_reaching_the_network_raises() -> None:
    with socket.socket() as connection, pytest.raises(RealWorldError):
        connection.connect(("192.0.2.1", 80))


def test_home_is_the_tests_own(home: Path) -> None:
    assert Path.home() == home != _REAL_HOME
