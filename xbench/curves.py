"""Learning curves of a board's runs: read from `curve.jsonl` when asked for, and thinned for a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from xbench.records import Record
from xbench.specs import Json
from xbench.store import CURVE

POINTS = 60  # of each series, at most: more is not seen in a small picture
_CLOCK = frozenset({"step", "seconds"})

Series = list[tuple[float, float]]  # (step, value)


class Curves(Mapping[str, Json]):
    """Run id -> name of a series ("loss", "validation") -> its (step, value) pairs; empty where a run left no curve.

    A file is opened when its run is asked for: renderers that show no curves cost nothing.
    """

    def __init__(self, records: Iterable[Record], folder_of: Callable[[Record], Path]) -> None:
        self._records = {record.run_id: record for record in records}
        self._folder_of = folder_of

    def __getitem__(self, run_id: str) -> Json:
        return read(self._folder_of(self._records[run_id]) / CURVE)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


def read(path: Path) -> dict[str, Series]:
    """Each named series of a curve file, thinned. A line that was cut short and what is no number are passed over."""
    series: dict[str, Series] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            told: dict[str, Any] = msgspec.json.decode(line, type=dict)
        except msgspec.DecodeError:
            continue
        step = told.get("step")
        if step is None or not _is_number(step):
            continue
        for name, value in told.items():
            if name not in _CLOCK and _is_number(value):
                series.setdefault(name, []).append((step, value))
    return {name: thinned(points) for name, points in series.items()}


def thinned(points: Sequence[tuple[float, float]], limit: int = POINTS) -> Series:
    """At most `limit` of the points, evenly by position; the first and the last are among them."""
    if len(points) <= limit:
        return list(points)
    last = len(points) - 1
    return [points[round(index * last / (limit - 1))] for index in range(limit)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
