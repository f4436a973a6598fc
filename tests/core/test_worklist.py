"""What is still to do: in groups, leased, shared by two drivers of one folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from made_cells import made_cell, made_model, made_record

from xbench.leases import Lease
from xbench.specs import Cell
from xbench.store import Store
from xbench.testing import FakeBackend
from xbench.worklist import Worklist


class Alone(FakeBackend):
    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        return [[cell] for cell in cells]


class Careless(FakeBackend):
    """Names one cell twice and forgets another."""

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        return [cells[:2], cells[1:2]]


def cells(number: int) -> list[Cell]:
    return [made_cell(seed, model=made_model("m", backend="fake")) for seed in range(number)]


def worklist(root: Path, members: Sequence[Cell], backend: FakeBackend | None = None) -> Worklist:
    return Worklist(members, {}, Store(root), {"fake": backend or Alone()})


def taken(work: Worklist) -> list[list[int]]:
    return [[cell.seed for cell in group] for group in iter(work.take, ())]


def test_groups_go_together_in_the_order_of_their_first_cell(tmp_path: Path) -> None:
    one, two = (made_model(name, backend="fake") for name in ("one", "two"))
    members = [made_cell(seed, model=model) for seed in range(3) for model in (one, two)]
    work = worklist(tmp_path, members, FakeBackend())
    groups = list(iter(work.take, ()))
    assert [[(cell.model.name, cell.seed) for cell in group] for group in groups] == [
        [("one", 0), ("one", 1), ("one", 2)],
        [("two", 0), ("two", 1), ("two", 2)],
    ]


def test_a_backend_that_groups_carelessly_neither_loses_nor_doubles_a_cell(tmp_path: Path) -> None:
    assert taken(worklist(tmp_path, cells(4), Careless())) == [[0, 1], [2], [3]]


def test_what_another_worklist_has_taken_waits_and_is_found_done(tmp_path: Path) -> None:
    members, store = cells(2), Store(tmp_path)
    mine, other = worklist(tmp_path, members), worklist(tmp_path, members)
    assert [cell.seed for cell in mine.take()] == [0]
    assert taken(other) == [[1]]
    assert len(other) == 1
    record = made_record(members[0])
    store.publish(store.staging(members[0]), record)
    mine.settle(record)
    found: list[str] = []
    while len(other):
        other.take()
        found += [record.run_id for record in other.found()]
    assert found == [record.run_id]


class Overtaken(Store):
    """Another driver publishes a cell between the look for its record and the lease."""

    def lease(self, cell: Cell) -> Lease | None:
        taken = super().lease(cell)
        self.publish(self.staging(cell), made_record(cell, "theirs"))
        return taken


def test_what_was_published_before_the_lease_is_not_run_again(tmp_path: Path) -> None:
    work = Worklist(cells(1), {}, Overtaken(tmp_path), {"fake": Alone()})
    assert work.take() == ()
    assert [record.run_id for record in work.found()] == ["theirs"]
    assert Store(tmp_path).lease(cells(1)[0]) is not None  # given back


def test_cells_that_are_put_back_come_first_alone_and_still_leased(tmp_path: Path) -> None:
    work = worklist(tmp_path, cells(4), FakeBackend())
    group = work.take()
    work.put_back(group)
    assert taken(work) == [[0], [1], [2], [3]]
    assert taken(worklist(tmp_path, cells(4))) == []
    work.release()
    assert taken(worklist(tmp_path, cells(4))) == [[0], [1], [2], [3]]


def test_an_unsuccessful_record_is_there_to_be_replaced(tmp_path: Path) -> None:
    (cell,), store = cells(1), Store(tmp_path)
    store.publish(store.staging(cell), made_record(cell, "old", status="crashed"))
    work = worklist(tmp_path, [cell])
    assert work.replaces(cell) == "old"
    assert taken(work) == [[0]]


def needing() -> tuple[Cell, Cell, Cell]:
    """Three cells of which each needs the one before."""
    first, second, third = cells(3)
    second = replace(second, needs=(first.key,))
    return first, second, replace(third, needs=(second.key,))


def test_a_cell_waits_for_the_one_that_it_needs(tmp_path: Path) -> None:
    first, second, _ = needing()
    work = worklist(tmp_path, [second, first])
    assert work.take() == (first,)
    assert work.take() == ()
    work.settle(made_record(first))
    assert work.take() == (second,)
    assert len(work) == 0


def test_a_cell_whose_need_failed_or_is_not_in_the_run_is_dropped(tmp_path: Path) -> None:
    first, second, third = needing()
    work = worklist(tmp_path, [third, second, first])
    work.take()
    work.settle(made_record(first, status="failed"))
    assert taken(work) == []
    assert taken(work) == []
    assert len(work) == 0
    alone = worklist(tmp_path / "other", [second])
    assert taken(alone) == []
    assert len(alone) == 0
