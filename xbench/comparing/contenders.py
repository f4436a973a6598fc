"""Which rows or runs a text names: `model`, `model+method`, with `+recipe` and `+route`; a run's id, key or folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench.errors import UserError
from xbench.names import labelled, unknown
from xbench.records import Record
from xbench.rows import Line
from xbench.specs import Json
from xbench.store import read_record

SHORTEST = 4  # characters of a run id or key that name a run
SHOWN = 8  # characters of one that tell it apart for a person

Contest = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a row of a board, or one run of it (`run`).

    labels: what the row answers to, from the shortest on: model, model+method, with +recipe, with +route.
    """

    line: Line
    labels: tuple[str, ...]
    run: bool = False

    @property
    def contest(self) -> Contest:
        """Sides compare where these are equal: task, metric, protocol, the metric's signature."""
        return self.task, self.line.metric, self.first.cell.protocol, self.line.signature

    @property
    def first(self) -> Record:
        return self.line.records[0]

    @property
    def task(self) -> str:
        return self.first.cell.task.name

    def name(self, length: int = 2) -> str:
        """The label of so many parts (fewer where there are no more); a run's with its seed."""
        label = self.labels[min(length, len(self.labels)) - 1]
        return f"{label} s{self.first.cell.seed}" if self.run else label


class Ambiguous(UserError):
    """A text names more than one row of a task."""

    def __init__(self, text: str, task: str, meant: Sequence[str]) -> None:
        super().__init__(f"{text!r} names more than one row of {task}", f"say {' or '.join(meant)}")
        self.task = task


Clear = tuple[list[Side], dict[str, Ambiguous]]  # what a text names, and the tasks on which that is not clear


def sides(text: str, known: Sequence[Line], defaults_of: Callable[[str], Json]) -> list[Side]:
    """All that a text names, at most one for each task, metric, protocol and signature.

    Args:
        known: the lines to choose from.
        defaults_of: a method's declared option defaults; a label names what differs from them.

    Raises UserError where it names nothing, Ambiguous where two rows of one contest.
    """
    labelled = [Side(line, _labels(line, defaults_of)) for line in known]
    rows = [side for side in labelled if text in side.labels]
    if not rows:
        return _of_run(text, labelled)
    contests = [side.contest for side in rows]
    if len(set(contests)) < len(contests):
        twice = next(contest for contest in contests if contests.count(contest) > 1)
        meant = [side for side in rows if side.contest == twice]
        raise Ambiguous(text, twice[0], _apart(meant))
    return rows


def clear_sides(text: str, known: Sequence[Line], defaults_of: Callable[[str], Json]) -> Clear:
    """What a text names, without the tasks on which it names more than one row: those by name, each with its error."""
    unclear: dict[str, Ambiguous] = {}
    while True:
        clear = [line for line in known if line.records[0].cell.task.name not in unclear]
        try:
            return sides(text, clear, defaults_of), unclear
        except Ambiguous as problem:
            unclear[problem.task] = problem
        except UserError:
            if unclear:  # nothing is left
                return [], unclear
            raise


def unclear_on_both(a: Clear, b: Clear) -> dict[str, Ambiguous]:
    """Tasks on which both have rows, and one of them more than one."""
    tasks = [{*unclear, *(side.task for side in found)} for found, unclear in (a, b)]
    return {name: why for name, why in sorted({**b[1], **a[1]}.items()) if name in tasks[0] & tasks[1]}


def of_task(known: Iterable[Line], task: str | None) -> list[Line]:
    """Those of one task, by its name or an alias; all where none is named. Raises UserError on an unknown one."""
    found = list(known)
    if task is None:
        return found
    cells = [line.records[0].cell for line in found]
    if not any(task in (cell.task.name, *cell.task.aliases) for cell in cells):
        raise unknown("task of these results", task, {cell.task.name for cell in cells})
    return [line for line, cell in zip(found, cells, strict=True) if task in (cell.task.name, *cell.task.aliases)]


def _apart(rows: Sequence[Side]) -> list[str]:
    """What tells rows apart: the shortest labels that do, else a run of each."""
    for length in range(1, max(len(side.labels) for side in rows) + 1):
        told = {side.name(length) for side in rows}
        if len(told) == len(rows):
            return sorted(told)
    return [side.first.run_id[:SHOWN] for side in rows]


def names(a: Side, b: Side) -> tuple[str, str]:
    """What tells two sides apart, as short as can be; equal rows of other options by a run's id."""
    for length in range(2, max(len(a.labels), len(b.labels), 2) + 1):
        if a.name(length) != b.name(length):
            return a.name(length), b.name(length)
    first, second = (f"{side.name()} ({side.first.run_id[:SHOWN]})" for side in (a, b))
    return first, second


def _labels(line: Line, defaults_of: Callable[[str], Json]) -> tuple[str, ...]:
    cell = line.records[0].cell
    method = labelled(cell.method, cell.method_options, defaults_of(cell.method))
    parts = [cell.model.name, method, cell.recipe, *([cell.route] if cell.route else [])]
    return tuple("+".join(parts[:length]) for length in range(1, len(parts) + 1))


def _of_run(text: str, known: Sequence[Side]) -> list[Side]:
    """Each metric of the one record that a run id, a key, the beginning of either, or a folder names."""
    runs = {record.key: record for side in known for record in side.line.records if _named(text, record)}
    folder = read_record(Path(text)) if Path(text).is_dir() else None
    if folder is not None:
        runs = {key: record for key, record in runs.items() if key == folder.key}
        if not runs:
            raise UserError(f"{text} is none of these results", "--results names the folder that it is in")
    if not runs:
        raise unknown("row or run", text, {label for side in known for label in side.labels})
    if len(runs) > 1:
        raise UserError(f"{text!r} is the beginning of {len(runs)} runs", "give more of it")
    (run,) = runs.values()
    return [
        Side(Line((run,), side.line.metric, side.line.signature), side.labels, run=True)
        for side in known
        if run in side.line.records
    ]


def _named(text: str, record: Record) -> bool:
    """A folder of this name ends in the beginning of the key."""
    name = Path(text).name.rpartition("--")[2] or text
    return len(name) >= SHORTEST and (record.key.startswith(name) or record.run_id.startswith(text))
