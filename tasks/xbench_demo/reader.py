"""Rows that are made when they are asked for: no file, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path

from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_demo.sentiment import reviews
from xbench_demo.tagging import lines
from xbench_demo.translation import pairs

GENERATORS: Mapping[str, Callable[[], Iterator[Json]]] = {
    "sentiment": reviews,
    "tagging": lines,
    "translation": pairs,
}
SIZES: Mapping[str, Mapping[str, int]] = {
    "sentiment": {"train": 4500, "validation": 300, "test": 500},
    "tagging": {"train": 3000, "validation": 300, "test": 500},
    "translation": {"train": 3400, "validation": 150, "test": 500},
}


@dataclass(frozen=True, slots=True)
class DemoReader:
    """`location = {"set": NAME}`. One stream without repeats is cut into train, validation and test."""

    name: str = "demo"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("set",)

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        """Raises UserError where the set or its split is unknown."""
        name = str(ref.location.get("set"))
        if name not in GENERATORS:
            raise UserError(f"reader demo: unknown set {name!r}", f"one of {', '.join(GENERATORS)}")
        sizes = SIZES[name]
        wanted = ref.splits.get(split, split)
        if wanted not in sizes:
            raise UserError(f"reader demo: {name} has no split {wanted!r}", f"one of {', '.join(sizes)}")
        before = list(sizes)[: list(sizes).index(wanted)]
        start = sum(sizes[other] for other in before)
        yield from islice(GENERATORS[name](), start, start + sizes[wanted])

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        """Of the generators' own text, so that no other version's rows are taken for these."""
        digest = hashlib.sha256()
        for file in sorted(files(__package__).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
        return f"demo-{digest.hexdigest()[:16]}"
