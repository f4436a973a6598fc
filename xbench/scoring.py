"""Predictions to scores: what a prediction must be, every metric of a task, and the flags that doubt a number."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xbench.errors import CellError
from xbench.protocols import Metric, TaskType
from xbench.specs import Cell, Example, Json, Prediction, TaskSpec
from xbench.statsfile import CLUSTERS

_AGREEMENT = 1e-6  # relative: additive statistics against the reference's own number
_MANY_UNKNOWN = 0.10  # share of source tokens
_SOME = 0.01  # share of test examples below which truncation, cuts and duplicates move no score that anyone reads


@dataclass(frozen=True, slots=True)
class Scored:
    """Every metric of a task on one set of predictions.

    statistics: by metric, float64 (n, k), and `CLUSTERS`, int64 (n,), where the task has a cluster field.
    """

    scores: Mapping[str, float]
    signatures: Mapping[str, str]
    statistics: Mapping[str, Any]


def problem(prediction: Prediction, example: Example, task: TaskSpec, tasktype: TaskType) -> str | None:
    """Why `prediction` is no answer to `example`, or None."""
    if prediction.get("id") != example["id"]:
        return f"id {prediction.get('id')!r} where {example['id']!r} was asked"
    found = tasktype.check_prediction(prediction, task)
    if found is not None:
        return f"{example['id']}: {found}"
    for field, kind in tasktype.targets.items():
        if kind == "tags" and len(prediction["prediction"]) != len(example[field]):
            return f"{example['id']}: {len(prediction['prediction'])} tags for {len(example[field])} tokens"
    return None


def quick_score(
    metric: Metric, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> float:
    """The metric's score in its own scale, from statistics where it has them."""
    statistics = metric.statistics(task, examples, predictions)
    if statistics is None:
        return float(metric.direct(task, examples, predictions))
    return float(metric.score(statistics.sum(axis=0)))


def score(
    metrics: Mapping[str, Metric], task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> Scored:
    """Every metric, by its text in the task.

    Raises CellError: "failed" where a metric's statistics contradict its reference, "diverged" on a non-finite score.
    """
    import numpy as np

    scores, signatures, statistics = {}, {}, {}
    for text, metric in metrics.items():
        value = float(metric.direct(task, examples, predictions))
        found = metric.statistics(task, examples, predictions)
        if not math.isfinite(value):
            raise CellError("diverged", "score", f"{text} is {value}", kind="NonFinite")
        if found is not None:
            array = np.asarray(found, dtype=np.float64)
            _agree(text, metric, array, len(examples), value)
            statistics[text] = array
        scores[text] = value
        signatures[text] = metric.signature(task)
    if task.cluster is not None:
        statistics[CLUSTERS] = _clusters(examples, task.cluster)
    return Scored(scores, signatures, statistics)


def _agree(text: str, metric: Metric, statistics: Any, n: int, direct: float) -> None:
    if statistics.ndim != 2 or statistics.shape[0] != n:
        raise CellError(
            "failed", "score", f"{text}: statistics of shape {statistics.shape} for {n} examples", kind="PluginError"
        )
    additive = float(metric.score(statistics.sum(axis=0)))
    if not math.isclose(additive, direct, rel_tol=_AGREEMENT, abs_tol=1e-9):
        raise CellError(
            "failed",
            "score",
            f"{text}: {additive} from its statistics, {direct} from its reference",
            "a fault of the metric plugin: check_metric shows it",
            kind="PluginError",
        )


def _clusters(examples: Iterable[Example], field: str) -> Any:
    import numpy as np

    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(example[field], len(numbers)) for example in examples], dtype=np.int64)


def _rest(answers: Iterable[Any]) -> float:
    """Share of answers that are not the commonest one; those of a list (tags) count one by one."""
    counted: Counter[str] = Counter()
    for answer in answers:
        counted.update(json.dumps(part) for part in (answer if isinstance(answer, list | tuple) else [answer]))
    return 1.0 - max(counted.values()) / counted.total() if counted else 0.0


def flags(
    cell: Cell,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    target: str,
    counts: Json,
    learner_flags: Iterable[str],
) -> tuple[str, ...]:
    """What makes this cell's number doubtful, in a fixed order.

    counts: the learner's (of the test split) and the data's. unknown_tokens and generation_cut are shares, truncated
    and duplicates numbers of test examples.
    """
    some = max(1.0, _SOME * len(examples))
    rest = _rest(prediction["prediction"] for prediction in predictions)
    expected = _rest(example[target] for example in examples)
    doubts = {
        "constant-predictions": rest <= _SOME and rest < expected / 10,
        "unknown-tokens": counts.get("unknown_tokens", 0) > _MANY_UNKNOWN,
        "truncation": counts.get("truncated", 0) >= some,
        "generation-cut": counts.get("generation_cut", 0) > _SOME,
        "train-test-duplicates": counts.get("duplicates", 0) >= some,
        "seen-task": bool({cell.task.name, *cell.task.aliases, *_hub_ids(cell.task)} & set(cell.model.seen_tasks)),
    }
    return tuple(dict.fromkeys([*(name for name, doubt in doubts.items() if doubt), *learner_flags]))


def _hub_ids(task: TaskSpec) -> set[str]:
    """The names under which a task's data stand on the hub."""
    places = [reference.location.get("id") for reference in (task.data, *task.mirrors)]
    return {place for place in places if isinstance(place, str)}
