"""All cells of a run: retry, ungrouping, publishing, budget, interruption. Every policy stands here, once."""

from __future__ import annotations

import math
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xbench import outcome, wire
from xbench.catalog import Catalog
from xbench.local import NO_PROGRESS
from xbench.observers import Observers
from xbench.plan import Plan
from xbench.protocols import Executor
from xbench.records import Event, Record, Settings, Status, Unit
from xbench.specs import Cell, Json
from xbench.store import Store
from xbench.worklist import Worklist

NO_PROGRESS_SECONDS = 1800.0  # of silence; long enough for a slow download or a long step
RETRIES = 2  # of a cell whose worker was lost while it ran alone
_POLL_SECONDS = 0.2
_GRACE_SECONDS = 5.0  # for units to end by themselves when the run is stopped

OnEvent = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended.

    ok, failed: cells that got their record during this run, from here or from another driver on the same folder.
    done: cells that had it before. skipped: cells that cannot be, as the plan says.
    left: cells not run, because of the budget, fail_fast, or a cell that they need.
    statuses: every record of the plan's cells, those done before included, by status.
    seconds: wall clock.
    """

    ok: int
    failed: int
    done: int
    skipped: int
    left: int
    statuses: Mapping[str, int]
    seconds: float


def drive(
    plan: Plan,
    executor: Executor,
    store: Store,
    catalog: Catalog,
    *,
    settings: Settings,
    budget: float | None = None,
    fail_fast: bool = False,
    command: str = "",
    on_event: OnEvent | None = None,
    no_progress_seconds: float = NO_PROGRESS_SECONDS,
) -> Summary:
    """Runs what the plan says is to run, and closes the executor.

    Several drivers may work on one results folder: each cell is run by one of them, and all wait until it is there.

    Args:
        settings: its device goes with each unit.
        budget: seconds after which no further cell is started.
        fail_fast: the first cell that fails stops the run.
        command: for the records.
        on_event: called in this thread with "run_started" (plan), "cell_started" (cell), "cell_progress" (cell, values:
            "stage" and numbers), "cell_retried" (cell, cause), "cell_elsewhere" (cell, that another driver works on,
            once nothing else is left), "cell_finished" (record), "run_finished" (summary).
        no_progress_seconds: a worker that says nothing for longer is killed, and its cell recorded as timed_out.

    Raises:
        KeyboardInterrupt: after the units were cancelled; nothing half is published.
        UserError: the results folder can no longer be written.
    """
    observers = Observers(catalog.observers())
    try:
        run = _Run(
            plan, executor, store, catalog, settings, command, no_progress_seconds, fail_fast, observers, on_event
        )
        try:
            run.tell("run_started", plan=plan)
            run.loop(budget)
            return run.summary()
        except KeyboardInterrupt:
            run.stop()
            run.loop(None)
            run.summary()
            raise
        finally:
            run.work.release()
    finally:
        executor.close()
        observers.close()


class _Run:
    """One drive(): what runs, what was tried, what became of it."""

    def __init__(
        self,
        plan: Plan,
        executor: Executor,
        store: Store,
        catalog: Catalog,
        settings: Settings,
        command: str,
        no_progress_seconds: float,
        fail_fast: bool,
        observers: Observers,
        on_event: OnEvent | None,
    ) -> None:
        cells = plan.to_run
        past = [entry.cell for entry in plan.entries if entry.state == "done" and entry.cell is not None]
        self._memory = {e.cell.key: int(e.predicted.get("memory_mib", 0)) for e in plan.entries if e.cell is not None}
        self._before = {cell.key: record.status for cell in past if (record := store.get(cell)) is not None}
        self._plan, self._executor, self._store, self._settings = plan, executor, store, settings
        self._command, self._no_progress_seconds, self._fail_fast = command, no_progress_seconds, fail_fast
        self._observers, self._on_event = observers, on_event
        self._begun = time.monotonic()
        backends = {name: catalog.backend(name) for name in {cell.model.backend for cell in cells}}
        self.work = Worklist(cells, self._before, store, backends, plan.replaced)
        self._units: dict[str, Unit] = {}
        self._cancelled: set[str] = set()
        self._settled: dict[str, Status] = {}
        self._attempts: Counter[str] = Counter()
        self._since: dict[str, str] = {}  # when a cell went to a worker last
        self._losses: Counter[str] = Counter()
        self._elsewhere: set[str] = set()  # told to be another driver's
        self._starting = True
        self._deadline = math.inf

    def tell(self, what: str, **values: Any) -> None:
        """To the plugins that watch, and to the caller."""
        self._observers.tell(f"xbench_{what}", **values)
        self._tell_caller(what, **values)

    def _tell_caller(self, what: str, **values: Any) -> None:
        if self._on_event is not None:
            self._on_event(what, values)

    def loop(self, budget: float | None) -> None:
        """Until nothing runs and nothing may start, or what was told to end has had its time."""
        while (self._units and time.monotonic() < self._deadline) or (self._starting and len(self.work)):
            if budget is not None and time.monotonic() - self._begun > budget:
                self._starting = False
            while self._starting and self._executor.free() > 0 and self._submit():
                pass
            for record in self.work.found():
                self._settle(record)
            if self._units:
                for event in self._executor.poll(_POLL_SECONDS):
                    self._take(event)
            elif self._starting and len(self.work):  # another driver holds all that is left
                for cell in self.work.held:
                    if cell.key not in self._elsewhere:
                        self._elsewhere.add(cell.key)
                        self._tell_caller("cell_elsewhere", cell=cell)
                time.sleep(_POLL_SECONDS)
            self.work.beat()

    def summary(self) -> Summary:
        """Counts, told to all who watch."""
        good = sum(status == "ok" for status in self._settled.values())
        result = Summary(
            ok=good,
            failed=len(self._settled) - good,
            done=len(self._before),
            skipped=self._plan.counts["skip"],
            left=len(self._plan.to_run) - len(self._settled),
            statuses=dict(Counter([*self._before.values(), *self._settled.values()])),
            seconds=time.monotonic() - self._begun,
        )
        self._observers.tell("xbench_run_finished", summary=asdict(result))
        self._tell_caller("run_finished", summary=result)
        return result

    def stop(self) -> None:
        """Starts nothing more and asks every unit to end; what it still finishes within the grace period counts."""
        self._starting = False
        self._deadline = time.monotonic() + _GRACE_SECONDS
        for unit in self._units:
            self._cancelled.add(unit)
            self._executor.cancel(unit)

    def _submit(self) -> bool:
        cells = self.work.take()
        if not cells:
            return False
        for cell in cells:
            self._attempts[cell.key] += 1
            self._since[cell.key] = outcome.now()
        unit = Unit(
            id=uuid.uuid4().hex[:12],
            cells=cells,
            device=self._settings.device,
            memory_mib=sum(self._memory[cell.key] for cell in cells),
            no_progress_seconds=self._no_progress_seconds,
        )
        self._units[unit.id] = unit
        self._executor.submit(unit)
        return True

    def _take(self, event: Event) -> None:
        unit = self._units.get(event.unit)
        if unit is None:
            return
        match event.kind:
            case "started":
                for cell in unit.cells:
                    self.tell("cell_started", cell=cell)
            case "progress":
                self._progress(self._cell(unit, event.key), event.values)
            case "cell":
                record = wire.convert(event.values, Record)
                self._publish(self._cell(unit, event.key), record, event.files)
            case "done" | "failed" | "lost":
                self._ended(self._units.pop(unit.id), event)

    @staticmethod
    def _cell(unit: Unit, key: str | None) -> Cell:
        return next(cell for cell in unit.cells if cell.key == key)

    def _progress(self, cell: Cell, values: Json) -> None:
        self._tell_caller("cell_progress", cell=cell, values=values)
        if "step" in values:
            numbers = {name: value for name, value in values.items() if name not in ("step", "stage")}
            self._observers.tell("xbench_cell_progress", cell=cell, step=values["step"], values=numbers)

    def _ended(self, unit: Unit, event: Event) -> None:
        """What becomes of the cells of a unit that it left without a record."""
        rest = [cell for cell in unit.cells if cell.key not in self._settled]
        if unit.id in self._cancelled:
            return
        if len(rest) > 1:  # each alone, so that the culprit shows and the others get their records
            self._again(rest, event)
        elif rest:
            self._alone(rest[0], event)

    def _alone(self, cell: Cell, event: Event) -> None:
        error = outcome.lost(event.cause or "it ended without a word on this cell")
        if event.kind == "lost":
            self._losses[cell.key] += 1
            if event.cause == NO_PROGRESS:  # another half hour of silence would say no more
                self._publish_failure(cell, "timed_out", error, event.files)
            elif self._losses[cell.key] <= RETRIES:
                self._again([cell], event)
            else:
                self._publish_failure(cell, "crashed", error, event.files)
        else:
            status: Status = event.values.get("status", "failed")
            self._publish_failure(cell, status, event.values.get("error", error), event.files)

    def _again(self, cells: Sequence[Cell], event: Event) -> None:
        for cell in cells:
            self._tell_caller("cell_retried", cell=cell, cause=event.cause)
        self.work.put_back(cells)

    def _publish_failure(self, cell: Cell, status: Status, error: Json, files: Mapping[str, Path]) -> None:
        self._publish(cell, replace(outcome.blank(cell, self._since[cell.key]), status=status, error=error), files)

    def _publish(self, cell: Cell, record: Record, files: Mapping[str, Path]) -> None:
        """One rename; where another driver was quicker, its record is the cell's. A good record outlives a failure."""
        told = replace(record, cell=cell, attempts=self._attempts[cell.key], command=self._command)
        if record.status != "ok" and self.work.keeps(cell):
            self._settle(told)
            return
        staged = self._store.staging(cell)
        for name, path in files.items():
            shutil.move(path, staged / name)
        if not self._store.publish(staged, told, self.work.replaces(cell)):
            told = self._store.get(cell) or told
        self._settle(told)

    def _settle(self, record: Record) -> None:
        self._settled[record.key] = record.status
        self.work.settle(record)
        self.tell("cell_finished", record=record)
        if self._fail_fast and record.status != "ok":
            self.stop()
