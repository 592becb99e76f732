"""The results: one table for people, one JSON file for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HEAD = ("what", "floor", "ours", "ratio", "goal", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line. `most_times`: the goal for ours / floor; `most`: the goal for ours itself, in `unit`.

    `samples`: what was measured, floor and ours, in seconds.
    """

    what: str
    floor: float | None
    ours: float
    unit: str = "ms"
    most_times: float | None = None
    most: float | None = None
    samples: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """How many times the floor ours is."""
        return self.ours / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the goals are met, None where there is none."""
        if self.most_times is None and self.most is None:
            return None
        times = self.most_times is None or (self.ratio is not None and self.ratio <= self.most_times)
        return times and (self.most is None or self.ours <= self.most)

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        goals = [f"≤ {self.most_times:g} x"] if self.most_times is not None else []
        goals += [f"≤ {self.most:g} {self.unit}"] if self.most is not None else []
        met = {True: "met", False: "missed", None: ""}[self.met]
        ratio = f"{self.ratio:.2f} x" if self.ratio is not None else ""
        return self.what, self._figure(self.floor), self._figure(self.ours), ratio, ", ".join(goals), met

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}

    def _figure(self, value: float | None) -> str:
        return "" if value is None else f"{value:.{1 if value < 100 else 0}f} {self.unit}"


def lines(rows: Sequence[Row]) -> Iterable[str]:
    """The table, its columns under one another."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for what, *figures, met in cells:
        padded = (figure.rjust(width) for figure, width in zip(figures, widths[1:-1], strict=True))
        yield "  ".join((what.ljust(widths[0]), *padded, met)).rstrip()


def write_json(path: Path, rows: Iterable[Row], rounds: int) -> None:
    """Write all that was measured, and on what."""
    machine = {"python": platform.python_version(), "system": platform.platform(), "cpus": os.cpu_count()}
    load = os.getloadavg()[0]
    document = {"rounds": rounds, "machine": machine, "load": load, "rows": [row.record() for row in rows]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
