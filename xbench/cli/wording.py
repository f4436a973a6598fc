"""What a run says of its plan, its cells and its time, in words."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from xbench.cli import widths
from xbench.driver import Summary
from xbench.plan import INFRASTRUCTURE, Entry, Plan
from xbench.records import Record
from xbench.specs import Cell

ELSEWHERE = "waits: another process runs it"
_FEW = 4  # names that a line lists


class Clock:
    """How far a run is, and how long it will take at the pace so far."""

    def __init__(self, plan: Plan | None = None) -> None:
        entries = [entry for entry in plan.entries if entry.state == "run"] if plan else []
        self._predicted = {e.cell.key: float(e.predicted.get("seconds", 0.0)) for e in entries if e.cell is not None}
        self._total, self._sum = len(self._predicted), sum(self._predicted.values())
        self._begun = self._ended = time.monotonic()

    @property
    def total(self) -> int:
        return self._total

    @property
    def done(self) -> int:
        return self._total - len(self._predicted)

    def finished(self, record: Record) -> None:
        if self._predicted.pop(record.key, None) is not None:
            self._ended = time.monotonic()

    @property
    def share(self) -> float:
        """Of what was predicted, how much is done: 0 to 1."""
        if not self._sum:
            return self.done / self._total if self._total else 1.0
        return 1 - sum(self._predicted.values()) / self._sum

    @property
    def left(self) -> float:
        """Seconds: what was predicted for the cells that are left, at the pace of those that are done."""
        rest = sum(self._predicted.values())
        past = self._sum - rest
        pace = (self._ended - self._begun) / past if past else 1.0
        return max(rest * pace - (time.monotonic() - self._ended), 0.0)

    def __str__(self) -> str:
        left = f", {duration(self.left)} left" if self._predicted else ""
        return f"[{self.done}/{self.total}{left}]"


def plan_lines(plan: Plan, fold: bool = True) -> Iterator[str]:
    """What will happen: counts, skips with their reasons, the declared budget and the predicted time.

    fold: pairs that are skipped for one reason share a line.
    """
    yield from plan.notes
    told = plan.counts
    yield f"plan: {many(told['run'], 'cell')} to run, {told['done']} done before, {told['skip']} skipped"
    yield from skip_lines(plan.entries, fold)
    before: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        if entry.state == "done" and entry.reason:
            before.setdefault(entry.reason if fold else str(id(entry)), []).append(entry)
    for entries in before.values():
        first = entries[0]
        whose = f"{first.task}  {first.model}+{first.method}  s{first.seed}"
        more = f" and {many(len(entries) - 1, 'cell')} more" if len(entries) > 1 else ""
        yield f"before {whose}{more}: {first.reason}"
    yield from plan.problems
    for recipe, examples in plan.budgets.items():
        most = "as many as its epochs say" if examples is None else f"at most {examples:,}"
        yield f"budget: training examples seen by a cell: {most} (recipe {recipe})"
    if told["run"]:
        yield f"predicted time: {duration(plan.seconds)}"


def skip_lines(entries: Iterable[Entry], fold: bool) -> Iterator[str]:
    """Each pair that cannot be, and why; or those of one reason on the same tasks together."""
    skips = [entry for entry in entries if entry.state == "skip"]
    if not fold:
        yield from (f"skip   {entry.task}  {entry.model}+{entry.method}: {entry.reason}" for entry in skips)
        return
    tasks: dict[tuple[str, str], list[str]] = {}
    for entry in skips:
        tasks.setdefault((entry.reason, f"{entry.model}+{entry.method}"), []).append(entry.task)
    models: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, label), found in tasks.items():
        models.setdefault((reason, tuple(found)), []).append(label)
    for (reason, where), labels in models.items():
        yield f"skip   {some(where)}  {some(labels)}: {reason}"


def some(names: Sequence[str]) -> str:
    """The first few of many names."""
    shown = names if len(names) <= _FEW else names[: _FEW - 1]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def entry_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Each cell of a plan that is no skip, in columns: run or done, why, what it shares, and its predicted cost."""
    shown = [entry for entry in entries if entry.state != "skip"]
    tasks = max((widths.width(entry.task) for entry in shown), default=0)
    models = max((widths.width(f"{entry.model}+{entry.method}") for entry in shown), default=0)
    for entry in shown:
        cost = ""
        if entry.state == "run" and entry.predicted:
            memory = entry.predicted.get("memory_mib")
            cost = duration(entry.predicted.get("seconds", 0.0)) + (f", {memory:.0f} MiB" if memory else "")
        task, label = widths.pad(entry.task, tasks), widths.pad(f"{entry.model}+{entry.method}", models)
        shared = f"  trained with {many(entry.shares - 1, 'other')}" if entry.shares > 1 else ""
        reason = f"  ({entry.reason})" if entry.reason else ""
        line = f"{entry.state:5}  {task}  {label}  s{entry.seed:<2} {cost}{shared}{reason}"
        yield line.rstrip()


def many(count: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


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


def progress(values: Mapping[str, Any], rate: float | None) -> str:
    """Where a running cell stands: `step 34  loss 0.68  1,240 examples/s`, `predicts test 200 of 500`."""
    stage = str(values.get("stage", "starts"))
    if "of" in values:
        return f"predicts {stage} {values.get('done', 0)} of {values['of']}"
    if "step" not in values:
        return {"load": "loads", "starts": "starts"}.get(stage, stage)
    told = {name: number(value) for name, value in values.items() if name not in ("stage", "step", "lr", "examples")}
    shown = [f"step {values['step']}", *(f"loss {told.pop('loss')}" for name in ("loss",) if name in told)]
    if rate is not None:
        shown.append(f"{rate:,.0f} examples/s")
    return "  ".join([*shown, *(f"{name} {value}" for name, value in told.items())])


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


def duration(seconds: float, whole: bool = False) -> str:
    """`4.0 s`, `3 min`, `2 h 05 min`; `whole` leaves fractions of a second out."""
    if seconds < 60:
        if whole:
            return f"{seconds:.0f} s"
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
