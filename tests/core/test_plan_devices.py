"""What a plan says of a device that is not here, and of cells that are too large for it."""

from __future__ import annotations

import pytest
from made_catalog import MadeBackend, MadeFacts, made_catalog
from made_cells import made_record

from xbench.errors import UserError
from xbench.matrix import Matrix
from xbench.plan import Plan, build
from xbench.records import Record
from xbench.specs import Cell, Json

GIB = 1024


class Machine(MadeBackend):
    """Nets on a machine of 16 GiB, whose only device is the CPU; each cell needs `needed` MiB."""

    def __init__(self, needed: float, there: float | None = 16.0 * GIB) -> None:
        super().__init__()
        self.needed, self.there = needed, there
        self.questions: list[str] = []

    def lacks(self, device: str) -> str | None:
        return None if device in ("auto", "cpu") else "no such device here"

    def memory_mib(self, device: str) -> float | None:
        self.questions.append(device)
        return self.there

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        return {"seconds": 1.0, "memory_mib": self.needed}


class Kept:
    """A results folder with the records of some cells."""

    def __init__(self, *records: Record) -> None:
        self._records = {record.key: record for record in records}

    def get(self, cell: Cell) -> Record | None:
        return self._records.get(cell.key)


def planned(backend: MadeBackend, *models: str, device: str = "auto", records: tuple[Record, ...] = ()) -> Plan:
    matrix = Matrix(models or ("net-encoder", "majority"), ("tnews",), seeds=2, device=device)
    return build(matrix, made_catalog(backend), lambda task: MadeFacts(task, []), Kept(*records))


def test_a_device_that_is_not_here_is_told_before_data_are_read() -> None:
    read: list[str] = []
    with pytest.raises(UserError, match=r"--device cuda: no such device here \(use --device auto"):
        build(
            Matrix(("net-encoder",), ("tnews",), device="cuda"),
            made_catalog(Machine(10)),
            lambda task: MadeFacts(task, read),
            Kept(),
        )
    assert read == []


def test_a_run_of_backends_that_use_no_device_asks_for_none() -> None:
    assert len(planned(Machine(10), "majority", device="cuda").to_run) == 1


def test_a_cell_well_above_the_memory_is_one_skip_and_the_rest_runs() -> None:
    found = planned(Machine(21.0 * GIB))
    assert [(entry.model, entry.seed, entry.state) for entry in found.entries] == [
        ("net-encoder", None, "skip"),
        ("majority", 0, "run"),
    ]
    assert found.entries[0].reason.startswith("it needs about 21 GiB of memory, and there are 16 GiB")


@pytest.mark.parametrize(("needed", "there"), [(20.0 * GIB, 16.0 * GIB), (21.0 * GIB, None)])
def test_a_prediction_is_rough_and_what_nobody_knows_forbids_nothing(needed: float, there: float | None) -> None:
    assert planned(Machine(needed, there)).counts == {"run": 3, "skip": 0, "done": 0}


def test_nobody_is_asked_for_small_cells() -> None:
    backend = Machine(4.0 * GIB, there=1.0)
    assert planned(backend).counts["run"] == 3
    assert backend.questions == []


def test_what_a_larger_machine_has_done_stays_done() -> None:
    cells = planned(Machine(10), "net-encoder").to_run
    found = planned(Machine(21.0 * GIB), "net-encoder", records=(made_record(cells[0]),))
    assert [(entry.seed, entry.state) for entry in found.entries] == [(0, "done"), (None, "skip")]
