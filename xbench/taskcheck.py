"""Does all that a task names exist, and fit together? Asked before any of its data are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from xbench.abilities import NamesLocation, ScoresTargets
from xbench.errors import UserError
from xbench.names import unknown
from xbench.protocols import Metric, Reader, TaskType
from xbench.specs import DatasetRef, TaskSpec

NAMED = ("label", "tags")  # kinds of target that the task's labels are the values of


class Lookups(Protocol):
    """What of the catalog is needed here."""

    def names(self, kind: str) -> list[str]: ...
    def reader(self, name: str) -> Reader: ...
    def tasktype(self, name: str) -> TaskType: ...
    def metric(self, text: str) -> Metric: ...
    def metric_text(self, text: str) -> str: ...


def checked(task: TaskSpec, catalog: Lookups) -> TaskSpec:
    """The task with its metrics' canonical texts. Raises UserError where something is unknown or does not fit."""
    try:
        tasktype = catalog.tasktype(task.type)
        for ref in (task.data, *task.mirrors):
            _check_location(ref, catalog.reader(ref.reader))
        metrics = tuple(catalog.metric_text(text) for text in task.metrics)
    except UserError as problem:
        raise UserError(f"task {task.name}: {problem.message}", problem.hint) from problem
    for name in task.inputs:
        if name not in tasktype.fields:
            raise unknown(f"input of task {task.name} ({task.type})", name, tasktype.fields)
    kinds = tuple(tasktype.targets.values())
    if not task.labels and any(kind in NAMED for kind in kinds):
        raise UserError(f"task {task.name}: no labels", 'a card names them all: labels = ["good", "bad"]')
    for text in metrics:
        if not scores(catalog.metric(text), kinds):
            fitting = [name for name in catalog.names("metric") if scores(catalog.metric(name), kinds)]
            raise UserError(
                f"task {task.name}: metric {text} cannot score {task.type} tasks",
                f"take {' or '.join(fitting)}" if fitting else "",
            )
    return dataclasses.replace(task, metrics=metrics)


def _check_location(ref: DatasetRef, reader: Reader) -> None:
    known = reader.location if isinstance(reader, NamesLocation) else ref.location
    for key in ref.location:
        if key not in known:
            raise unknown(f"key of reader {ref.reader}'s location", key, known)


def scores(metric: Metric, kinds: Sequence[str]) -> bool:
    """May `metric` score targets of these kinds? A metric that does not say may."""
    return not isinstance(metric, ScoresTargets) or any(kind in metric.targets for kind in kinds)
