"""What is left for the next run when a person asks, and what is told of it."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from issue_intake.core.model import Session, Stage
from issue_intake.core.requests import Verb
from issue_intake.errors import UnavailableError, UsageError
from issue_intake.store.requests import pending
from issue_intake.wiring import asking
from issue_intake.wiring.completion import labels
from issue_intake.wiring.home import Installation, installation
from issue_intake.workers.local import LocalWorker
from tests.builders import reviewed, running, session

CONFIG = """
projects:
  - {repo: acme/webshop, intake: {labels: agent:queued}, agent: {command: ['true']}}
  - {repo: acme/api, enabled: false, intake: {labels: agent:queued}, agent: {command: ['true']}}
"""


def _home(root: Path, *sessions: Session) -> Installation:
    (root / "config.yaml").write_text(CONFIG)
    home = installation(root, None)
    memory = home.memory()
    for one in sessions:
        memory.keep(one)
    memory.save()
    return home


def _asked(home: Installation) -> list[tuple[Verb, str, int | None]]:
    return [(request.verb, request.key, request.pull) for request in pending(home.paths.requests).requests]


def test_a_request_names_who_asked(tmp_path: Path) -> None:
    home = _home(tmp_path, session(stage=Stage.BLOCKED))
    asking.retry(home, "webshop#1")
    (request,) = pending(home.paths.requests).requests
    assert request.by == pwd.getpwuid(os.getuid()).pw_name


def test_a_login_that_has_no_name_may_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _home(tmp_path, session(stage=Stage.BLOCKED))

    def unknown(_: int) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    asking.retry(home, "webshop#1")
    (request,) = pending(home.paths.requests).requests
    assert request.by == ""


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.BLOCKED, Stage.NEEDS_HUMAN, Stage.DONE, Stage.CANCELLED])
def test_whatever_is_not_in_work_can_be_asked_again(tmp_path: Path, stage: Stage) -> None:
    home = _home(tmp_path, session(stage=stage))
    assert asking.retry(home, "1").startswith(f"webshop#1 ({stage.value}) is asked again: the next run queues it")
    assert _asked(home) == [("retry", session().key, None)]


def test_a_session_in_review_goes_on_with_its_pull_request(tmp_path: Path) -> None:
    assert "for pull request #101" in asking.retry(_home(tmp_path, reviewed()), "1")


def test_what_is_in_work_is_asked_again_only_once_it_is_being_cancelled(tmp_path: Path) -> None:
    home = _home(tmp_path, running())
    with pytest.raises(UsageError, match="is in work"):
        asking.retry(home, "1")
    asking.cancel(home, "1")
    assert "after its worker has ended" in asking.retry(home, "1")
    assert [verb for verb, _, _ in _asked(home)] == ["cancel", "retry"]


def test_a_worker_that_cannot_be_told_is_left_to_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _home(tmp_path, running())

    def refuse(*_: object) -> None:
        raise UnavailableError("the disk is full")

    monkeypatch.setattr(LocalWorker, "stop", refuse)
    assert asking.cancel(home, "1") == "webshop#1: the next run stops its worker: the disk is full"
    assert len(_asked(home)) == 1


@pytest.mark.parametrize("stage", [Stage.DONE, Stage.REJECTED, Stage.CANCELLED])
def test_what_is_over_is_not_cancelled(tmp_path: Path, stage: Stage) -> None:
    home = _home(tmp_path, session(stage=stage))
    assert "nothing to cancel" in asking.cancel(home, "1")
    assert _asked(home) == []


@pytest.mark.parametrize(
    "words", ["webshop#7", "acme/webshop#7", "github:acme/webshop#7", "https://github.com/acme/webshop/issues/7"]
)
def test_an_issue_without_a_session_can_be_given_a_pull_request(tmp_path: Path, words: str) -> None:
    home = _home(tmp_path)
    assert "pull request #14" in asking.adopt(home, words, 14)
    assert _asked(home) == [("adopt", "github:acme/webshop#7", 14)]


def test_an_issue_with_a_session_is_asked_for_by_its_key(tmp_path: Path) -> None:
    former = session(7, key="github:acme/former#7", repository="acme/former")
    home = _home(tmp_path, former)
    asking.adopt(home, "acme/former#7", 14)
    assert _asked(home) == [("adopt", former.key, 14)]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("7", "say which: webshop#7, api#7"),
        ("api#7", "takes nothing on"),
        ("webshp#7", "did you mean webshop"),
        ("https://github.com/other/webshop/issues/7", "no issue of a project"),
    ],
)
def test_what_no_run_could_adopt_is_refused_at_once(tmp_path: Path, words: str, why: str) -> None:
    home = _home(tmp_path)
    with pytest.raises(UsageError, match=why):
        asking.adopt(home, words, 14)
    assert _asked(home) == []


def test_completion_offers_titles_as_one_harmless_line(tmp_path: Path) -> None:
    home = _home(tmp_path, session(2, title="A \x1b[31mcart\n" + "x" * 90), session(1), session(10))
    assert labels(home.paths.state) == [
        ("webshop#1", "Issue 1"),
        ("webshop#2", f"A cart {'x' * 52}…"),
        ("webshop#10", "Issue 10"),
    ]


_ENDLESS = '{"sessions": {"a": {"project": "webshop", "number": 1e999, "title": "A title"}}}'


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"sessions": []}', '{"sessions": {"a": {}}}', "[" * 9000, "\xff", _ENDLESS]
)
def test_completion_offers_nothing_where_there_is_no_memory(tmp_path: Path, text: str) -> None:
    state = tmp_path / "state.json"
    assert labels(state) == []
    state.write_bytes(text.encode("latin-1"))
    assert labels(state) == []


def test_a_key_of_a_renamed_session_still_means_it(tmp_path: Path) -> None:
    home = _home(tmp_path, replace(session(stage=Stage.BLOCKED), project="shop"))
    asking.retry(home, "shop#1")
    assert _asked(home) == [("retry", session().key, None)]
