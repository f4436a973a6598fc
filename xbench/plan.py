"""From what was asked for to what will be done: every cell as run, skip (and why) or done. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Protocol

from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.identity import Image, component, image, make_cell, task_image
from xbench.matrix import Matrix, pairs_of, tasks_of
from xbench.protocols import Backend, Part
from xbench.records import Record, Status
from xbench.specs import Cell, Json, TaskSpec
from xbench.variants import (
    Variant,
    refuse_absent_device,
    refuse_unknown_route,
    refuse_unread,
    route,
    short_of_memory,
    variant,
)

INFRASTRUCTURE: frozenset[Status] = frozenset({"crashed", "interrupted"})  # no results: run again by the same command
_OTHER = "choose another model, method or task: xbench list"
BUDGET = "max_examples_seen"  # the option by which a recipe declares how much training it pays for


class Facts(Protocol):
    """What a plan must know of a task's data."""

    @property
    def fingerprints(self) -> Mapping[str, str]: ...
    @property
    def counts(self) -> Json: ...
    @property
    def source(self) -> Json: ...


class Records(Protocol):
    """What a plan must know of the results folder."""

    def get(self, cell: Cell) -> Record | None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a plan, or one pair that cannot be: then `cell` and `seed` are None and `reason` says why.

    Args:
        predicted: {"seconds", "memory_mib"}, rough.
        shares: how many cells are trained in one pass with this one, itself included.
        replaces: run id of the good record whose place a new run takes, once it is good too.
    """

    task: str
    model: str
    method: str
    seed: int | None
    state: Literal["run", "skip", "done"]
    cell: Cell | None = None
    reason: str = ""
    predicted: Json = field(default_factory=dict)
    shares: int = 1
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All entries, seed by seed over the whole matrix, so that every cell has its first seed early.

    problems: plugins that are broken, a line each; the rest goes on without them.
    notes: what a person's own data were taken for, a line or two each.
    """

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def to_run(self) -> tuple[Cell, ...]:
        return tuple(entry.cell for entry in self.entries if entry.state == "run" and entry.cell is not None)

    @property
    def replaced(self) -> Mapping[str, str]:
        """Run ids of the good records that cells to run replace, by key."""
        return {entry.cell.key: entry.replaces for entry in self.entries if entry.cell is not None and entry.replaces}

    @property
    def counts(self) -> Mapping[str, int]:
        """Entries by state."""
        states = [entry.state for entry in self.entries]
        return {state: states.count(state) for state in ("run", "skip", "done")}

    @property
    def seconds(self) -> float:
        """Predicted, one after the other."""
        return float(sum(entry.predicted.get("seconds", 0.0) for entry in self.entries if entry.state == "run"))

    @property
    def budgets(self) -> Mapping[str, int | None]:
        """By recipe label, the most training examples that a cell to run may visit; None: as many as its epochs say."""
        return {cell.recipe: cell.recipe_values[BUDGET] for cell in self.to_run if BUDGET in cell.recipe_values}


def build(
    matrix: Matrix,
    catalog: Catalog,
    dataset_of: Callable[[TaskSpec], Facts],
    store: Records,
    retry_failed: bool = False,
    complete: Callable[[Record], bool] = lambda record: True,
) -> Plan:
    """The plan of a matrix.

    Args:
        dataset_of: a task's data; asked only for tasks of which some cell may run.
        store: says what is done. A failure is a result, and done, unless `retry_failed`.
        complete: does a good record hold all that is asked for? Without its model, where that is to be kept, it is
            trained again.

    Raises:
        UserError: an unknown name or key, a value that does not fit, data that are missing, or nothing that can run.
    """
    if matrix.seeds < 1:
        raise UserError(f"--seeds {matrix.seeds}: at least one is needed")
    refuse_unknown_route(catalog, matrix.route)
    tasks = tasks_of(matrix, catalog)
    recipe = catalog.recipe(matrix.recipe)
    variants = [
        variant(catalog, backend, model, catalog.method(method), recipe, matrix.sets)
        for backend, model, method in pairs_of(matrix, catalog)
    ]
    if not tasks or not variants:
        raise UserError("nothing to run", "name at least one model (-m), one task (-t) and one method")
    refuse_unread(catalog, variants, recipe, matrix.sets)
    refuse_absent_device(variants, matrix.device)
    rows: list[list[Entry]] = []
    for task in tasks:
        side = _TaskSide(task, matrix, catalog, dataset_of)
        for one in variants:
            row = [
                _settled(entry, store.get(entry.cell), retry_failed, complete) if entry.cell else entry
                for entry in side.entries(one)
            ]
            rows.append(_within_memory(row, one.backend, matrix.device))
    problems = tuple(f"plugin {one.name}: {one.problem}" for one in catalog.plugins if one.problem)
    own = [found for text in matrix.tasks if (found := catalog.own_data(text)) is not None]
    notes = tuple(line for found in own for line in found.told)
    plan = Plan(tuple(_grouped(_seed_major(rows), catalog)), problems, notes)
    if not plan.counts["run"] and not plan.counts["done"]:
        first = plan.entries[0]
        raise UserError(
            f"nothing can run: {first.model}+{first.method} on {first.task}: {first.reason}",
            "--dry-run shows every pair" if len(plan.entries) > 1 else _OTHER if first.reason[-1:] != ")" else "",
        )
    return plan


class _TaskSide:
    """One task of a matrix. Its data are asked for when some cell on it may run, its part of keys is made once."""

    def __init__(
        self, task: TaskSpec, matrix: Matrix, catalog: Catalog, dataset_of: Callable[[TaskSpec], Facts]
    ) -> None:
        self._task, self._matrix, self._catalog, self._dataset_of = task, matrix, catalog, dataset_of
        self._limits = (matrix.limit_train, matrix.limit_eval)

    @cached_property
    def _facts(self) -> Facts:
        return self._dataset_of(self._task)

    @cached_property
    def _images(self) -> Mapping[str, Image]:
        tasktype = self._catalog.tasktype(self._task.type)
        return {
            "task": task_image(self._task, tasktype, self._facts.fingerprints, *self._limits),
            "reader": image(component(self._catalog.reader(self._facts.source["reader"]))),
        }

    def entries(self, one: Variant) -> list[Entry]:
        """A model with a method on this task: an entry for each seed, or one that says why there is none."""
        names = (self._task.name, one.model.name, one.method.name)
        try:
            way, head = route(self._catalog, one.backend, one.model, self._task, self._matrix.route)
        except LookupError as reason:
            return [Entry(*names, None, "skip", reason=str(reason))]
        refusal = one.method.refuse(one.model, way, one.method_options)
        if refusal:
            return [Entry(*names, None, "skip", reason=refusal)]
        cells = list(self._cells(one, way, head))
        refusal = one.backend.refuse(cells[0])
        if refusal:
            return [Entry(*names, None, "skip", reason=refusal)]
        predicted = one.backend.estimate(cells[0], self._facts.counts, self._matrix.device)
        return [Entry(*names, cell.seed, "run", cell, "", predicted) for cell in cells]

    def _cells(self, one: Variant, way: str, head: Part | None) -> Iterator[Cell]:
        images = {**one.images, **self._images}
        if head is not None:
            images["head"] = image(component(head))
        values = (one.label, one.values)
        for seed in range(1 if one.model.deterministic else self._matrix.seeds):
            yield make_cell(
                self._task, one.model, one.method.name, one.method_options, *values, way, seed, images, *self._limits
            )


def _settled(entry: Entry, record: Record | None, retry_failed: bool, complete: Callable[[Record], bool]) -> Entry:
    """The entry of a cell that may run, given the record that it has."""
    if record is None:
        return entry
    if record.status in INFRASTRUCTURE:
        return replace(entry, reason=f"{record.status} before")
    if record.status == "ok" and not complete(record):
        return replace(entry, reason="done before, but its model was not kept", replaces=record.run_id)
    if record.status == "ok":
        return replace(entry, state="done")
    if retry_failed:
        return replace(entry, reason=f"{record.status} before, tried again")
    return replace(entry, state="done", reason=f"{record.status} before; --retry-failed tries again")


def _within_memory(row: list[Entry], backend: Backend, device: str) -> list[Entry]:
    """A row whose cells would need more memory than there is, with one skip in the place of those to run."""
    first = next((entry for entry in row if entry.state == "run"), None)
    why = short_of_memory(backend, first.predicted.get("memory_mib", 0.0), device) if first is not None else None
    if first is None or why is None:
        return row
    skip = Entry(first.task, first.model, first.method, None, "skip", reason=why)
    return [*(entry for entry in row if entry.state != "run"), skip]


def _seed_major(rows: Sequence[Sequence[Entry]]) -> Iterator[Entry]:
    """Round by round over the rows; a cell that two of them ask for once."""
    seen: set[str] = set()
    for turn in range(max(map(len, rows))):
        for entry in (row[turn] for row in rows if turn < len(row)):
            if entry.cell is None or entry.cell.key not in seen:
                yield entry
            if entry.cell is not None:
                seen.add(entry.cell.key)


def _grouped(entries: Iterable[Entry], catalog: Catalog) -> Iterator[Entry]:
    """Entries that are to run, with how many cells their backend trains together with them."""
    kept = list(entries)
    waiting: dict[str, list[Cell]] = {}
    for entry in kept:
        if entry.state == "run" and entry.cell is not None:
            waiting.setdefault(entry.cell.model.backend, []).append(entry.cell)
    sizes: dict[str, int] = {}
    for name, cells in waiting.items():
        for group in catalog.backend(name).groups(cells):
            sizes |= dict.fromkeys((cell.key for cell in group), len(group))
    for entry in kept:
        yield replace(entry, shares=sizes.get(entry.cell.key, 1)) if entry.cell is not None else entry
