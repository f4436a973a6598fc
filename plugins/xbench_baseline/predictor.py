"""What every baseline is: fitted on examples, asked one example at a time, kept as a folder of plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from xbench.specs import Example, Json, TaskSpec


class Predictor(Protocol):
    """One baseline. `task_types` are those that it can solve."""

    task_types: ClassVar[frozenset[str]]

    def fit(self, examples: Iterable[Example], task: TaskSpec, options: Json) -> None: ...
    def predict(self, examples: Sequence[Example]) -> list[Any]:
        """Labels, tag lists or texts, in order."""

    @property
    def parameters(self) -> int:
        """How many numbers it learnt."""

    def save(self, folder: Path) -> None: ...
    def load(self, folder: Path, task: TaskSpec) -> None: ...
