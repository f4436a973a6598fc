"""Small tasks over files that a test writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from xbench.data import Dataset
from xbench.protocols import Reader, TaskType
from xbench.specs import DatasetRef, TaskSpec
from xbench.tasktypes import xbench_tasktypes
from xbench_data import xbench_readers


class Lookups:
    """The built-in task types and readers by name, as the catalog finds them."""

    def __init__(self, *more: Reader) -> None:
        self._readers = {reader.name: reader for reader in (*xbench_readers(), *more)}
        self._types = {tasktype.name: tasktype for tasktype in xbench_tasktypes()}

    def reader(self, name: str) -> Reader:
        return self._readers[name]

    def tasktype(self, name: str) -> TaskType:
        return self._types[name]


def ref(
    reader: str, columns: dict[str, str], splits: dict[str, str], share: float = 0.0, **location: Any
) -> DatasetRef:
    return DatasetRef(reader, {"folder": "made", **location}, columns, splits, share)


def task(
    kind: str, data: DatasetRef, *mirrors: DatasetRef, labels: tuple[str, ...] = ("a", "b"), **more: Any
) -> TaskSpec:
    """A task of a built-in type; its inputs are the type's first field."""
    inputs = {"classification": ("text",), "tagging": ("tokens",), "text-to-text": ("source",)}[kind]
    made = TaskSpec(
        name="made",
        version=1,
        type=kind,
        data=data,
        inputs=inputs,
        labels=labels,
        metrics=("accuracy",),
        language=("en",),
        licence="none",
        citation="none",
        mirrors=mirrors,
    )
    return replace(made, **more)


def dataset(root: Path, task: TaskSpec, *, lookups: Lookups | None = None, **limits: int) -> Dataset:
    """A task's splits from the files below `root`, kept in `root/cache`."""
    return Dataset(task, lookups or Lookups(), root, True, root / "cache", **limits)
