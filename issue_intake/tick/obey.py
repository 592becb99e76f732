"""Obey: what people asked since the last tick, each request once, whatever ends the tick in between."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from issue_intake.core.requests import Request
from issue_intake.errors import IntakeError
from issue_intake.store import requests
from issue_intake.tick.journal import Journal
from issue_intake.tick.setting import Setting


def obey(setting: Setting, journal: Journal) -> None:
    """Carry out what is asked. Effects and ids are saved together, and only then the requests are removed.

    So one that is met again after a crash is known by its id, and removed without being carried out a second time.
    """
    if setting.requests is None:
        return
    asked = requests.pending(setting.requests)
    _tell(journal, asked)
    known = set(journal.memory.state.obeyed)
    done = [request for request in asked.requests if request.id in known]
    done += _carry_out(setting, journal, (request for request in asked.requests if request.id not in known))
    journal.memory.keep_obeyed(_ids(done))
    if done:
        journal.memory.save()
        journal.memory.keep_obeyed(_ids(_left(setting.requests, journal, done)))


def foresee(setting: Setting, journal: Journal) -> None:
    """As `obey`, for a dry run: in the journal's memory alone."""
    if setting.requests is None:
        return
    asked = requests.pending(setting.requests)
    _tell(journal, asked)
    known = set(journal.memory.state.obeyed)
    _carry_out(setting, journal, (request for request in asked.requests if request.id not in known))


def _tell(journal: Journal, asked: requests.Pending) -> None:
    for fault in asked.faults:
        journal.problem("requests", fault)


def _carry_out(setting: Setting, journal: Journal, asked: Iterable[Request]) -> list[Request]:
    """What was answered, in order. What has to wait stays asked, unless a later cancel makes it moot."""
    done: list[Request] = []
    waiting: dict[str, list[Request]] = {}
    for request in asked:
        from issue_intake.tick.answer import answer  # noqa: PLC0415 - most runs are asked nothing

        if request.verb == "cancel":
            done += waiting.pop(request.key, [])
        if answer(setting, journal, request):
            done.append(request)
        else:
            waiting.setdefault(request.key, []).append(request)
    return done


def _left(folder: Path, journal: Journal, done: Iterable[Request]) -> list[Request]:
    """Those that could not be removed: their ids must not be forgotten."""
    left = []
    for request in done:
        try:
            requests.done(folder, request)
        except IntakeError as error:
            journal.problem("requests", str(error))
            left.append(request)
    return left


def _ids(done: Iterable[Request]) -> tuple[str, ...]:
    return tuple(sorted(request.id for request in done))
