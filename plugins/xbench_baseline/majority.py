"""The most frequent label, or tag, of the training examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from xbench.specs import Example, Json, TaskSpec


class Majority:
    """Ties go to the one that comes first in the alphabet, so that the order of rows does not matter."""

    task_types: ClassVar[frozenset[str]] = frozenset({"classification", "tagging"})

    def __init__(self) -> None:
        self.value = ""
        self.target = ""

    def fit(self, examples: Iterable[Example], task: TaskSpec, options: Json) -> None:
        counts: Counter[str] = Counter()
        self._aim(task)
        for example in examples:
            counts.update([example["label"]] if self.target == "label" else example["tags"])
        self.value = min(counts, key=lambda value: (-counts[value], value))

    def predict(self, examples: Sequence[Example]) -> list[Any]:
        if self.target == "label":
            return [self.value for _ in examples]
        return [[self.value] * len(example["tokens"]) for example in examples]

    @property
    def parameters(self) -> int:
        return 1

    def save(self, folder: Path) -> None:
        (folder / "majority.json").write_text(json.dumps(self.value), encoding="utf-8")

    def load(self, folder: Path, task: TaskSpec) -> None:
        self._aim(task)
        self.value = json.loads((folder / "majority.json").read_text(encoding="utf-8"))

    def _aim(self, task: TaskSpec) -> None:
        self.target = {"classification": "label", "tagging": "tags"}[task.type]
