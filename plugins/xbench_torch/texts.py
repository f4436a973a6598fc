"""A train split as plain texts, for backends that make their tokenizer from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xbench.protocols import Rows, TaskType
from xbench.specs import TaskSpec


@dataclass(frozen=True)
class TrainTexts:
    """Every text field of every row, words joined by spaces; labels too where they are written out. Re-iterable."""

    rows: Rows
    task: TaskSpec
    tasktype: TaskType
    route: str

    def __iter__(self) -> Iterator[str]:
        kinds = {name: self.tasktype.fields[name] for name in self.task.inputs if name in self.tasktype.fields}
        kinds |= {
            name: kind
            for name, kind in self.tasktype.targets.items()
            if kind == "text" or (kind == "label" and self.route == "text")
        }
        for row in self.rows:
            for name, kind in kinds.items():
                yield " ".join(row[name]) if kind == "tokens" else str(row[name])
