"""The median rating of train: the floor of this task type."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from xbench.errors import CellError
from xbench.protocols import Context, Job, Learner
from xbench.specs import Cell, Example, Json, ModelSpec, Option, Prediction


class MedianLearner:
    def __init__(self, value: float) -> None:
        self.value = value
        self.cost: Json = {"train_seconds": 0.0, "total_params": 1, "trainable_params": 1}
        self.counts: Json = {}
        self.flags: Sequence[str] = ()

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        for example in examples:
            yield {"id": example["id"], "prediction": self.value}

    def save(self, folder: Path) -> None:
        (folder / "median.json").write_text(json.dumps(self.value), encoding="utf-8")


class MedianBackend:
    name = "ratings"
    result_version = 1

    def models(self) -> Iterable[ModelSpec]:
        return (ModelSpec(self.name, "median-stars", None, "baseline", deterministic=True),)

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return None

    def options(self, model: ModelSpec) -> Sequence[Option]:
        return ()

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return ()

    def refuse(self, cell: Cell) -> str | None:
        if cell.method != "full":
            return "fits as `full` only"
        return None if cell.task.type == "rating" else f"cannot solve {cell.task.type} tasks"

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        return {"seconds": 0.1, "memory_mib": 100}

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        return [[cell] for cell in cells]

    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, Learner | CellError]]:
        for job in jobs:
            yield job.cell, MedianLearner(float(statistics.median(e["stars"] for e in job.train)))

    def load(self, cell: Cell, folder: Path, context: Context) -> Learner:
        return MedianLearner(json.loads((folder / "median.json").read_text(encoding="utf-8")))
