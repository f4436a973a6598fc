"""Units of cells: each is loaded, the backend fits them together, each that ends is scored and told to the driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from xbench import wire
from xbench.catalog import Catalog
from xbench.cellrun import CellRun
from xbench.data import Dataset
from xbench.errors import Cancelled, PluginError
from xbench.outcome import LOG
from xbench.protocols import Job, Part
from xbench.records import Event, Record, Settings, Unit
from xbench.specs import Cell


@dataclass(frozen=True, slots=True)
class CellContext:
    """What a running cell may reach (`protocols.Context`)."""

    catalog: Catalog
    device: str
    offline: bool

    def declared(self, kind: str, name: str) -> Any:
        if kind == "metric":  # its name may carry parameters
            return self.catalog.metric(name)
        return self.catalog.declared(kind, name)

    def parts(self, kind: str) -> Sequence[Part]:
        return self.catalog.parts(kind)


def run_unit(unit: Unit, catalog: Catalog, settings: Settings, spool: Path, emit: Callable[[Event], None]) -> None:
    """Runs every cell of a unit and emits one "cell" event each, with the record and its files.

    Args:
        spool: the unit's own folder; `log.txt` in it is what the plugins have printed.
        emit: takes events; raises Cancelled when the run is being stopped.

    Raises:
        Cancelled: from `emit`.
        BaseException: what `fit` raised, where several cells are left and it is not known which one is at fault.
    """
    context = CellContext(catalog, unit.device, settings.offline)
    datasets: dict[tuple[str, int | None, int | None], Dataset] = {}
    waiting: dict[str, CellRun] = {}
    jobs: list[Job] = []

    def tell(run: CellRun, record: Record) -> None:
        emit(Event("cell", unit.id, run.cell.key, wire.plain(record), run.files()))

    for number, cell in enumerate(unit.cells):
        run = CellRun(cell, unit.id, spool / LOG, spool / str(number), emit)
        try:
            run.load(partial(_dataset, cell, catalog, settings, spool, datasets), catalog)
            jobs.append(run.job(context))
        except Cancelled:
            raise
        except BaseException as error:  # noqa: BLE001  the boundary: what a plugin raises is this cell's record
            tell(run, run.fail(error))
        else:
            waiting[cell.key] = run
    if not jobs:
        return
    backend = catalog.backend(unit.cells[0].model.backend)
    try:
        for cell, outcome in backend.fit(jobs):
            run = waiting.pop(cell.key)
            tell(run, run.finish(outcome, settings.save_model))
        if waiting:
            raise PluginError(backend.name, f"fit() ended without {len(waiting)} of its {len(jobs)} cells")
    except Cancelled:
        raise
    except BaseException as error:
        if len(waiting) != 1:  # the driver runs each alone, and so finds the culprit
            raise
        for run in waiting.values():
            tell(run, run.fail(error))


def _dataset(
    cell: Cell,
    catalog: Catalog,
    settings: Settings,
    spool: Path,
    loaded: dict[tuple[str, int | None, int | None], Dataset],
) -> Dataset:
    """The cell's data; cells of one unit share what they have in common."""
    wanted = (cell.protocol, cell.limit_train, cell.limit_eval)
    if wanted not in loaded:
        loaded[wanted] = Dataset(
            cell.task,
            catalog,
            settings.data_dir,
            settings.offline,
            settings.cache or spool,
            limit_train=cell.limit_train,
            limit_eval=cell.limit_eval,
        )
    return loaded[wanted]
