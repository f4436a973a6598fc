"""What a live run looks like: a block for each task, a line for each model and method, a mark for each seed.

Nothing here writes or knows a clock of its own: `lines` is a pure function of what was told, the size and the moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.text import Text

from xbench.cli import widths
from xbench.cli.wording import ELSEWHERE, Clock, duration, many, progress
from xbench.plan import Plan
from xbench.records import Record
from xbench.specs import Cell

State = Literal["waiting", "running", "ok", "failed"]

MARKS: Mapping[State, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "running": ("▶", "cyan"),
    "ok": ("✔", "green"),
    "failed": ("✘", "red"),
}
FEW = 10  # seeds that get a mark each
_BAR = 24  # cells of the bar
_LABEL = 0.4  # of the width, at most, for names


@dataclass(slots=True)
class _Seed:
    state: State = "waiting"
    score: float | None = None
    begun: float = 0.0
    values: Mapping[str, Any] = field(default_factory=dict)
    first: tuple[float, float] | None = None  # moment and number of examples of its first look, for the rate
    told: str = ""  # why it failed, or is tried again


@dataclass(slots=True)
class _Row:
    """One model and method on one task."""

    label: str
    seeds: dict[int, _Seed] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def count(self, state: State) -> int:
        return sum(seed.state == state for seed in self.seeds.values())

    @property
    def score(self) -> float | None:
        """The mean of the seeds so far."""
        known = [seed.score for seed in self.seeds.values() if seed.score is not None]
        return sum(known) / len(known) if known else None

    @property
    def urgency(self) -> int:
        """What a person looks for first is folded last: runs, failed, done, waits."""
        if self.count("running"):
            return 0
        if self.count("failed"):
            return 1
        return 2 if self.count("ok") else 3


class Grid:
    """The state of a run's cells, drawn to measure.

    Args:
        record_of: the record that a cell has already.
        higher_is_better: of a metric, by its text.
    """

    def __init__(
        self,
        record_of: Callable[[Cell], Record | None] = lambda cell: None,
        higher_is_better: Callable[[str], bool] = lambda metric: True,
    ) -> None:
        self._record_of, self._higher_of = record_of, higher_is_better
        self._tasks: dict[str, dict[str, _Row]] = {}
        self._metrics: dict[str, str] = {}
        self._higher: dict[str, bool] = {}
        self._most = 1  # marks of a row
        self._clock = Clock()

    def plan(self, plan: Plan) -> None:
        self._clock = Clock(plan)
        for entry in plan.entries:
            if entry.cell is None:
                continue
            self._seed(entry.cell)
            self._most = max(self._most, min(entry.cell.seed + 1, FEW))
            record = self._record_of(entry.cell) if entry.state == "done" else None
            if record is not None:
                self._ended(record)

    def event(self, name: str, values: Mapping[str, Any], now: float) -> None:
        """What `driver.drive` tells; `now` is of the monotonic clock, in seconds."""
        match name:
            case "cell_started":
                seed = self._seed(values["cell"])
                seed.state, seed.begun, seed.values, seed.first = "running", now, {}, None
                seed.told = "" if seed.told == ELSEWHERE else seed.told
            case "cell_progress":
                self._progress(self._seed(values["cell"]), values["values"], now)
            case "cell_retried":
                seed = self._seed(values["cell"])
                seed.state, seed.told = "waiting", f"again, for {values['cause']}"
            case "cell_elsewhere":
                self._seed(values["cell"]).told = ELSEWHERE
            case "cell_finished":
                self._clock.finished(values["record"])
                self._ended(values["record"])

    def _seed(self, cell: Cell) -> _Seed:
        if cell.task.name not in self._metrics:
            self._metrics[cell.task.name] = metric = cell.task.metrics[0]
            self._higher[cell.task.name] = self._higher_of(metric)
        rows = self._tasks.setdefault(cell.task.name, {})
        label = f"{cell.model.name}+{cell.method}"
        return rows.setdefault(label, _Row(label)).seeds.setdefault(cell.seed, _Seed())

    @staticmethod
    def _progress(seed: _Seed, values: Mapping[str, Any], now: float) -> None:
        if seed.state == "waiting":  # its start was told before the plan of this process knew it
            seed.state, seed.begun = "running", now
        seed.values = values
        if "examples" in values and seed.first is None:
            seed.first = (now, float(values["examples"]))

    def _ended(self, record: Record) -> None:
        seed = self._seed(record.cell)
        row = self._tasks[record.cell.task.name][f"{record.cell.model.name}+{record.cell.method}"]
        seed.state = "ok" if record.status == "ok" else "failed"
        seed.score = record.scores.get(record.main_metric) if record.status == "ok" else None
        seed.told = "" if record.status == "ok" else f"{record.status}: {(record.error or {}).get('message', '')}"
        row.flags = tuple(dict.fromkeys([*row.flags, *record.flags]))

    # --- drawing ---------------------------------------------------------------------------------------------------

    def lines(self, columns: int, rows: int, now: float) -> list[Text]:
        """At most `rows` lines of at most `columns` cells: what matters least is folded where there are more."""
        items = list(self._items())
        kept = set(range(len(items)))
        if len(items) >= rows:
            room = max(rows - 2, 0)  # beside the first line, and the one that counts what is folded
            kept = set(sorted(kept, key=lambda place: (items[place][0], place))[:room])
        label = min(max((widths.width(row.label) for _, _, row in items if row), default=0), int(columns * _LABEL))
        told = [self._summary(columns)]
        for place, (_, task, row) in enumerate(items):
            if place in kept:
                told.append(self._heading(task, columns) if row is None else self._line(task, row, label, columns, now))
        folded = [row for place, (_, _, row) in enumerate(items) if row is not None and place not in kept]
        if folded:
            told.append(Text(widths.cut(f"  ... {_states(folded)}", columns), "dim"))
        return told[: max(rows, 1)]

    def _items(self) -> Iterator[tuple[int, str, _Row | None]]:
        """Each line below the first as (urgency, task, row); a heading has no row, and comes before its rows."""
        for task, rows in self._tasks.items():
            busy = min(row.urgency for row in rows.values())
            yield min(busy, 1), task, None
            for row in rows.values():
                yield row.urgency + (row.urgency > 1 and busy > 0), task, row

    def _summary(self, columns: int) -> Text:
        done, total = self._clock.done, self._clock.total
        failed = sum(row.count("failed") for rows in self._tasks.values() for row in rows.values())
        running = sum(row.count("running") for rows in self._tasks.values() for row in rows.values())
        filled = round(_BAR * self._clock.share)
        line = Text()
        line.append("━" * filled, "green")
        line.append("─" * (_BAR - filled), "dim")
        line.append(f"  {done} of {many(total, 'cell')}", "bold")
        if running:
            line.append(f", {running} running")
        if failed:
            line.append(f", {failed} failed", "red")
        if done < total and self._clock.left >= 1:  # below, the last cell takes longer than was predicted
            line.append(f", {duration(self._clock.left)} left")
        line.truncate(columns, overflow="ellipsis")
        return line

    def _heading(self, task: str, columns: int) -> Text:
        """A task, its metric, how much of it is done, and the best row so far, for which a long name is cut."""
        metric, rows = self._metrics[task], self._tasks[task].values()
        line = Text()
        line.append(f"  {metric}")
        seeds = sum(len(row.seeds) for row in rows)
        ended = sum(row.count("ok") + row.count("failed") for row in rows)
        line.append(f"  {ended}/{seeds}", "dim")
        scored = [(row.score, row.label) for row in rows if row.score is not None]
        if scored:
            best = (max if self._higher[task] else min)(scored, key=lambda pair: pair[0])
            line.append("  best so far ", "dim")
            line.append(f"{self._number(best[0], task)} ", "green")
            line.append(_short(best[1], columns - line.cell_len - min(widths.width(task), columns // 4)), "green")
        name = widths.cut(widths.visible(task), max(columns - line.cell_len, columns // 4))
        line = Text.assemble((name, "bold"), line)
        line.truncate(columns, overflow="ellipsis")
        return line

    def _number(self, score: float, task: str) -> str:
        """Four decimals on a scale of 0 to 1, two on one of 0 to 100."""
        most = max(abs(row.score or 0.0) for row in self._tasks[task].values())
        return f"{score:.{4 if most <= 1 else 2}f}"

    def _line(self, task: str, row: _Row, label: int, columns: int, now: float) -> Text:
        line = Text("  ")
        line.append(widths.pad(_short(row.label, label), label), "" if row.urgency < 3 else "dim")
        line.append("  ")
        seeds = [row.seeds[seed] for seed in sorted(row.seeds)]
        if len(seeds) <= FEW:
            for one in seeds:
                line.append(*MARKS[one.state])
        else:
            line.append(f"{row.count('ok')}/{len(seeds)} ")
            for state in ("running", "failed"):
                if row.count(state):
                    line.append(f"{MARKS[state][0]}{row.count(state)} ", MARKS[state][1])
        line.append(" " * (self._most - min(len(seeds), FEW)))
        line.append(f"  {'' if row.score is None else self._number(row.score, task):>6}")
        for text, style in _details(seeds, row.flags, now):
            line.append(f"  {widths.visible(text)}", style)
        line.truncate(columns, overflow="ellipsis")
        return line


def _short(label: str, cells: int) -> str:
    """`some-laboratory/par…+lora`: the method tells rows of one model apart."""
    model, _, method = widths.visible(label).rpartition("+")
    return f"{widths.cut(model, max(cells - widths.width(method) - 1, 1))}+{method}"


def _details(seeds: list[_Seed], flags: tuple[str, ...], now: float) -> list[tuple[str, str]]:
    """What runs and how far it is, what failed and why, what makes the numbers doubtful."""
    told = []
    for seed in seeds:
        if seed.state == "running":
            since = duration(now - seed.begun, whole=True)
            told.append((f"{since}  {progress(seed.values, _rate(seed, now))}", "cyan"))
    told += [(seed.told, "red" if seed.state == "failed" else "yellow") for seed in seeds if seed.told]
    if not told and flags:
        told.append((", ".join(flags), "yellow"))
    return list(dict.fromkeys(told))


def _rate(seed: _Seed, now: float) -> float | None:
    """Training examples a second since the first look."""
    if seed.first is None or "examples" not in seed.values:
        return None
    moment, examples = seed.first
    passed = float(seed.values["examples"]) - examples
    return passed / (now - moment) if passed > 0 and now > moment else None


def _states(rows: list[_Row]) -> str:
    """`8 more rows: 5 done, 3 waiting`."""
    kinds = ("running", "failed", "done", "waiting")
    counted = [(sum(row.urgency == place for row in rows), kind) for place, kind in enumerate(kinds)]
    told = ", ".join(f"{count} {kind}" for count, kind in counted if count)
    return f"{len(rows)} more {'row' if len(rows) == 1 else 'rows'}: {told}"
