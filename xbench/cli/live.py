"""A run on a terminal: a live table of the cells that are running, under what has ended."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich import live, text
from rich.console import Console
from rich.table import Table

from xbench.cli.wording import Clock, counts, duration, numbers, outcome, plan_lines, title
from xbench.driver import Summary
from xbench.plan import Plan
from xbench.specs import Cell

_STYLES = {"ok": "green", "interrupted": "yellow", "crashed": "yellow"}


class Live:
    """Ended cells scroll by; the table below holds those that run, with stage, loss, rate and time left."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._live = live.Live(console=self._console, refresh_per_second=4, transient=True)
        self._clock = Clock()
        self._running: dict[str, tuple[Cell, float, str]] = {}

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def plan(self, plan: Plan) -> None:
        self._clock = Clock(plan)
        for line in plan_lines(plan):
            self._say(line)

    def event(self, name: str, values: Mapping[str, Any]) -> None:
        match name:
            case "cell_started":
                self._running[values["cell"].key] = (values["cell"], time.monotonic(), "")
            case "cell_progress":
                cell = values["cell"]
                _, begun, _ = self._running.get(cell.key, (cell, time.monotonic(), ""))
                self._running[cell.key] = (cell, begun, numbers(values["values"]))
            case "cell_retried":
                self._running.pop(values["cell"].key, None)
                self._say(f"again  {title(values['cell'])}  {values['cause']}", "yellow")
            case "cell_finished":
                record = values["record"]
                self._clock.finished(record)
                self._running.pop(record.key, None)
                line = f"{record.status:5}  {title(record.cell)}  {outcome(record)}"
                self._say(line, _STYLES.get(record.status, "red"))
        self._live.update(self._table())

    def end(self, summary: Summary, board: Sequence[Path]) -> None:
        self._live.stop()
        self._say(counts(summary))
        self._say(f"board: {' '.join(map(str, board))}")

    def _table(self) -> Table:
        shown = Table(box=None, pad_edge=False, title=text.Text(str(self._clock)), title_justify="left")
        for heading in ("running", "for", ""):
            shown.add_column(heading, no_wrap=heading != "")
        for cell, begun, told in self._running.values():
            shown.add_row(text.Text(title(cell)), duration(time.monotonic() - begun), text.Text(told))
        return shown

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(text.Text(line, style=style), soft_wrap=True)
