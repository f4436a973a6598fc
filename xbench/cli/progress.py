"""How a run shows itself: a live table on a terminal, plain lines without one, JSON lines for programs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import typer

from xbench.catalog import Catalog
from xbench.cli import output, widths
from xbench.cli.wording import Clock, counts, entry_lines, named, numbers, outcome, plan_lines, title
from xbench.driver import Summary
from xbench.plan import Plan
from xbench.records import Record
from xbench.store import Store

_QUIET_SECONDS = 30.0  # between two plain lines on one running cell
_DUMB = ("dumb", "unknown", "", None)  # TERM of what cannot move its cursor


class Reporter(Protocol):
    """A context in which a run is shown."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def plan(self, plan: Plan) -> None: ...
    def event(self, name: str, values: Mapping[str, Any]) -> None: ...
    def end(self, summary: Summary, board: Sequence[Path]) -> None: ...


def reporter(*, json: bool, dry_run: bool, results: Path, plugins: Sequence[str] = ()) -> Reporter:
    """For a person at a terminal a live grid; plain lines in CI, in a pipe and on a terminal that cannot redraw."""
    if json:
        return JsonLines(dry_run)
    if sys.stdout.isatty() and not dry_run and not widths.in_ci() and os.environ.get("TERM") not in _DUMB:
        from xbench.cli.grid import Grid
        from xbench.cli.live import Live

        return Live(Grid(Store(results, writable=False).get, lambda text: _higher_is_better(text, plugins)))
    return Lines(dry_run)


def _higher_is_better(metric: str, plugins: Sequence[str]) -> bool:
    return bool(Catalog.load(plugins).metric(metric).higher_is_better)


class Lines:
    """Plain lines on standard output."""

    def __init__(self, dry_run: bool = False) -> None:
        self._dry_run = dry_run
        self._clock = Clock()
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def plan(self, plan: Plan) -> None:
        self._clock = Clock(plan)
        wide = widths.columns() if sys.stdout.isatty() else None  # a pipe gets whole lines
        for line in [*(entry_lines(plan.entries) if self._dry_run else ()), *plan_lines(plan, fold=not self._dry_run)]:
            for piece in [line] if wide is None else widths.wrapped(line, " " * 7, wide):
                typer.echo(piece)

    def event(self, name: str, values: Mapping[str, Any]) -> None:
        match name:
            case "cell_started":
                self._say(f"start  {title(values['cell'])}")
            case "cell_progress":
                now = time.monotonic()
                cell = values["cell"]
                if now - self._said.setdefault(cell.key, now) > _QUIET_SECONDS:
                    self._said[cell.key] = now
                    self._say(f"       {title(cell)}  {numbers(values['values'])}")
            case "cell_retried":
                self._say(f"again  {title(values['cell'])}  {values['cause']}")
            case "cell_elsewhere":
                self._say(f"wait   {title(values['cell'])}  another process runs it")
            case "cell_finished":
                record = values["record"]
                self._clock.finished(record)
                self._say(f"{record.status:5}  {title(record.cell)}  {outcome(record)}  {self._clock}")

    def end(self, summary: Summary, board: Sequence[Path]) -> None:
        typer.echo(counts(summary))
        if board:
            typer.echo(f"board: {' '.join(map(str, board))}")

    def _say(self, line: str) -> None:
        typer.echo(widths.visible(line))
        sys.stdout.flush()


class JsonLines(Lines):
    """One JSON object a line on standard output."""

    def plan(self, plan: Plan) -> None:
        for entry in plan.entries if self._dry_run else ():
            told = {"state": entry.state, "reason": entry.reason, "predicted": entry.predicted, "shares": entry.shares}
            names = {"task": entry.task, "model": entry.model, "method": entry.method, "seed": entry.seed}
            self._tell("entry", **names, **told, key=entry.cell.key if entry.cell else None)
        skipped = [
            {"task": entry.task, "model": entry.model, "method": entry.method, "reason": entry.reason}
            for entry in plan.entries
            if entry.state == "skip"
        ]
        self._tell("plan", **plan.counts, seconds=plan.seconds, budgets=plan.budgets, skipped=skipped, notes=plan.notes)

    def event(self, name: str, values: Mapping[str, Any]) -> None:
        match name:
            case "cell_finished":
                record: Record = values["record"]
                told = {"status": record.status, "scores": record.scores, "run_id": record.run_id}
                self._tell(name, **named(record.cell), **told, error=record.error, flags=record.flags)
            case "cell_started" | "cell_progress" | "cell_retried" | "cell_elsewhere":
                rest = {key: value for key, value in values.items() if key != "cell"}
                self._tell(name, **named(values["cell"]), **rest)

    def end(self, summary: Summary, board: Sequence[Path]) -> None:
        self._tell("summary", **asdict(summary))
        self._tell("board", files=[str(path) for path in board])

    def _tell(self, event: str, **values: Any) -> None:
        output.tell({"event": event, **values})
