"""A run on a terminal: a grid that is drawn again in place, under what has to stay."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich import live, text
from rich.console import Console, Group
from rich.control import Control

from xbench.cli import widths
from xbench.cli.grid import Grid
from xbench.cli.wording import counts, outcome, plan_lines, title
from xbench.driver import Summary
from xbench.plan import Plan

_SECONDS = 0.25  # between two looks
_KEPT = 60  # lines of the grid that stays when the run is over
_PLAIN = str.maketrans("·▶✔✘━─…", ".>+x=-~")  # of the same width, where the terminal's encoding lacks them


class Live:
    """The plan and failures scroll by; below them the grid, redrawn in place and gone when the run ends or is stopped.

    A `reporter`. A thread looks four times a second and draws where something has changed: a run that is silent shows
    its seconds, and one that talks a lot does not flicker.
    """

    def __init__(self, grid: Grid | None = None, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._grid = grid or Grid()
        self._lock = threading.Lock()
        self._said: deque[text.Text] = deque(maxlen=200)  # more than a screen: what a resized terminal shows again
        self._live = live.Live(console=self._console, auto_refresh=False, transient=True)
        self._over = threading.Event()
        self._drawing = threading.Thread(target=self._draw, name="xbench-grid", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def plan(self, plan: Plan) -> None:
        self._grid.plan(plan)
        for line in plan_lines(plan):
            self._say(line)
        self._live.start()  # not before: downloads, which planning may begin, draw bars of their own
        self._drawing.start()

    def event(self, name: str, values: Mapping[str, Any]) -> None:
        with self._lock:
            self._grid.event(name, values, time.monotonic())
        if name == "cell_retried":
            self._say(f"again  {title(values['cell'])}  {values['cause']}", "yellow")
        elif name == "cell_finished" and values["record"].status != "ok":
            record = values["record"]
            self._say(f"{record.status}  {title(record.cell)}  {outcome(record)}", "red")

    def end(self, summary: Summary, board: Sequence[Path]) -> None:
        self._stop()
        self._console.print(Group(*self._lines(_KEPT)))
        self._say(counts(summary))
        if board:
            self._say(f"board: {' '.join(map(str, board))}")

    def _stop(self) -> None:
        self._over.set()
        if self._drawing.is_alive():
            self._drawing.join()
        self._live.stop()

    def _draw(self) -> None:
        shown: list[text.Text] = []
        size = self._console.size
        while not self._over.wait(_SECONDS if shown else 0.0):
            resized, size = self._console.size != size, self._console.size
            if resized:  # the terminal has wrapped what stood there: begin afresh
                self._console.control(Control.clear(), Control.home())
                for line in list(self._said)[-size.height :]:
                    self._console.print(line)
            lines = self._lines(size.height - 1)
            if resized or lines != shown:
                shown = lines
                self._live.update(Group(*lines), refresh=True)

    def _lines(self, rows: int) -> list[text.Text]:
        with self._lock:
            lines = [self._fit(line) for line in self._grid.lines(self._console.width, rows, time.monotonic())]
        for line in lines:  # escapes are wider than what they stand for, and a line that wraps cannot be redrawn
            line.truncate(self._console.width)
        return lines

    def _say(self, line: str, style: str = "") -> None:
        """A line that stays, wrapped between words."""
        for piece in widths.wrapped(widths.visible(line), " " * 7, self._console.width):
            said = self._fit(text.Text(piece, style=style, overflow="fold"))
            self._said.append(said)
            self._console.print(said)

    def _fit(self, line: text.Text) -> text.Text:
        encoding = self._console.encoding
        if not encoding.lower().startswith("utf"):
            line.plain = line.plain.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
        return line
