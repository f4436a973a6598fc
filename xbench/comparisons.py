"""Two rows, or two runs, face to face: does one procedure score better than the other, and what could be seen?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from xbench.board import LEVEL
from xbench.errors import UserError
from xbench.names import unknown
from xbench.protocols import Metric
from xbench.records import Record
from xbench.rows import Line, lines, method_label
from xbench.specs import Json
from xbench.statsfile import CLUSTERS, STATISTICS, read


def compare(
    records: Iterable[Record],
    a: str,
    b: str,
    folder_of: Callable[[Record], Path],
    metric_of: Callable[[str], Metric],
    defaults_of: Callable[[str], Json],
    task: str | None = None,
) -> list[Json]:
    """`a` minus `b` on every task and metric that both have under one protocol.

    Args:
        a: a row: `model`, `model+method`, `model+lora[r=16]`, with `+recipe` and `+route` where needed; or a run: its
            id, the beginning of its key, or its folder.
        b: another.
        folder_of: where a record's `stats.npz` lies.
        defaults_of: a method's declared option defaults.
        task: compare on this task only.

    Returns:
        task, metric, protocol, a, b, scores, seeds, delta, low, high, p_value, smallest_detectable (None where they are
        unbounded), scope and verdict: "separated", "tied", or "untestable" where single seeds say nothing of methods.

    Raises:
        UserError: a text that names no row or more than one, or rows that share no task, metric and protocol.
    """
    known = [line for line in lines(records) if task in (None, line.records[0].cell.task.name)]
    if task is not None and not known:
        raise UserError(f"no records of task {task!r} here")
    sides = [_chosen(text, known, defaults_of) for text in (a, b)]
    pairs = [(x, y) for x, y in product(*sides) if _contest(x) == _contest(y)]
    if not pairs:
        raise UserError(f"{a} and {b} share no task, metric and protocol", _told(a, sides[0], b, sides[1]))
    found = [_compared(x, y, folder_of, metric_of(x.metric), defaults_of) for x, y in pairs]
    return sorted(found, key=lambda pair: (pair["task"], pair["metric"], pair["protocol"]))


def _contest(line: Line) -> tuple[str, str, str, str]:
    return line.records[0].cell.task.name, line.metric, line.records[0].cell.protocol, line.signature


def _told(a: str, left: Sequence[Line], b: str, right: Sequence[Line]) -> str:
    said = []
    for text, side in ((a, left), (b, right)):
        tasks = sorted({line.records[0].cell.task.name for line in side})
        said.append(f"{text} has {', '.join(tasks)}")
    return "; ".join(said)


# --- which rows a text names ----------------------------------------------------------------------------------------


def labels(line: Line, defaults_of: Callable[[str], Json]) -> tuple[str, ...]:
    """What a row answers to, from the shortest on: model, model+method, with +recipe, with +route."""
    cell = line.records[0].cell
    method = method_label(cell.method, cell.method_options, defaults_of(cell.method))
    parts = [cell.model.name, method, cell.recipe, *([cell.route] if cell.route else [])]
    return tuple("+".join(parts[:length]) for length in range(1, len(parts) + 1))


def _chosen(text: str, known: Sequence[Line], defaults_of: Callable[[str], Json]) -> list[Line]:
    """The lines that a text names, at most one for each task, metric and protocol."""
    rows = [line for line in known if text in labels(line, defaults_of)]
    if not rows:
        return list(_of_run(text, known, defaults_of))
    contests = [_contest(line) for line in rows]
    if len(set(contests)) < len(contests):
        twice = next(contest for contest in contests if contests.count(contest) > 1)
        full = sorted(labels(line, defaults_of)[-1] for line in rows if _contest(line) == twice)
        raise UserError(f"{text!r} names more than one row of {twice[0]}", f"say {' or '.join(full)}")
    return rows


def _of_run(text: str, known: Sequence[Line], defaults_of: Callable[[str], Json]) -> Iterator[Line]:
    """Each metric of the one record that a run id, the beginning of a key, or a folder names."""
    name = Path(text).name.rpartition("--")[2] or text
    runs = {
        record.key: record
        for line in known
        for record in line.records
        if record.run_id == text or (len(name) >= 4 and record.key.startswith(name))
    }
    if not runs:
        raise unknown("row or run", text, {label for line in known for label in labels(line, defaults_of)})
    if len(runs) > 1:
        raise UserError(f"{text!r} begins the keys of {len(runs)} runs", "give more of it")
    (run,) = runs.values()
    for line in known:
        if run in line.records:
            yield Line((run,), line.metric, line.signature)


# --- the comparison -------------------------------------------------------------------------------------------------


def _compared(
    a: Line, b: Line, folder_of: Callable[[Record], Path], metric: Metric, defaults_of: Callable[[str], Json]
) -> Json:
    from xbench import stats

    names = [_short(line, defaults_of) for line in (a, b)]
    sides, groups = zip(
        *(_values(line, name, folder_of, metric) for line, name in zip((a, b), names, strict=True)), strict=True
    )
    result = stats.compare(*_deterministic(a, b, sides), clusters=groups[0])
    untestable = result.scope == "run" or a.single or b.single  # a borrowed seed variance carries no verdict
    verdict = "untestable" if untestable else "separated" if result.p_value <= LEVEL else "tied"
    return {
        "task": a.records[0].cell.task.name,
        "metric": a.metric,
        "protocol": a.records[0].cell.protocol,
        "higher_is_better": metric.higher_is_better,
        "a": names[0],
        "b": names[1],
        "scores": [a.score, b.score],
        "seeds": [len(a.records), len(b.records)],
        "delta": result.delta,
        "low": _finite(result.low),
        "high": _finite(result.high),
        "p_value": result.p_value,
        "smallest_detectable": _finite(result.smallest_detectable),
        "scope": result.scope,
        "verdict": verdict,
    }


def _short(line: Line, defaults_of: Callable[[str], Json]) -> str:
    return labels(line, defaults_of)[1]


def _values(line: Line, name: str, folder_of: Callable[[Record], Path], metric: Metric) -> tuple[Any, Any]:
    """(seeds, examples) pseudo-values of a row, and its clusters. Raises UserError where a seed has none."""
    import numpy as np

    from xbench import stats

    where = f"{name} on {line.records[0].cell.task.name}"
    if not line.whole:
        missing = [f"seed {r.cell.seed}: {r.status}" for r in line.records if r not in line.done]
        raise UserError(f"{where}: no fair mean: {', '.join(missing)}", "--retry-failed runs them again")
    arrays, groups = [], None
    for record in line.records:
        folder = folder_of(record)
        try:
            stored = read(folder, (line.metric, CLUSTERS))
            arrays.append(stored[line.metric])
            groups = stored.get(CLUSTERS)
        except (FileNotFoundError, KeyError, ValueError) as problem:
            raise UserError(
                f"{where}: {folder / STATISTICS} holds no statistics of {line.metric}",
                "xbench rescore writes them anew",
            ) from problem
    return stats.pseudo_values(np.stack(arrays), metric.score), groups


def _deterministic(a: Line, b: Line, sides: Sequence[Any]) -> list[Any]:
    """A deterministic model's one seed stands for any number of equal ones: its seed variance is known to be 0."""
    import numpy as np

    most = max(2, *(len(values) for values in sides))
    return [
        np.repeat(values, most, axis=0) if len(values) == 1 and line.records[0].cell.model.deterministic else values
        for line, values in zip((a, b), sides, strict=True)
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
