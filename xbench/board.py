"""Records to a leaderboard: a pure function of what runs left behind.

Rows compare within a contest: one task, protocol, metric and signature of that metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench import provenance
from xbench.columns import COLUMNS
from xbench.curves import Curves
from xbench.errors import UserError
from xbench.protocols import Metric
from xbench.records import Board, Record
from xbench.rows import Line, columns, lines
from xbench.specs import Cell, Json
from xbench.statsfile import CLUSTERS, read

if TYPE_CHECKING:  # numpy, scipy and pandas are loaded when used
    import pandas as pd

    from xbench.ranks import Ranking

UNTRAINED = "none"
LEVEL = 0.05


@dataclass(slots=True)
class _Entry:
    """A line on its way to the board: its row fills up as it is compared."""

    line: Line
    row: dict[str, Any]
    values: Any = None  # (seeds, examples), where the metric has statistics and no seed failed
    clusters: Any = None

    @property
    def ranked(self) -> bool:
        return self.values is not None and not self.line.single

    @property
    def place(self) -> tuple[Any, ...]:
        """Ranked rows by rank and score, then those with a score, then failures by status."""
        score = self.row["score"]
        better = 0.0 if score is None else (-score if self.row["higher_is_better"] is not False else score)
        names = (self.row["model"], self.row["method"], self.row["recipe"], self.row["route"], self.row["run_ids"])
        return (score is None, self.row["rank"] is None, self.row["rank"] or 0, better, self.row["status"], *names)


def build(
    records: Iterable[Record],
    folder_of: Callable[[Record], Path],
    metric_of: Callable[[str], Metric],
    defaults_of: Callable[[str], Json] | None = None,
    samples_of: Callable[[Sequence[Record]], Json] | None = None,
) -> Board:
    """The leaderboard of these records.

    Args:
        folder_of: where a record's `stats.npz` lies.
        metric_of: a metric by its text, "bleu(tokenize=zh)"; UserError where no plugin knows it.
        defaults_of: a method's declared option defaults; its label names what differs from them.
        samples_of: a few predictions of each run, by run id; none where it is left out.

    Raises:
        UserError: statistics that cannot be read, the file named.
    """
    kept = list(records)
    contests: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines(kept):
        cell = line.records[0].cell
        order = cell.task.metrics.index(line.metric)
        key = (cell.task.name, order, line.metric, cell.protocol, line.signature)
        contests.setdefault(key, []).append(line)
    rows: list[Json] = []
    comparisons: list[Json] = []
    for key in sorted(_adopt(contests)):
        entries = [_Entry(line, columns(line, defaults_of)) for line in contests[key]]
        ranking = _compete(entries, folder_of, _found(metric_of, key[2]))
        field = [entry for entry in entries if entry.ranked]
        entries.sort(key=lambda entry: entry.place)
        comparisons.extend(_compared(entries, ranking, field, len(rows)))
        rows.extend(entry.row for entry in entries)
    return Board(
        columns=COLUMNS,
        rows=tuple(rows),
        comparisons=tuple(comparisons),
        curves=Curves(kept, folder_of),
        samples=samples_of(kept) if samples_of is not None else {},
        runs=provenance.runs(kept),
        tasks=provenance.tasks(kept),
    )


def frame(board: Board) -> pd.DataFrame:
    """The rows as a table, for a notebook."""
    import pandas as pd

    return pd.DataFrame(list(board.rows), columns=list(board.columns))


def _adopt(contests: dict[tuple[Any, ...], list[Line]]) -> dict[tuple[Any, ...], list[Line]]:
    """Lines without any signature (all seeds failed) go to a contest of their protocol that has one."""
    for key in [key for key in contests if not key[-1]]:
        home = max((other for other in contests if other[:-1] == key[:-1] and other[-1]), default=None)
        if home is not None:
            contests[home].extend(contests.pop(key))
    return contests


def _found(metric_of: Callable[[str], Metric], text: str) -> Metric | None:
    """None where its plugin is not installed: scores are shown all the same, unranked."""
    try:
        return metric_of(text)
    except UserError:
        return None


def _compete(entries: Sequence[_Entry], folder_of: Callable[[Record], Path], metric: Metric | None) -> Ranking | None:
    """Fills in what only a comparison can say: interval, gain, ranks and letters. Returns the ranked entries' pairs."""
    from xbench import ranks, stats

    for entry in entries:
        entry.row["gain"] = _gain(entry, entries)
        if metric is None:
            _flag(entry, "unknown-metric")
            continue
        entry.row["higher_is_better"] = metric.higher_is_better
        entry.row["scale"] = ";".join(f"{bound:g}" for bound in metric.bounds or ())
        if not entry.line.whole:
            continue
        _read(entry, folder_of, metric)
        if entry.values is None:
            _flag(entry, "no-interval")
            continue
        low, high = stats.interval(entry.values, bounds=metric.bounds, clusters=entry.clusters)
        entry.row["ci_low"], entry.row["ci_high"] = finite(low), finite(high)
    field = [entry for entry in entries if entry.ranked]
    if not field or metric is None:
        return None
    _same_examples(field)
    ranking = ranks.ranks(
        [entry.values for entry in field],
        higher_is_better=metric.higher_is_better,
        groups=field[0].clusters,
        bounds=metric.bounds,
    )
    for entry, rank, last, group in zip(field, ranking.rank, ranking.rank_max, ranking.tie_group, strict=True):
        entry.row |= {"rank": rank, "rank_max": last, "tie_group": group}
    return ranking


def _read(entry: _Entry, folder_of: Callable[[Record], Path], metric: Metric) -> None:
    """Per-example values of every seed, as pseudo-values of the stored statistics; None where some seed has none."""
    import numpy as np

    from xbench import stats

    arrays = []
    for record in entry.line.records:
        try:
            stored = read(folder_of(record), (entry.line.metric, CLUSTERS))
        except FileNotFoundError:
            return
        except ValueError as error:
            raise UserError(str(error), "xbench rescore writes it anew") from error
        if entry.line.metric not in stored:
            return
        arrays.append(stored[entry.line.metric])
        entry.clusters = stored.get(CLUSTERS)
    try:
        entry.values = stats.pseudo_values(np.stack(arrays), metric.score)
    except ValueError as error:
        where = folder_of(entry.line.records[0]).parent
        raise UserError(
            f"{where}: {entry.row['model']}+{entry.row['method']}: {entry.line.metric}: {error}",
            "xbench rescore writes the statistics anew",
        ) from error


def _same_examples(field: Sequence[_Entry]) -> None:
    sizes = {entry.values.shape[1]: entry.line.records[0].run_id for entry in field}
    if len(sizes) > 1:
        told = ", ".join(f"{size} in {run}" for size, run in sizes.items())
        raise UserError(
            f"{field[0].line.metric}: different numbers of test examples under one protocol: {told}",
            "xbench rescore writes the statistics anew",
        )


def _gain(entry: _Entry, entries: Sequence[_Entry]) -> float | None:
    """Score minus that of the same model before any training: the `none` row of the same route, else the only one."""
    cell, score = entry.line.records[0].cell, entry.line.score
    if cell.method == UNTRAINED or score is None:
        return None
    floors = [
        (other.route == cell.route, other.recipe == cell.recipe, floor.line.score)
        for floor in entries
        for other in [floor.line.records[0].cell]
        if other.method == UNTRAINED and _model(other) == _model(cell) and floor.line.score is not None
    ]
    best = [floor for floor in floors if floor[:2] == max(floors)[:2]]
    return score - best[0][2] if len(best) == 1 else None


def _model(cell: Cell) -> tuple[Any, ...]:
    return cell.model.backend, cell.model.name, cell.model.revision, dict(cell.model.options)


def _compared(entries: Sequence[_Entry], ranking: Ranking | None, field: Sequence[_Entry], offset: int) -> list[Json]:
    """Every pair of rows that has values. `a_row` and `b_row` count the board's rows; delta is a minus b."""
    from xbench import stats

    position = {id(entry): i for i, entry in enumerate(field)}
    found: list[Json] = []
    for (x, a), (y, b) in combinations([(n, entry) for n, entry in enumerate(entries) if entry.values is not None], 2):
        pair = {name: a.row[name] for name in ("task", "metric", "protocol")}
        pair |= {"a": _name(a), "b": _name(b), "a_row": offset + x, "b_row": offset + y}
        if ranking is not None and a.ranked and b.ranked:
            i, j = position[id(a)], position[id(b)]
            delta, half, p = (float(table[i, j]) for table in (ranking.delta, ranking.half_width, ranking.p_value))
            verdict = "separated" if p <= LEVEL else "tied"
            pair |= {"delta": delta, "low": finite(delta - half), "high": finite(delta + half), "p_value": p}
            pair |= {"verdict": verdict, "smallest_detectable": finite(float(ranking.smallest_detectable[i, j]))}
        else:  # a row of one seed: what the two runs show, and no verdict on the methods
            runs = stats.compare(a.values, b.values, clusters=a.clusters)
            pair |= {"delta": runs.delta, "low": finite(runs.low), "high": finite(runs.high), "p_value": None}
            pair |= {"verdict": "untestable", "smallest_detectable": finite(runs.smallest_detectable)}
        found.append(pair)
    return found


def _name(entry: _Entry) -> str:
    return f"{entry.row['model']}+{entry.row['method']}"


def finite(value: float) -> float | None:
    """None for an end of an interval that is unbounded: no JSON holds it."""
    return value if math.isfinite(value) else None


def _flag(entry: _Entry, name: str) -> None:
    entry.row["flags"] = ";".join(filter(None, [entry.row["flags"], name]))
