"""What a run says of its plan, its cells and its time, in words."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xbench.driver import Summary
from xbench.plan import INFRASTRUCTURE, Entry, Plan
from xbench.records import Record
from xbench.specs import Cell


class Clock:
    """How far a run is, and how long it will take at the pace so far."""

    def __init__(self, plan: Plan | None = None) -> None:
        entries = [entry for entry in plan.entries if entry.state == "run"] if plan else []
        self._predicted = {e.cell.key: float(e.predicted.get("seconds", 0.0)) for e in entries if e.cell is not None}
        self._total, self._sum = len(self._predicted), sum(self._predicted.values())
        self._begun = time.monotonic()

    @property
    def total(self) -> int:
        return self._total

    @property
    def done(self) -> int:
        return self._total - len(self._predicted)

    def finished(self, record: Record) -> None:
        self._predicted.pop(record.key, None)

    @property
    def left(self) -> float:
        """Seconds: what was predicted for the cells that are left, at the pace of those that are done."""
        rest = sum(self._predicted.values())
        past = self._sum - rest
        return rest * (time.monotonic() - self._begun) / past if past else rest

    def __str__(self) -> str:
        left = f", {duration(self.left)} left" if self._predicted else ""
        return f"[{self.done}/{self.total}{left}]"


def plan_lines(plan: Plan) -> Iterator[str]:
    """What will happen: counts, skips with their reasons, the declared budget and the predicted time."""
    yield from plan.notes
    told = plan.counts
    yield f"plan: {told['run']} cells to run, {told['done']} done before, {told['skip']} skipped"
    for entry in plan.entries:
        if entry.state == "skip":
            yield f"skip   {entry.task}  {entry.model}+{entry.method}: {entry.reason}"
    for entry in plan.entries:
        if entry.state == "done" and entry.reason:
            yield f"before {entry.task}  {entry.model}+{entry.method}  s{entry.seed}: {entry.reason}"
    yield from plan.problems
    for recipe, examples in plan.budgets.items():
        most = "as many as its epochs say" if examples is None else f"at most {examples:,}"
        yield f"budget: training examples seen by a cell: {most} (recipe {recipe})"
    if told["run"]:
        yield f"predicted time: {duration(plan.seconds)}"


def entry_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Each cell of a plan: run, skip or done, why, what it shares, and its predicted cost."""
    for entry in entries:
        if entry.state == "skip":
            continue  # plan_lines tells them
        cost = ""
        if entry.state == "run" and entry.predicted:
            memory = entry.predicted.get("memory_mib")
            cost = f"  {duration(entry.predicted.get('seconds', 0.0))}" + (f", {memory:.0f} MiB" if memory else "")
        shared = f"  trained with {entry.shares - 1} other" if entry.shares > 1 else ""
        reason = f"  ({entry.reason})" if entry.reason else ""
        yield f"{entry.state:5}  {entry.task}  {entry.model}+{entry.method}  s{entry.seed}{cost}{shared}{reason}"


def title(cell: Cell) -> str:
    return f"{cell.task.name}  {cell.model.name}+{cell.method}  s{cell.seed}"


def named(cell: Cell) -> dict[str, Any]:
    names = {"task": cell.task.name, "model": cell.model.name, "method": cell.method, "recipe": cell.recipe}
    return {**names, "route": cell.route, "seed": cell.seed, "key": cell.key}


def outcome(record: Record) -> str:
    """The main score and the cost, or what went wrong."""
    if record.status == "ok":
        spent = record.cost.get("train_seconds")
        score = f"{record.main_metric} {number(record.scores[record.main_metric])}"
        return f"{score}  trained {duration(spent)}" if spent else score
    error = record.error or {}
    hint = f" ({error['hint']})" if error.get("hint") else ""
    return f"{error.get('stage', '')}: {error.get('message', '')}{hint}"


def numbers(values: Mapping[str, Any]) -> str:
    return "  ".join(f"{name} {number(value)}" for name, value in values.items())


def number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def counts(summary: Summary) -> str:
    told = [f"{summary.ok} ok", f"{summary.failed} failed", f"{summary.done} done before", f"{summary.skipped} skipped"]
    if any(count for status, count in summary.statuses.items() if status not in ("ok", *INFRASTRUCTURE)):
        told[1] += " (--retry-failed runs failed cells again)"
    if summary.left:
        told.append(f"{summary.left} left; the same command goes on from there")
    return f"end: {', '.join(told)}, in {duration(summary.seconds)}"


def duration(seconds: float) -> str:
    """`4 s`, `3 min`, `2 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
