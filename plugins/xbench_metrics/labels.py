"""Scores of single labels: accuracy and macro-averaged F1, as scikit-learn computes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from xbench.specs import Example, Json, Option, Prediction, TaskSpec


def _pairs(examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[list[str], list[str]]:
    return [e["label"] for e in examples], [p["prediction"] for p in predictions]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Share of examples whose label is right, 0 to 1."""

    name: str = "accuracy"
    result_version: int = 1
    higher_is_better: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    options: Sequence[Option] = ()
    targets: ClassVar[Sequence[str]] = ("label",)

    def bind(self, parameters: Json) -> Accuracy:
        return self

    def signature(self, task: TaskSpec) -> str:
        return f"accuracy|sklearn:{version('scikit-learn')}"

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        """(n, 2) float64: right, counted."""
        import numpy as np

        gold, predicted = _pairs(examples, predictions)
        return np.array([[float(g == p), 1.0] for g, p in zip(gold, predicted, strict=True)]).reshape(-1, 2)

    def score(self, sums: Any) -> Any:
        return sums[..., 0] / sums[..., 1]

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        from sklearn.metrics import accuracy_score

        return float(accuracy_score(*_pairs(examples, predictions)))


@dataclass(frozen=True, slots=True)
class MacroF1:
    """Mean over all labels of the task of each label's F1, 0 to 1; a label that never occurs counts 0."""

    name: str = "macro_f1"
    result_version: int = 1
    higher_is_better: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    options: Sequence[Option] = ()
    targets: ClassVar[Sequence[str]] = ("label",)

    def bind(self, parameters: Json) -> MacroF1:
        return self

    def signature(self, task: TaskSpec) -> str:
        return f"macro_f1|labels:{len(task.labels)}|zero_division:0|sklearn:{version('scikit-learn')}"

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        """(n, 3 * labels) float64: true positives, false positives, false negatives of each label."""
        import numpy as np

        column = {label: i for i, label in enumerate(task.labels)}
        width = len(column)
        table = np.zeros((len(examples), 3 * width))
        for row, (gold, predicted) in enumerate(zip(*_pairs(examples, predictions), strict=True)):
            if gold == predicted:
                table[row, column[gold]] = 1
                continue
            table[row, 2 * width + column[gold]] = 1
            if predicted in column:  # a generated text may be no label at all
                table[row, width + column[predicted]] = 1
        return table

    def score(self, sums: Any) -> Any:
        import numpy as np

        hits, false_alarms, misses = np.split(sums, 3, axis=-1)
        total = 2 * hits + false_alarms + misses
        return np.where(total > 0, 2 * hits / np.where(total > 0, total, 1), 0.0).mean(-1)

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        from sklearn.metrics import f1_score

        gold, predicted = _pairs(examples, predictions)
        return float(f1_score(gold, predicted, labels=list(task.labels), average="macro", zero_division=0))
