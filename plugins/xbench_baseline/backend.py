"""The baseline backend: every model by its name in one table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from xbench.errors import CellError
from xbench.protocols import Context, Job
from xbench.specs import Cell, Example, Json, ModelSpec, Option, Prediction
from xbench_baseline.copy_source import CopySource
from xbench_baseline.gazetteer import Gazetteer
from xbench_baseline.linear import OPTIONS, TfidfLinear, problem
from xbench_baseline.majority import Majority
from xbench_baseline.memory import peak_mib, reset_peak
from xbench_baseline.predictor import Predictor

MODELS: Mapping[str, tuple[Callable[[], Predictor], tuple[Option, ...]]] = {
    "majority": (Majority, ()),
    "tfidf": (TfidfLinear, OPTIONS),
    "gazetteer": (Gazetteer, ()),
    "copy": (CopySource, ()),
}
PROBLEMS: Mapping[str, Callable[[Json], str | None]] = {"tfidf": problem}  # what is wrong with a model's options
CHUNK = 1024  # examples predicted at once


class BaselineLearner:
    """A fitted baseline."""

    def __init__(self, predictor: Predictor, cost: Json) -> None:
        self.predictor = predictor
        self.cost = cost
        self.counts: Json = {}
        self.flags: Sequence[str] = ()

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        stream = iter(examples)
        while chunk := list(islice(stream, CHUNK)):
            for example, value in zip(chunk, self.predictor.predict(chunk), strict=True):
                yield {"id": example["id"], "prediction": value}

    def save(self, folder: Path) -> None:
        """Plain JSON and arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        self.predictor.save(folder)


class BaselineBackend:
    """Deterministic models that need no accelerator and no seed."""

    name = "baseline"
    result_version = 1

    def models(self) -> Iterable[ModelSpec]:
        return [ModelSpec(self.name, name, None, "baseline", deterministic=True) for name in MODELS]

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return None

    def options(self, model: ModelSpec) -> Sequence[Option]:
        return MODELS[model.name][1]

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return ()

    def refuse(self, cell: Cell) -> str | None:
        name = cell.model.name
        if cell.method != "full":
            return f"a baseline fits as `full` only, not as `{cell.method}`"
        factory, _ = MODELS[name]
        if cell.task.type not in factory().task_types:
            return f"{name} cannot solve {cell.task.type} tasks"
        return PROBLEMS[name](cell.recipe_values) if name in PROBLEMS else None

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        return {"seconds": 1.0 + 2e-4 * (counts.get("train", 0) + counts.get("test", 0)), "memory_mib": 500}

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        return [[cell] for cell in cells]

    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, BaselineLearner | CellError]]:
        for job in jobs:
            if not len(job.train):
                yield job.cell, CellError("failed", "fit", "the train split is empty")
                continue
            predictor = MODELS[job.cell.model.name][0]()
            reset_peak()
            started = time.perf_counter()
            predictor.fit(job.train, job.cell.task, job.cell.recipe_values)
            yield job.cell, BaselineLearner(predictor, self._cost(predictor, len(job.train), started))

    def load(self, cell: Cell, folder: Path, context: Context) -> BaselineLearner:
        predictor = MODELS[cell.model.name][0]()
        predictor.load(folder, cell.task)
        return BaselineLearner(predictor, {})

    @staticmethod
    def _cost(predictor: Predictor, examples: int, started: float) -> dict[str, Any]:
        seconds = time.perf_counter() - started
        return {
            "train_seconds": seconds,
            "train_examples_per_second": examples / seconds if predictor.parameters else None,
            "steps": 1,
            "total_params": predictor.parameters,
            "trainable_params": predictor.parameters,
            "peak_memory_mib": peak_mib(),
            "device": "cpu",
        }
