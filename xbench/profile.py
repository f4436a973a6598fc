"""What a task's data hold: sizes, labels, lengths, duplicates between splits, a few examples."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from xbench.data import Dataset
from xbench.owndata.languages import language_of
from xbench.prepared import SPLITS, mark_of
from xbench.protocols import TaskType
from xbench.specs import Example, TaskSpec
from xbench.tasktypes import unspaced

PERCENTILES = (50, 90, 99, 100)
EXAMPLES = 3
MOST_COMPARED = 1_000_000  # rows; among more than these no duplicates are sought

# What is counted of a target, by its kind.
_COUNTED: Mapping[str, Callable[[Any], Iterable[str]]] = {
    "label": lambda value: (value,),
    "tags": lambda value: (tag[2:] for tag in value if tag.startswith("B-")),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A task and its data. Splits are those that a run uses, without limits.

    Args:
        labels: how often each label, or type of entity, stands in each split; empty where the target is free text.
        lengths: by field, the percentiles over all splits.
        units: by field: "words", "characters" (in languages without spaces) or "tokens".
        duplicates: by ("train", "test") and so on, rows of the second whose inputs stand in the first, but for case
            and spaces; by ("train", "train"), rows that stand in train before.
            None where there are more than `MOST_COMPARED` rows.
        contradicting: rows of all splits whose inputs stood before with another target.
        examples: the first, and others at equal distances, of train.
    """

    task: TaskSpec
    sizes: Mapping[str, int]
    labels: Mapping[str, Mapping[str, int]]
    lengths: Mapping[str, Mapping[int, int]]
    units: Mapping[str, str]
    duplicates: Mapping[tuple[str, str], int] | None
    contradicting: int
    examples: tuple[Example, ...]


def profile(dataset: Dataset, tasktype: TaskType) -> Profile:
    """Reads every split once. Raises MissingData where the data are not at hand, UserError on a malformed row."""
    task = dataset.task
    sizes = {split: len(dataset.rows(split)) for split in SPLITS}
    shown = {sizes["train"] * number // EXAMPLES for number in range(EXAMPLES)}
    compared = sum(sizes.values()) <= MOST_COMPARED
    seen = _Seen(task, tasktype)
    examples = []
    for split in SPLITS:
        for index, example in enumerate(dataset.rows(split)):
            seen.add(split, example)
            if compared:
                seen.compare(split, example)
            if split == "train" and index in shown:
                examples.append({name: example[name] for name in ("id", *task.inputs, *tasktype.targets)})
    return Profile(
        task=task,
        sizes=sizes,
        labels=seen.labels(),
        lengths={field: _percentiles(lengths) for field, lengths in seen.lengths.items()},
        units=seen.units,
        duplicates=dict(seen.duplicates()) if compared else None,
        contradicting=seen.contradicting,
        examples=tuple(examples),
    )


class _Seen:
    """Counts over the examples of all splits."""

    def __init__(self, task: TaskSpec, tasktype: TaskType) -> None:
        self._task, self._targets = task, tuple(tasktype.targets)
        self._counted = {name: kind for name, kind in tasktype.targets.items() if kind in _COUNTED}
        self._labels: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
        self._marks: dict[str, Counter[bytes]] = {split: Counter() for split in SPLITS}
        self._answers: dict[bytes, int] = {}
        self._characters: dict[str, bool] = {}  # by field: is its length counted in characters?
        self.contradicting = 0
        self.lengths: dict[str, array[int]] = {}
        self.units: dict[str, str] = {}

    def add(self, split: str, example: Example) -> None:
        for name, kind in self._counted.items():
            self._labels[split].update(_COUNTED[kind](example[name]))
        for name in (*self._task.inputs, *self._targets):
            if name not in self._counted:
                self._measure(name, example[name])

    def compare(self, split: str, example: Example) -> None:
        mark = mark_of(example, self._task.inputs)
        self._marks[split][mark] += 1
        answer = hash(repr([example[name] for name in self._targets]))
        self.contradicting += self._answers.setdefault(mark, answer) != answer

    def _measure(self, name: str, value: Any) -> None:
        if isinstance(value, str):
            if name not in self._characters:  # a translation's sides differ: there the first text tells
                languages = self._task.language
                self._characters[name] = unspaced(languages if len(languages) == 1 else [language_of([value])])
            length = sum(not char.isspace() for char in value) if self._characters[name] else len(value.split())
            unit = "characters" if self._characters[name] else "words"
        elif isinstance(value, list):
            length, unit = len(value), "tokens"
        else:
            return
        self.units[name] = unit
        self.lengths.setdefault(name, array("Q")).append(length)

    def labels(self) -> Mapping[str, Mapping[str, int]]:
        """The task's labels in order, with their number in each split; none where no target is counted."""
        if not self._counted:
            return {}
        return {
            label: {split: self._labels[split][label] for split in SPLITS if self._labels[split]}
            for label in self._task.labels
        }

    def duplicates(self) -> Iterator[tuple[tuple[str, str], int]]:
        yield ("train", "train"), sum(count - 1 for count in self._marks["train"].values())
        for first, second in combinations(SPLITS, 2):
            if self._marks[second] and self._marks[first]:
                yield (
                    (first, second),
                    sum(count for mark, count in self._marks[second].items() if mark in self._marks[first]),
                )


def _percentiles(lengths: Iterable[int]) -> dict[int, int]:
    """By nearest rank: the smallest length that so many in a hundred do not exceed."""
    ordered = sorted(lengths)
    return {share: ordered[max(0, -(-len(ordered) * share // 100) - 1)] for share in PERCENTILES}
