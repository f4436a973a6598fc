"""Tasks to try things on, and examples of them with answers of which some are right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xbench import scoring
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.prepared import example_of
from xbench.protocols import TaskType
from xbench.sources import place_of
from xbench.specs import DatasetRef, Example, Prediction, TaskSpec

_MANY = 40  # examples that a metric is tried on: enough for its parts to differ
_LOOKED_AT = 400  # rows, where some do not fit


@dataclass(frozen=True, slots=True)
class Sample:
    """A task with examples and predictions: every second one is right, where another answer could be found."""

    task: TaskSpec
    examples: Sequence[Example]
    predictions: Sequence[Prediction]


def at_hand(catalog: Catalog, task: TaskSpec, root: Path | None) -> DatasetRef | None:
    """The first source of which the reader knows the state, so that reading it asks no network."""
    for ref in (task.data, *task.mirrors):
        try:
            if catalog.reader(ref.reader).stamp(ref, place_of(ref, root)) is not None:
                return ref
        except UserError:
            continue
    return None


def tasks_at_hand(catalog: Catalog, owner: str, root: Path | None) -> list[TaskSpec]:
    """The owner's tasks first, whatever their readers know, then what needs no file, then the rest."""
    found = [(plugin, task) for name in catalog.names("task") for plugin, task in catalog.owned("task", name)]
    own = [task for plugin, task in found if plugin == owner]
    others = [task for plugin, task in found if plugin != owner and at_hand(catalog, task, root) is not None]
    return own + sorted(others, key=lambda task: at_hand(catalog, task, None) is None)


def by_type(tasks: Iterable[TaskSpec]) -> Mapping[str, TaskSpec]:
    """The first task of each type."""
    found: dict[str, TaskSpec] = {}
    for task in tasks:
        found.setdefault(task.type, task)
    return found


def sample(catalog: Catalog, task: TaskSpec, root: Path | None) -> Sample | None:
    """Examples of test (of train, where test is drawn from it); None where three sound ones are not at hand."""
    ref = at_hand(catalog, task, root) or task.data
    tasktype = catalog.tasktype(task.type)
    try:
        examples = list(islice(_examples(catalog, task, tasktype, ref, root), _MANY))
    except UserError:
        return None
    if len(examples) < 3 or len(tasktype.targets) != 1:
        return None
    return Sample(task, examples, [_answer(i, examples, task, tasktype) for i in range(len(examples))])


def _examples(
    catalog: Catalog, task: TaskSpec, tasktype: TaskType, ref: DatasetRef, root: Path | None
) -> Iterator[Example]:
    fields = (*task.inputs, *tasktype.targets, *((task.cluster,) if task.cluster else ()))
    split = "test" if "test" in ref.splits else "train"
    rows = catalog.reader(ref.reader).rows(ref, split, place_of(ref, root), True)
    for number, row in enumerate(islice(rows, _LOOKED_AT)):
        example = example_of(row, fields, tasktype.targets)
        if tasktype.check(example, task) is None:
            yield {"id": f"{split}-{number}", **example}


def _answer(number: int, examples: Sequence[Example], task: TaskSpec, tasktype: TaskType) -> Prediction:
    """The target itself, or for every second example the target of a later one that is another and would do."""
    (target,) = tasktype.targets
    own = examples[number]
    right = {"id": own["id"], "prediction": own[target]}
    if number % 2 == 0:
        return right
    for step in range(1, len(examples)):
        other = examples[(number + step) % len(examples)][target]
        answer = {"id": own["id"], "prediction": other}
        if other != own[target] and scoring.problem(answer, own, task, tasktype) is None:
            return answer
    return right
