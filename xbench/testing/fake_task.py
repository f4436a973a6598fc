"""A small task with its reader and metric: two labels that words give away, so that a fit beats the majority."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.hookspecs import hookimpl
from xbench.protocols import Metric, Reader
from xbench.specs import DatasetRef, Example, Json, Option, Prediction, TaskSpec

_WORDS = {"no": ("awful", "dull", "poor", "sad"), "yes": ("fine", "good", "great", "kind")}
_NEUTRAL = ("a", "and", "it", "is", "of", "so", "the", "was")
_SIZES = {"train": 60, "validation": 20, "test": 30}


@dataclass(frozen=True, slots=True)
class FakeReader:
    """Generates rows: five neutral words and one that belongs to the label. `location`: {"seed": int}."""

    name: str = "fake"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("seed",)

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        draw = random.Random(f"{ref.location['seed']} {split}")
        for _ in range(_SIZES[split]):
            label = "yes" if draw.random() < 0.6 else "no"
            words = [*draw.sample(_NEUTRAL, 5), draw.choice(_WORDS[label])]
            draw.shuffle(words)
            yield {"text": " ".join(words), "label": label}

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return f"fake-{self.result_version}"


@dataclass(frozen=True, slots=True)
class FakeAccuracy:
    """Share of predictions that equal the label."""

    name: str = "fake_accuracy"
    result_version: int = 1

    @property
    def higher_is_better(self) -> bool:
        return True

    @property
    def bounds(self) -> tuple[float, float] | None:
        return (0.0, 1.0)

    @property
    def options(self) -> Sequence[Option]:
        return ()

    def bind(self, parameters: Json) -> Metric:
        return self

    def signature(self, task: TaskSpec) -> str:
        return f"{self.name}@{self.result_version}"

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        import numpy as np

        hits = [float(p["prediction"] == e["label"]) for e, p in zip(examples, predictions, strict=True)]
        return np.stack([np.array(hits), np.ones(len(hits))], axis=1)

    def score(self, sums: Any) -> Any:
        return sums[..., 0] / sums[..., 1]

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        hits = sum(bool(p["prediction"] == e["label"]) for e, p in zip(examples, predictions, strict=True))
        return hits / len(examples)


FAKE_TASK = TaskSpec(
    name="fake",
    version=1,
    type="classification",
    data=DatasetRef(
        reader="fake",
        location={"seed": 0},
        columns={},
        splits={"train": "train", "validation": "validation", "test": "test"},
    ),
    inputs=("text",),
    labels=("no", "yes"),
    metrics=("fake_accuracy",),
    language=("en",),
    licence="Apache-2.0",
    citation="generated",
    redistributable=True,
    description="Sentences of six words, one of which gives the label away.",
)


@hookimpl
def xbench_readers() -> Iterable[Reader]:
    return (FakeReader(),)


@hookimpl
def xbench_metrics() -> Iterable[Metric]:
    return (FakeAccuracy(),)


@hookimpl
def xbench_tasks() -> Iterable[TaskSpec]:
    return (FAKE_TASK,)
