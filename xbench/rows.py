"""What stands in one line of a board before anything is compared: labels, counts, cost, status, flags."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from xbench.columns import COLUMNS
from xbench.names import labelled
from xbench.records import Record, Status
from xbench.specs import Json

COST_MEANS = ("train_seconds", "eval_seconds", "train_examples_per_second", "peak_memory_mib")
COST_COUNTS = ("total_params", "trainable_params")

# From the mildest on: what a person would want to know first about a row stands last.
SEVERITY: tuple[Status, ...] = (
    *("ok", "interrupted", "crashed", "refused", "timed_out", "out_of_memory", "diverged", "failed"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """The records, by seed, of one (task, protocol, model, method, recipe, route) and one metric."""

    records: tuple[Record, ...]
    metric: str
    signature: str

    @property
    def done(self) -> tuple[Record, ...]:
        """Records that have a score of this metric."""
        return tuple(r for r in self.records if r.status == "ok" and self.metric in r.scores)

    @property
    def whole(self) -> bool:
        """No seed is missing its score; else the rest is no fair mean."""
        return len(self.done) == len(self.records)

    @property
    def score(self) -> float | None:
        return fmean(self.scores) if self.whole else None

    @property
    def scores(self) -> list[float]:
        return [record.scores[self.metric] for record in self.done]

    @property
    def single(self) -> bool:
        """One seed of a model that other seeds would have scored otherwise."""
        return len(self.records) == 1 and not self.records[0].cell.model.deterministic


def lines(records: Iterable[Record]) -> list[Line]:
    """One line for each metric of each set of records that differ in the seed alone."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(_group(record), []).append(record)
    found: list[Line] = []
    for members in groups.values():
        members.sort(key=lambda record: (record.cell.seed, record.run_id))
        for metric in members[0].cell.task.metrics:
            found.extend(_by_signature(members, metric))
    return found


def _group(record: Record) -> str:
    """All that determines the predictions but the seed (and, with it, the cells whose artefacts were read)."""
    cell = record.cell
    identity = dict(cell.identity)
    if isinstance(identity.get("run"), Mapping):
        identity["run"] = {k: v for k, v in identity["run"].items() if k not in ("seed", "needs")}
    named = [cell.protocol, cell.model.backend, cell.model.name, cell.model.revision, cell.method, cell.recipe]
    return json.dumps([*named, cell.route, dict(cell.method_options), identity], sort_keys=True, default=str)


def _by_signature(members: Sequence[Record], metric: str) -> Iterable[Line]:
    """Scores of two variants of a metric (another library version) never mix; a failed seed goes with the newest."""
    newest = max((r for r in members if metric in r.signatures), key=lambda r: r.finished, default=None)
    default = newest.signatures[metric] if newest is not None else ""
    split: dict[str, list[Record]] = {}
    for record in members:
        split.setdefault(record.signatures.get(metric, default), []).append(record)
    return (Line(tuple(records), metric, signature) for signature, records in split.items())


def columns(line: Line, defaults_of: Callable[[str], Json] | None = None) -> dict[str, Any]:
    """A board row with all columns; what only a comparison can fill stands empty (None)."""
    first, done = line.records[0], line.done
    cell, newest = first.cell, max(line.records, key=lambda record: record.finished)
    counts: Json = max((r.counts for r in line.records), key=len)
    main = line.metric == first.main_metric and line.whole
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "task": cell.task.name,
        "task_version": cell.task.version,
        "task_type": cell.task.type,
        "language": _joined(cell.task.language),
        "split": "test",
        "model": cell.model.name,
        "backend": cell.model.backend,
        "method": labelled(cell.method, cell.method_options, defaults_of(cell.method) if defaults_of else {}),
        "recipe": cell.recipe,
        "route": cell.route,
        "metric": line.metric,
        "score": line.score,
        "train_score": _mean(record.train_score for record in done) if main else None,
        "n_seeds": len(done),
        "seed_sd": stdev(line.scores) if line.whole and len(done) > 1 else None,
        "n_train": counts.get("train"),
        "n_test": counts.get("test"),
        "device": _joined(record.cost.get("device") for record in done),
        "status": max((record.status for record in line.records), key=SEVERITY.index),
        "flags": _joined([*_own_flags(line, counts), *(flag for record in line.records for flag in record.flags)]),
        "protocol": cell.protocol,
        "run_ids": _joined(record.run_id for record in line.records),
        "signature": line.signature,
        "revision": newest.cell.model.revision,
        "seed_scores": ";".join(map(str, line.scores)),
    }
    row |= {name: _mean(record.cost.get(name) for record in done) for name in COST_MEANS}
    row |= {
        name: max((r.cost[name] for r in done if r.cost.get(name) is not None), default=None) for name in COST_COUNTS
    }
    return row


def _own_flags(line: Line, counts: Json) -> Iterable[str]:
    """What the board itself has to say, first in the list."""
    if not line.whole:
        yield f"{len(line.done)}/{len(line.records)} seeds"
    elif line.single:
        yield "one-seed"
    full = counts.get("full") or {}
    for split in ("train", "test"):
        used, whole = counts.get(split), full.get(split)
        if used is not None and whole is not None and used < whole:
            yield f"subset {used}/{whole} {split}"


def _mean(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return fmean(found) if found else None


def _joined(values: Iterable[Any]) -> str:
    """Distinct values in order, by `;`."""
    return ";".join(dict.fromkeys(str(value).replace(";", ",") for value in values if value not in (None, "")))
