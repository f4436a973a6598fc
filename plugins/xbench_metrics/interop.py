"""Our metrics as `evaluate.Metric`, for code that speaks that interface. Nothing is fetched from a hub."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate

from xbench.protocols import Metric
from xbench.specs import TaskSpec

_TARGETS = {"classification": "label", "tagging": "tags", "text-to-text": "target"}


class EvaluateMetric(evaluate.Metric):  # type: ignore[misc]
    """`EvaluateMetric(Bleu(), task).compute(predictions=[...], references=[...])` -> {"bleu": score}."""

    def __init__(self, metric: Metric, task: TaskSpec, **kwargs: Any) -> None:
        self._metric, self._task = metric, task
        self._target = _TARGETS[task.type]
        super().__init__(config_name=metric.name, **kwargs)

    def _info(self) -> evaluate.MetricInfo:
        value = datasets.Value("string")
        kind = datasets.Sequence(value) if self._target == "tags" else value
        return evaluate.MetricInfo(
            description=self._metric.signature(self._task),
            citation="",
            inputs_description="predictions and references, one each an example",
            features=datasets.Features({"predictions": kind, "references": kind}),
        )

    def _compute(self, predictions: list[Any], references: list[Any]) -> dict[str, float]:
        examples = [{self._target: reference} for reference in references]
        return {self._metric.name: self._metric.direct(self._task, examples, [{"prediction": p} for p in predictions])}
