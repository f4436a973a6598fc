"""A run's progress where nobody else tells it: a plain line for each cell."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from xbench.abilities import FETCHING
from xbench.plan import Plan
from xbench.records import Record


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    return "ipykernel.kernelapp" in sys.modules  # what a kernel begins with, and nothing else loads


@contextmanager
def notices() -> Iterator[None]:
    """In a notebook, what is being fetched is told by a line each; elsewhere that is the command line's affair."""
    if not in_notebook():
        yield
        return
    log, handler = logging.getLogger(FETCHING), logging.StreamHandler(sys.stdout)
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


class PlainLines:
    """Takes what `run` tells, and writes a line for the plan and one for each cell that ends."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._total = self._ended = 0

    def plan(self, plan: Plan) -> None:
        counts = plan.counts
        self._total = counts["run"]
        cells = "1 cell" if counts["run"] == 1 else f"{counts['run']} cells"
        self._say(f"{cells} to run, {counts['done']} done before, {counts['skip']} skipped")

    def event(self, name: str, values: Mapping[str, Any]) -> None:
        """See `driver.drive`; only the end of a cell is told."""
        if name != "cell_finished":
            return
        self._ended += 1
        record: Record = values["record"]
        cell, score = record.cell, record.scores.get(record.main_metric)
        seconds = record.cost.get("train_seconds")
        told = record.status if score is None else f"{record.main_metric} {score:.4g}"
        took = "" if seconds is None else f", {seconds:.1f} s of training"
        why = "" if record.error is None else f": {record.error.get('message')}"
        name = f"{cell.task.name} {cell.model.name}+{cell.method} seed {cell.seed}"
        self._say(f"{self._ended}/{self._total} {name}: {told}{took}{why}")

    def _say(self, line: str) -> None:
        self._stream.write(" ".join(line.split()) + "\n")
        self._stream.flush()
