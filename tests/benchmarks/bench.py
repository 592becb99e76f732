"""What each benchmark is given: a scratch folder, the number of rounds, and how a pair becomes a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Act, Pair, compare, program
from tests.benchmarks.table import Row


@dataclass(frozen=True, slots=True)
class Bench:
    """`folder`: empty, its own. `minute`: how long, in seconds, something is watched at rest."""

    folder: Path
    rounds: int
    minute: float

    def programs(self, floor: Iterable[str], ours: Iterable[str], env: Mapping[str, str]) -> Pair:
        """Two programs beside each other."""
        return compare(program(floor, env), program(ours, env), self.rounds)

    def acts(self, floor: Act, ours: Act, before: Act | None = None) -> Pair:
        """Two functions beside each other; `before` runs before each of them, untimed."""
        return compare(floor, ours, self.rounds, before=before)

    def row(self, what: str, pair: Pair, *, most_times: float | None = None, most: float | None = None) -> Row:
        """The row of a pair, in milliseconds."""
        floor, ours = pair.medians
        samples = {"floor": pair.floor, "ours": pair.ours}
        return Row(what=what, floor=floor, ours=ours, most_times=most_times, most=most, samples=samples)
