"""Scores stored predictions again with the metrics as they are now. Nothing is trained, no key moves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from xbench import scoring
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.errors import CellError, UserError
from xbench.records import Record
from xbench.specs import Cell, Example, Prediction, TaskSpec
from xbench.statsfile import STATISTICS, read, write
from xbench.store import PREDICTIONS, Store

NO_PREDICTIONS = "no predictions are kept beside the record"
AT_HOME = f"rescore in the folder that the run wrote, or copy its {PREDICTIONS} here"


@dataclass(frozen=True, slots=True)
class Rescored:
    """What became of a folder's records.

    changed: run ids whose scores, signatures or statistics are new. same: nothing differed. left: why some could not be
    scored, by run id; what many share is the same text.
    """

    changed: tuple[str, ...]
    same: tuple[str, ...]
    left: Mapping[str, str]


def rescore(store: Store, catalog: Catalog, dataset_of: Callable[[Cell], Dataset]) -> Rescored:
    """Every successful record whose predictions and data are at hand, by every metric that its task lists now.

    The main metric stays, for it chose the trained state; a card that names another one asks for another cell.

    Args:
        dataset_of: the data of a cell, with its limits.
    """
    changed: list[str] = []
    same: list[str] = []
    left: dict[str, str] = {}
    data = _Data(dataset_of)
    for record in list(store.records()):
        if record.status != "ok":
            continue
        try:
            done = _again(record, store, catalog, data)
        except UserError as problem:
            left[record.run_id] = str(problem)
            continue
        except CellError as problem:
            left[record.run_id] = f"{record.cell.task.name} {record.cell.model.name}: {problem}"
            continue
        (changed if done else same).append(record.run_id)
    return Rescored(tuple(changed), tuple(same), left)


class _Data:
    """The test split of each task and protocol, read once, or found missing once."""

    def __init__(self, dataset_of: Callable[[Cell], Dataset]) -> None:
        self._dataset_of = dataset_of
        self._known: dict[tuple[str, str], Sequence[Example] | UserError] = {}

    def examples(self, cell: Cell) -> Sequence[Example]:
        """What the cell was scored on. Raises UserError where it is another split by now, or not at hand."""
        asked = (cell.task.name, cell.protocol)
        if asked not in self._known:
            try:
                self._known[asked] = self._read(cell)
            except UserError as problem:
                self._known[asked] = problem
        found = self._known[asked]
        if isinstance(found, UserError):
            raise found
        return found

    def _read(self, cell: Cell) -> Sequence[Example]:
        data = self._dataset_of(cell)
        saw = cell.protocol_of["data"]["test"]
        if data.fingerprints["test"] != saw:
            raise UserError(
                f"task {cell.task.name}: the test split is another one by now",
                "get the data that these runs saw, or run them again",
            )
        return list(data.rows("test"))


def _again(record: Record, store: Store, catalog: Catalog, data: _Data) -> bool:
    """Publish the record with new scores, where they differ; whether they did."""
    folder = store.folder(record)
    task = replace(record.cell.task, metrics=_metrics(record.cell.task, catalog))
    predictions = _predictions(folder / PREDICTIONS)
    examples = data.examples(record.cell)
    if [prediction["id"] for prediction in predictions] != [example["id"] for example in examples]:
        raise UserError(f"{folder / PREDICTIONS}: other ids than the test split's")
    scored = scoring.score({text: catalog.metric(text) for text in task.metrics}, task, examples, predictions)
    kept = task.metrics == record.cell.task.metrics and scored.scores == dict(record.scores)
    if kept and scored.signatures == dict(record.signatures) and _stored(folder, scored.statistics):
        return False
    main = record.main_metric
    # Predictions of train and validation are not kept: where the main metric moved, their scores cannot follow.
    moved = scored.scores[main] != record.scores.get(main) or scored.signatures[main] != record.signatures.get(main)
    new = replace(
        record,
        cell=replace(record.cell, task=task),
        scores=scored.scores,
        signatures=scored.signatures,
        train_score=None if moved else record.train_score,
        validation_score=None if moved else record.validation_score,
    )
    staged = store.staging(record.cell)
    _copy(folder, staged)
    write(staged, scored.statistics)
    return store.publish(staged, new, replace=record.run_id)


def _metrics(task: TaskSpec, catalog: Catalog) -> tuple[str, ...]:
    """The record's main metric, and what the task lists beside it now."""
    try:
        current = catalog.tasks_named(task.name)
    except UserError:  # its plugin is not installed: the record knows the task
        current = []
    named = next((one for one in current if (one.name, one.version) == (task.name, task.version)), task)
    return tuple(dict.fromkeys((task.metrics[0], *named.metrics)))


def _predictions(path: Path) -> Sequence[Prediction]:
    try:
        predictions: list[Prediction] = [
            msgspec.json.decode(line, type=dict) for line in path.read_bytes().splitlines()
        ]
        if all("id" in prediction for prediction in predictions):
            return predictions
    except FileNotFoundError as problem:
        raise UserError(NO_PREDICTIONS, AT_HOME) from problem
    except (OSError, msgspec.DecodeError) as problem:
        raise UserError(f"{path}: cannot be read: {problem}") from problem
    raise UserError(f"{path}: a line without an id")


def _stored(folder: Path, statistics: Mapping[str, Any]) -> bool:
    """Whether these very arrays are kept there."""
    import numpy as np

    try:
        kept = read(folder)
    except (FileNotFoundError, ValueError):  # written anew
        return False
    return kept.keys() == statistics.keys() and all(np.array_equal(kept[name], statistics[name]) for name in kept)


def _copy(folder: Path, staged: Path) -> None:
    """All but what is written anew. Large files (a saved model) are linked where the file system can."""

    def place(source: str, target: str) -> str:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
        return target

    written = shutil.ignore_patterns("record.json", STATISTICS)
    shutil.copytree(folder, staged, copy_function=place, ignore=written, dirs_exist_ok=True)
