"""Mean absolute error: a score of which less is better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xbench.specs import Example, Json, Option, Prediction, TaskSpec


class MeanAbsoluteError:
    name = "mae"
    result_version = 1
    higher_is_better = False
    bounds: tuple[float, float] | None = None
    options: Sequence[Option] = ()

    def bind(self, parameters: Json) -> MeanAbsoluteError:
        return self

    def signature(self, task: TaskSpec) -> str:
        return "mae"

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        errors = [abs(e["stars"] - p["prediction"]) for e, p in zip(examples, predictions, strict=True)]
        return np.array([[error, 1.0] for error in errors])

    def score(self, sums: Any) -> Any:
        return sums[..., 0] / sums[..., 1]

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        pairs = zip(examples, predictions, strict=True)
        return float(np.mean([abs(e["stars"] - p["prediction"]) for e, p in pairs]))
