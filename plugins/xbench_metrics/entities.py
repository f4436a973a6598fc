"""Entity-level F1 of BIO tags, as seqeval computes it in strict mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from xbench.specs import Example, Json, Option, Prediction, TaskSpec


def _pairs(examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[list[list[str]], list[list[str]]]:
    return [list(e["tags"]) for e in examples], [list(p["prediction"]) for p in predictions]


@dataclass(frozen=True, slots=True)
class EntityF1:
    """Micro-averaged F1 over entities, 0 to 1: type, start and end must be right, and an entity begins with B-."""

    name: str = "entity_f1"
    result_version: int = 1
    higher_is_better: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    options: Sequence[Option] = ()
    targets: ClassVar[Sequence[str]] = ("tags",)

    def bind(self, parameters: Json) -> EntityF1:
        return self

    def signature(self, task: TaskSpec) -> str:
        return f"entity_f1|average:micro|mode:strict|scheme:IOB2|seqeval:{version('seqeval')}"

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        """(n, 3) float64: right, predicted and true entities."""
        import numpy as np
        from seqeval.scheme import IOB2, Entities

        def spans(tags: list[str]) -> set[tuple[str, int, int]]:
            return {(e.tag, e.start, e.end) for e in Entities([tags], IOB2).entities[0]}

        table = np.zeros((len(examples), 3))
        for row, (gold, predicted) in enumerate(zip(*_pairs(examples, predictions), strict=True)):
            true, found = spans(gold), spans(predicted)
            table[row] = len(true & found), len(found), len(true)
        return table

    def score(self, sums: Any) -> Any:
        import numpy as np

        total = sums[..., 1] + sums[..., 2]
        return np.where(total > 0, 2 * sums[..., 0] / np.where(total > 0, total, 1), 0.0)

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        from seqeval.metrics import f1_score
        from seqeval.scheme import IOB2

        gold, predicted = _pairs(examples, predictions)
        if all(tag == "O" for tags in (*gold, *predicted) for tag in tags):
            return 0.0  # seqeval's average over no type at all is not a number
        return float(f1_score(gold, predicted, mode="strict", scheme=IOB2, zero_division=0))
