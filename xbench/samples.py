"""A few right and wrong predictions of a board's runs, with their texts, where the data's licence lets them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from xbench.abilities import AnswersPeople
from xbench.errors import UserError
from xbench.protocols import TaskType
from xbench.records import Record
from xbench.specs import Cell, Example, Json, TaskSpec
from xbench.store import PREDICTIONS
from xbench.tasktypes import unspaced

WRONG, RIGHT = 3, 2  # shown, at most
LOOKED_AT = 64  # examples, spread evenly over the test split: the same for every run of a task
LENGTH = 400  # characters of a text that are shown, at most


class Samples(Mapping[str, Any]):
    """Run id -> a list of {"id", "input", "target", "prediction", "right"}, the wrong ones first.

    Empty where none can be shown, and always for a task that is not `redistributable`. A run's files are opened when
    it is asked for.

    Args:
        examples_of: those of these ids, of the test split that a cell was scored on; UserError where it is not at hand.
        tasktype_of: a task type by name; UserError where no plugin declares it.
    """

    def __init__(
        self,
        records: Iterable[Record],
        folder_of: Callable[[Record], Path],
        examples_of: Callable[[Cell, Collection[str]], Mapping[str, Example]],
        tasktype_of: Callable[[str], TaskType],
    ) -> None:
        self._records = {record.run_id: record for record in records}
        self._folder_of, self._examples_of, self._tasktype_of = folder_of, examples_of, tasktype_of
        self._known: dict[str, Mapping[str, Example]] = {}

    def __getitem__(self, run_id: str) -> Sequence[Json]:
        record = self._records[run_id]
        if record.status != "ok" or not record.cell.task.redistributable:
            return []
        lines = _looked_at(self._folder_of(record) / PREDICTIONS)
        return self._chosen(record.cell, lines) if lines else []

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def _chosen(self, cell: Cell, lines: Sequence[_Line]) -> Sequence[Json]:
        examples = self._examples(cell, lines)
        left = {False: WRONG, True: RIGHT}
        found: list[Json] = []
        for line in lines:
            example, right = examples.get(str(line.id)), line.prediction == line.target
            if example is not None and left[right]:
                left[right] -= 1
                found.append(_shown(line, example, cell.task, self._tasktype_of(cell.task.type), right))
        return sorted(found, key=lambda sample: bool(sample["right"]))

    def _examples(self, cell: Cell, lines: Sequence[_Line]) -> Mapping[str, Example]:
        """By id, those that samples are drawn from; read once for each protocol."""
        if cell.protocol not in self._known:
            try:
                self._tasktype_of(cell.task.type)
                self._known[cell.protocol] = self._examples_of(cell, {str(line.id) for line in lines})
            except UserError:  # the data, or its plugin, is not on this machine
                self._known[cell.protocol] = {}
        return self._known[cell.protocol]


class _Line(msgspec.Struct):
    """What of a prediction is looked at: a file of many labels' probabilities is large."""

    id: Any
    target: Any
    prediction: Any


_decoder = msgspec.json.Decoder(_Line)


def _looked_at(path: Path) -> list[_Line]:
    """Whole lines of a predictions file, from evenly spread positions."""
    try:
        data = path.read_bytes()
    except OSError:
        return []
    starts, end = [0], data.find(b"\n")
    while end >= 0:
        starts.append(end + 1)
        end = data.find(b"\n", end + 1)
    rows = len(starts) - 1 if data.endswith(b"\n") else len(starts)
    found: list[_Line] = []
    for row in sorted({at * rows // LOOKED_AT for at in range(LOOKED_AT)} if data else ()):
        with suppress(msgspec.DecodeError):  # cut short, or no prediction
            found.append(_decoder.decode(data[starts[row] : starts[row + 1] if row + 1 < len(starts) else None]))
    return found


def _shown(line: _Line, example: Example, task: TaskSpec, tasktype: TaskType, right: bool) -> Json:
    inputs = {name: example.get(name) for name in task.inputs}
    return {
        "id": line.id,
        "input": {name: text(value, task) for name, value in inputs.items()},
        "target": answer(line.target, inputs, task, tasktype),
        "prediction": answer(line.prediction, inputs, task, tasktype),
        "right": right,
    }


def answer(value: Any, inputs: Json, task: TaskSpec, tasktype: TaskType) -> str:
    """A target or prediction on one line, as the task type tells it to a person; else as it stands."""
    prediction = {"prediction": value}
    if isinstance(tasktype, AnswersPeople):
        try:
            told = tasktype.answer(tasktype.read(inputs, task), prediction, task)
            return _clipped(tasktype.line({**prediction, **told}))
        except (UserError, LookupError, TypeError, ValueError):  # tags of another length, say: wrong, and shown as such
            pass
    return text(value, task)


def text(value: Any, task: TaskSpec) -> str:
    """A value without its task type: words joined as the task's language joins them."""
    if isinstance(value, str):
        return _clipped(value)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return _clipped(("" if unspaced(task.language) else " ").join(value))
    return _clipped(msgspec.json.encode(value).decode())


def _clipped(text: str) -> str:
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
