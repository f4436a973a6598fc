"""What of a plan is still to do: in order, in groups, leased, so that two drivers on one folder share the work."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xbench.leases import SILENT_SECONDS, Lease
from xbench.protocols import Backend
from xbench.records import Record, Status
from xbench.specs import Cell
from xbench.store import Store

_HELD_SECONDS = 0.5  # between two looks at a cell that another driver works on
_BEAT_SECONDS = SILENT_SECONDS / 6


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Cells that go to a worker together, not before a moment of the monotonic clock."""

    cells: tuple[Cell, ...]
    not_before: float = 0.0


class Worklist:
    """Cells waiting for a worker, and the leases of those that have one.

    Args:
        cells: what is to run, in order.
        done: status by key of the plan's other cells that have a record.
        store: where leases and other drivers' records are.
        backend_of: the backend of a name; says which cells it trains together.
        replaced: run ids of good records, by key, that new ones take the place of.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        done: Mapping[str, Status],
        store: Store,
        backend_of: Mapping[str, Backend],
        replaced: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._known: dict[str, Status] = dict(done)
        unsuccessful = {cell.key: old.run_id for cell in cells if (old := _unsuccessful(store, cell)) is not None}
        self._good = dict(replaced or {})
        self._replaces = {**self._good, **unsuccessful}
        self._leases: dict[str, Lease] = {}
        self._found: list[Record] = []
        self._beaten = time.monotonic()
        self._waiting = deque(_Waiting(group) for group in _groups(cells, backend_of))
        self._expected = {cell.key for cell in cells}

    def __len__(self) -> int:
        """Cells that wait."""
        return sum(len(waiting.cells) for waiting in self._waiting)

    @property
    def held(self) -> list[Cell]:
        """Cells that another driver works on, as far as was seen."""
        return [cell for waiting in self._waiting if waiting.not_before for cell in waiting.cells]

    def replaces(self, cell: Cell) -> str | None:
        """Run id of the record that a new one may take the place of."""
        return self._replaces.get(cell.key)

    def keeps(self, cell: Cell) -> bool:
        """Whether that is a good record, which no failure may take the place of."""
        return cell.key in self._good

    def take(self) -> tuple[Cell, ...]:
        """The next cells that may start now, leased; empty where there are none at the moment."""
        now = time.monotonic()
        for _ in range(len(self._waiting)):
            waiting = self._waiting.popleft()
            if self._hopeless(waiting.cells):
                self._expected -= {cell.key for cell in waiting.cells}
                continue
            if waiting.not_before > now or self._missing(waiting.cells):
                self._waiting.append(waiting)
                continue
            taken = tuple(self._lease(waiting.cells, now))
            if taken:
                return taken
        return ()

    def put_back(self, cells: Sequence[Cell]) -> None:
        """Let each of these run again, alone and soon. Their leases are kept."""
        self._waiting.extendleft(_Waiting((cell,)) for cell in reversed(cells))

    def settle(self, record: Record) -> None:
        """This cell has its record."""
        self._known[record.key] = record.status
        lease = self._leases.pop(record.key, None)
        if lease is not None:
            lease.release()

    def found(self) -> Iterator[Record]:
        """Records that other drivers have published since the last call."""
        while self._found:
            yield self._found.pop(0)

    def beat(self) -> None:
        """Tells drivers on other machines, now and then, that this one lives."""
        if time.monotonic() - self._beaten > _BEAT_SECONDS:
            self._beaten = time.monotonic()
            for lease in self._leases.values():
                lease.beat()

    def release(self) -> None:
        """Gives every leased cell up."""
        for lease in self._leases.values():
            lease.release()
        self._leases.clear()

    def _lease(self, cells: Iterable[Cell], now: float) -> Iterator[Cell]:
        """Those of `cells` that are still to do and nobody else holds; the others wait, or are found done."""
        for cell in cells:
            if cell.key not in self._leases:
                if self._elsewhere(cell):
                    continue
                lease = self._store.lease(cell)
                if lease is None:
                    self._waiting.append(_Waiting((cell,), now + _HELD_SECONDS))
                    continue
                self._leases[cell.key] = lease
                if self._elsewhere(cell):  # published between the look and the lease
                    self._leases.pop(cell.key).release()
                    continue
            yield cell

    def _elsewhere(self, cell: Cell) -> bool:
        record = self._store.get(cell)
        if record is None or record.run_id == self._replaces.get(cell.key):
            return False
        self._found.append(record)
        return True

    def _missing(self, cells: Sequence[Cell]) -> bool:
        """Whether a need of these cells is still to come."""
        return any(need not in self._known for cell in cells for need in cell.needs)

    def _hopeless(self, cells: Sequence[Cell]) -> bool:
        """Whether a need of these cells failed, was dropped, or is no part of the run."""
        needs = [need for cell in cells for need in cell.needs]
        return any(
            self._known.get(need, "ok") != "ok" or need not in self._known.keys() | self._expected for need in needs
        )


def _unsuccessful(store: Store, cell: Cell) -> Record | None:
    """What a plan that runs a cell again means to replace."""
    record = store.get(cell)
    return record if record is not None and record.status != "ok" else None


def _groups(cells: Sequence[Cell], backend_of: Mapping[str, Backend]) -> list[tuple[Cell, ...]]:
    """Every cell once: as its backend groups them, in the order of each group's first cell."""
    place = {cell.key: number for number, cell in enumerate(cells)}
    by_backend: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_backend[cell.model.backend].append(cell)
    groups: list[tuple[Cell, ...]] = []
    for name, members in by_backend.items():
        left = {cell.key: cell for cell in members}
        for group in backend_of[name].groups(members):
            known = tuple(left.pop(cell.key) for cell in group if cell.key in left)
            if known:
                groups.append(known)
        groups.extend((cell,) for cell in left.values())  # a backend that forgets cells
    return sorted(groups, key=lambda group: min(place[cell.key] for cell in group))
