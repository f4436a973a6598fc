"""Rows that are made when they are asked for: no file, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_demo.sentiment import reviews
from xbench_demo.tagging import lines
from xbench_demo.translation import pairs

VERSION = "1"  # rises when a generator yields other rows

GENERATORS: Mapping[str, Callable[[], Iterator[Json]]] = {
    "sentiment": reviews,
    "tagging": lines,
    "translation": pairs,
}
SIZES: Mapping[str, Mapping[str, int]] = {
    "sentiment": {"train": 4000, "validation": 300, "test": 500},
    "tagging": {"train": 3000, "validation": 300, "test": 500},
    "translation": {"train": 3500, "validation": 150, "test": 500},
}


@dataclass(frozen=True, slots=True)
class DemoReader:
    """`location = {"set": NAME}`. One stream without repeats is cut into train, validation and test."""

    name: str = "demo"
    result_version: int = 1

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        """Raises UserError where the set or its split is unknown."""
        name = ref.location.get("set")
        if name not in GENERATORS:
            raise UserError(f"reader demo: unknown set {name!r}", f"one of {', '.join(GENERATORS)}")
        sizes = SIZES[name]
        wanted = ref.splits.get(split, split)
        if wanted not in sizes:
            raise UserError(f"reader demo: {name} has no split {wanted!r}", f"one of {', '.join(sizes)}")
        before = list(sizes)[: list(sizes).index(wanted)]
        start = sum(sizes[other] for other in before)
        for row in islice(GENERATORS[name](), start, start + sizes[wanted]):
            yield row

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return f"demo-{VERSION}"
