"""The source as it stands: what a translation or summary scores that was never made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from xbench.specs import Example, Json, TaskSpec


class CopySource:
    """Learns nothing; joins the task's input fields with a space."""

    task_types: ClassVar[frozenset[str]] = frozenset({"text-to-text"})

    def __init__(self) -> None:
        self.inputs: tuple[str, ...] = ()

    def fit(self, examples: Iterable[Example], task: TaskSpec, options: Json) -> None:
        self.inputs = task.inputs

    def predict(self, examples: Sequence[Example]) -> list[Any]:
        return [" ".join(example[name] for name in self.inputs) for example in examples]

    @property
    def parameters(self) -> int:
        return 0

    def save(self, folder: Path) -> None:
        """Nothing to keep: the task names its inputs."""

    def load(self, folder: Path, task: TaskSpec) -> None:
        self.inputs = task.inputs
