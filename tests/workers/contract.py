"""What every Worker must do, whatever it runs its orders on. Fakes and real workers are held against the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Protocol

import pytest

from issue_intake.core.ports import Worker
from issue_intake.core.work import Absent, Alive, Ended, Order, Ref, Sight
from issue_intake.errors import IntakeError


class Stand(Protocol):
    """A worker to be tried. Orders differ in nothing but how their agent behaves."""

    worker: Worker

    def quick(self) -> Order:
        """A new order whose agent ends at once with success."""
        ...

    def endless(self) -> Order:
        """A new order whose agent works until it is stopped."""
        ...

    def settle(self, ref: Ref) -> Sight:
        """Wait until the order's worker is gone; a fake's is made to go. Returns what `look` says then."""
        ...


class WorkerContract:
    """Derive from it and give a fixture `stand`."""

    def test_an_order_never_started_is_absent(self, stand: Stand) -> None:
        assert stand.worker.look(_ref(stand.quick())) == Absent()

    def test_a_handle_is_plain_json(self, stand: Stand) -> None:
        handle = stand.worker.start(stand.quick())
        assert json.loads(json.dumps(dict(handle))) == dict(handle)
        assert all(isinstance(value, str | int) for value in handle.values())

    def test_an_order_is_alive_from_its_start_to_its_end(self, stand: Stand) -> None:
        order = stand.endless()
        ref = _ref(order, stand.worker.start(order))
        assert isinstance(stand.worker.look(ref), Alive)
        stand.worker.stop(ref)
        assert isinstance(stand.settle(ref), Ended)

    def test_an_order_is_found_without_its_handle(self, stand: Stand) -> None:
        order = stand.endless()
        ref = _ref(order, stand.worker.start(order))
        lost_handle = Ref(run=ref.run, folder=ref.folder, worktree=ref.worktree, handle=None)
        assert isinstance(stand.worker.look(lost_handle), Alive)
        stand.worker.stop(lost_handle)
        assert isinstance(stand.settle(lost_handle), Ended)

    def test_a_second_start_raises_and_leaves_the_first_alone(self, stand: Stand) -> None:
        order = stand.endless()
        ref = _ref(order, stand.worker.start(order))
        with pytest.raises(IntakeError):
            stand.worker.start(order)
        assert isinstance(stand.worker.look(ref), Alive)
        stand.worker.stop(ref)
        stand.settle(ref)

    def test_an_order_that_ended_is_not_started_again(self, stand: Stand) -> None:
        order = stand.quick()
        ref = _ref(order, stand.worker.start(order))
        seen = stand.settle(ref)
        with pytest.raises(IntakeError):
            stand.worker.start(order)
        assert stand.worker.look(ref) == seen

    def test_looking_changes_nothing(self, stand: Stand) -> None:
        order = stand.quick()
        ref = _ref(order, stand.worker.start(order))
        assert isinstance(first := stand.settle(ref), Ended)
        assert [stand.worker.look(ref) for _ in range(3)] == [first] * 3

    def test_stopping_is_idempotent_and_harmless_after_the_end(self, stand: Stand) -> None:
        order = stand.quick()
        ref = _ref(order, stand.worker.start(order))
        seen = stand.settle(ref)
        stand.worker.stop(ref)
        stand.worker.stop(ref)
        assert stand.worker.look(ref) == seen

    def test_stopping_what_was_never_started_is_harmless(self, stand: Stand) -> None:
        ref = _ref(stand.quick())
        stand.worker.stop(ref)
        assert stand.worker.look(ref) == Absent()

    def test_an_order_that_ended_leaves_nothing(self, stand: Stand) -> None:
        order = stand.quick()
        ref = _ref(order, stand.worker.start(order))
        stand.settle(ref)
        assert stand.worker.end_leftovers(ref)


def _ref(order: Order, handle: Mapping[str, str | int] | None = None) -> Ref:
    return Ref(run=order.run, folder=order.folder, worktree=order.worktree, handle=handle)
