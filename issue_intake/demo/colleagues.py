"""CI and a reviewer in the demonstration: each does its next thing as soon as it can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from issue_intake.demo.hosted import Hosted, PullFacts
from issue_intake.demo.standin import StandIn

CHECK, REVIEWER = "test", "ann"
_PAUSE = timedelta(minutes=2)  # longer than intake waits for a reviewer to finish
_LOG = "FAILED test_webshop.py::test_readme_names_every_country - AssertionError: 3 != 4"
_FINDINGS = [("README.md", 8, "Please say what it costs, too."), ("README.md", 10, "Once is enough here.")]


class Colleagues:
    """The first of the pull requests has a hard life: a check fails on it, and then the reviewer wants two things."""

    def __init__(self, standin: StandIn, repository: Hosted, hard: int) -> None:
        """`hard`: the issue whose pull request it is."""
        self._standin = standin
        self._repository = repository
        self._hard = f"agent/issue-{hard}"
        self._heads: set[str] = set()
        self._rounds = 0
        repository.set_permission(REVIEWER, "write")

    def act(self) -> Iterator[str]:
        """Look at every head that is new; a line for each thing that is done."""
        for pull in self._repository.pulls():
            if pull.state == "open" and pull.head_sha not in self._heads:
                self._heads.add(pull.head_sha)
                yield from self._look_at(pull)

    def _look_at(self, pull: PullFacts) -> Iterator[str]:
        hard = pull.branch == self._hard
        self._rounds += hard
        if hard and self._rounds == 1:
            self._repository.add_check(pull.head_sha, CHECK, "failure", log=_LOG)
            yield f'CI: "{CHECK}" failed on pull request #{pull.number}'
            return
        self._repository.add_check(pull.head_sha, CHECK, "success")
        yield f'CI: "{CHECK}" passed on pull request #{pull.number}'
        if hard and self._rounds == 2:
            with self._earlier():
                self._repository.review(pull.number, REVIEWER, "CHANGES_REQUESTED", comments=_FINDINGS)
            yield f"{REVIEWER} asks for two changes on pull request #{pull.number}"
            return
        self._repository.review(pull.number, REVIEWER, "APPROVED")
        yield f"{REVIEWER} approves pull request #{pull.number}"

    @contextmanager
    def _earlier(self) -> Iterator[None]:
        """What is said now was said a while ago: nobody wants to watch intake wait for a reviewer to finish."""
        world = self._standin.world
        clock = world.clock
        world.clock = lambda: clock() - _PAUSE
        try:
            yield
        finally:
            world.clock = clock
