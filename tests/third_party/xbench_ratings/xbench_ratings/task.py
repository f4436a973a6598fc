"""The task type `rating` and one generated task of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from xbench.specs import DatasetRef, Example, Json, Prediction, TaskSpec

WORTH = {"awful": -2, "poor": -1, "fine": 0, "good": 1, "superb": 2}
THINGS = ("food", "room", "staff", "view", "price", "bed", "bar")
SIZES = {"train": 400, "validation": 80, "test": 120}


class Rating:
    """text -> stars, a whole number from 1 to 5; a prediction may be any number."""

    name = "rating"
    result_version = 1
    fields: Mapping[str, str] = {"text": "text"}
    targets: Mapping[str, str] = {"stars": "number"}

    def check(self, example: Example, task: TaskSpec) -> str | None:
        return None if example.get("stars") in range(1, 6) else f"field stars: {example.get('stars')!r} is not 1 to 5"

    def check_prediction(self, prediction: Prediction, task: TaskSpec) -> str | None:
        value = prediction.get("prediction")
        return None if isinstance(value, (int, float)) else f"prediction: {value!r} is no number"


class StarsReader:
    """Made-up reviews: two things, each with a word that is worth -2 to 2 stars."""

    name = "stars"
    result_version = 1

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        rng = random.Random(f"stars-{split}")
        for _ in range(SIZES[split]):
            (first, second), words = rng.sample(THINGS, 2), rng.choices(sorted(WORTH), k=2)
            text = f"the {first} was {words[0]} and the {second} was {words[1]} {rng.randrange(1000)}"
            yield {"text": text, "stars": max(1, min(5, 3 + WORTH[words[0]] + WORTH[words[1]]))}

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return "1"


STARS = TaskSpec(
    name="stars",
    version=1,
    type="rating",
    data=DatasetRef("stars", {}, {"text": "text", "stars": "stars"}, {s: s for s in SIZES}),
    inputs=("text",),
    labels=(),
    metrics=("mae",),
    language=("en",),
    licence="CC0-1.0",
    citation="generated",
    redistributable=True,
)
