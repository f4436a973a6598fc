"""Two rows, or two runs, face to face: does one procedure score better than the other, and what could be seen?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from xbench.board import LEVEL, finite
from xbench.comparing import deciding, verdicts
from xbench.comparing.contenders import Side, clear_sides, names, of_task, unclear_on_both
from xbench.comparing.deciding import Texts
from xbench.errors import UserError
from xbench.protocols import Metric
from xbench.records import Record
from xbench.rows import lines
from xbench.specs import Json
from xbench.statsfile import CLUSTERS, STATISTICS, read

_ROUNDING = 1e-12  # of the largest value: what is smaller is no difference


def compare(
    records: Iterable[Record],
    a: str,
    b: str,
    folder_of: Callable[[Record], Path],
    metric_of: Callable[[str], Metric],
    defaults_of: Callable[[str], Json],
    task: str | None = None,
    texts: Texts | None = None,
) -> list[Json]:
    """`a` minus `b` on every task and metric that both have under one protocol; a task's main metric first.

    Args:
        a: a row: `model`, `model+method`, `model+lora[r=16]`, with `+recipe` and `+route` where needed; or a run: its
            folder, its id or its key, or the beginning of either.
        b: another.
        folder_of: where a record's `stats.npz` and `predictions.jsonl` lie.
        defaults_of: a method's declared option defaults.
        task: compare on this task only.
        texts: where the texts of the deciding examples come from; none are given where it is left out.

    Returns:
        task, metric, main (is it the task's main one?), protocol, scale, higher_is_better, a, b (names), scores, seeds,
        n (test examples), delta, low, high (None where unbounded), p_value, smallest_detectable (None where unbounded,
        or where no spread was seen to tell it from), scope ("run": single seeds on both sides), single (which side has
        one seed of a model that other seeds would have made otherwise), deterministic, verdict: "separated", "tied", or
        "untestable" where a single seed says nothing of methods; sentence: the verdict in words; better_on: how many
        examples speak for a, b or neither; examples and examples_note: see `deciding.examples`; left_out: metrics of
        the task that cannot be compared, for no statistics of single examples are kept; ambiguous: tasks that are left
        out of the answer, for a or b names more than one row there, each with that in words.

    Raises:
        UserError: a text that names no row or, wherever both have any, more than one; rows that share no task, metric
            and protocol, or one row named twice.
    """
    known = of_task(lines(records), task)
    (left, unclear), (right, unclear_too) = (clear_sides(text, known, defaults_of) for text in (a, b))
    pairs = [(x, y) for x, y in product(left, right) if x.contest == y.contest]
    ambiguous = unclear_on_both((left, unclear), (right, unclear_too))
    if not pairs and ambiguous:
        raise next(iter(ambiguous.values()))
    if not pairs:
        raise UserError(f"{a} and {b} share no task, metric and protocol", _apart(a, left, b, right))
    found: list[dict[str, Any]] = []
    missing: list[_Unkept] = []
    for x, y in pairs:
        try:
            found.append(_compared(x, y, folder_of, metric_of(x.line.metric), texts))
        except _Unkept as problem:
            missing.append(problem)
    if not found:
        raise missing[0]
    for pair in found:
        pair["ambiguous"] = {name: f"left out: {problem}" for name, problem in ambiguous.items()}
        pair["left_out"] = sorted({one.metric for one in missing if one.task == pair["task"]})
    for x, y in pairs:
        if {record.key for record in x.line.records} & {record.key for record in y.line.records}:
            raise UserError(f"{a} and {b}: on {x.task} both are {x.name()}", "name two that differ")
    return sorted(found, key=lambda pair: (pair["task"], not pair["main"], pair["metric"], pair["protocol"]))


class _Unkept(UserError):
    """Statistics of single examples are kept, but not of this metric."""

    def __init__(self, where: str, task: str, metric: str) -> None:
        super().__init__(f"{where}: no statistics of {metric} are kept", "xbench rescore writes what the metric gives")
        self.task, self.metric = task, metric


def _apart(a: str, left: Sequence[Side], b: str, right: Sequence[Side]) -> str:
    """Why two sides share nothing."""
    told = [sorted({side.task for side in found}) for found in (left, right)]
    both = sorted(set(told[0]) & set(told[1]))
    if both:
        return f"`xbench explain-protocol {a} {b}` says what keeps them apart on {', '.join(both)}"
    return "; ".join(f"{text} has {', '.join(tasks)}" for text, tasks in zip((a, b), told, strict=True))


def _compared(
    a: Side, b: Side, folder_of: Callable[[Record], Path], metric: Metric, texts: Texts | None
) -> dict[str, Any]:
    from xbench import stats

    called = names(a, b)
    values, groups = zip(
        *(_values(side, name, folder_of, metric) for side, name in zip((a, b), called, strict=True)), strict=True
    )
    counts = [array.shape[1] for array in values]
    if counts[0] != counts[1]:
        raise UserError(
            f"{called[0]} and {called[1]} on {a.task}: {counts[0]} and {counts[1]} test examples under one protocol",
            "xbench rescore writes the statistics anew",
        )
    result = stats.compare(*_deterministic((a, b), values), clusters=groups[0])
    delta = 0.0 if abs(result.delta) <= _tiny(values) else result.delta
    # A borrowed seed variance carries no verdict.
    untestable = result.scope == "run" or a.line.single or b.line.single
    spread = result.high > result.low
    weights, better = _weights(values, metric)
    pair: dict[str, Any] = {
        "task": a.task,
        "metric": a.line.metric,
        "main": a.line.metric == a.first.main_metric,
        "protocol": a.first.cell.protocol,
        "scale": list(metric.bounds) if metric.bounds is not None else None,
        "higher_is_better": metric.higher_is_better,
        "a": called[0],
        "b": called[1],
        "scores": [a.line.score, b.line.score],
        "seeds": [len(a.line.records), len(b.line.records)],
        "n": counts[0],
        "delta": delta,
        "low": finite(result.low),
        "high": finite(result.high),
        "p_value": result.p_value,
        "smallest_detectable": finite(result.smallest_detectable) if spread else None,
        "scope": result.scope,
        "single": {"a": a.line.single, "b": b.line.single},
        "deterministic": {name: side.first.cell.model.deterministic for name, side in (("a", a), ("b", b))},
        "verdict": "untestable" if untestable else "separated" if result.p_value <= LEVEL else "tied",
        "better_on": better,
    }
    pair["sentence"] = verdicts.sentence(pair)
    examples, note = deciding.examples(a, b, weights, folder_of, texts) if texts is not None else ([], "")
    return {**pair, "examples": examples, "examples_note": note}


def _values(side: Side, name: str, folder_of: Callable[[Record], Path], metric: Metric) -> tuple[Any, Any]:
    """(seeds, examples) pseudo-values of a row, and its clusters. Raises UserError where a seed has none."""
    import numpy as np

    from xbench import stats

    line = side.line
    where = f"{name} on {side.task}"
    if not line.whole:
        missing = [f"seed {r.cell.seed}: {r.status}" for r in line.records if r not in line.done]
        raise UserError(f"{where}: no fair mean: {', '.join(missing)}", "--retry-failed runs them again")
    arrays, groups = [], None
    for record in line.records:
        folder = folder_of(record)
        try:
            stored = read(folder, (line.metric, CLUSTERS))
        except (FileNotFoundError, ValueError) as problem:
            raise UserError(
                f"{where}: {folder / STATISTICS} holds no statistics of {line.metric}",
                "xbench rescore writes them anew",
            ) from problem
        if line.metric not in stored:
            raise _Unkept(where, side.task, line.metric)
        arrays.append(stored[line.metric])
        groups = stored.get(CLUSTERS)
    return stats.pseudo_values(np.stack(arrays), metric.score), groups


def _deterministic(pair: Sequence[Side], values: Sequence[Any]) -> list[Any]:
    """A deterministic model's one seed stands for any number of equal ones: its seed variance is known to be 0."""
    import numpy as np

    most = max(2, *(len(array) for array in values))
    return [
        np.repeat(array, most, axis=0) if len(array) == 1 and side.first.cell.model.deterministic else array
        for side, array in zip(pair, values, strict=True)
    ]


def _weights(values: Sequence[Any], metric: Metric) -> tuple[Any, Json]:
    """Of each example, a's value minus b's, averaged over seeds, rounding taken out; and for whom how many speak."""
    import numpy as np

    weights = values[0].mean(axis=0) - values[1].mean(axis=0)
    weights[np.abs(weights) <= _tiny(values)] = 0.0
    ahead = weights if metric.higher_is_better else -weights
    a, b = int((ahead > 0).sum()), int((ahead < 0).sum())
    return weights, {"a": a, "b": b, "neither": len(weights) - a - b}


def _tiny(values: Sequence[Any]) -> float:
    return _ROUNDING * max(float(abs(array).max()) for array in values)
