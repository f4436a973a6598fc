"""The test examples that decide a comparison, with what either side answered.

An example's weight is the difference of the two sides' values of it, each averaged over seeds: per-example scores where
the metric is their mean, jackknife pseudo-values where it is computed from sums (BLEU, F1). The mean weight is the
difference of the two scores, so the examples of the largest weights, whatever their sign, decide most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from xbench import samples
from xbench.comparing.contenders import Side
from xbench.errors import UserError
from xbench.protocols import TaskType
from xbench.records import Record
from xbench.specs import Cell, Example, Json, TaskSpec
from xbench.store import PREDICTIONS

MOST = 10
_DIGITS = 9

ExamplesOf = Callable[[Cell, Collection[str]], Mapping[str, Example]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Where the texts of test examples come from.

    examples_of: those of these ids, of the test split that a cell was scored on; UserError where it is not at hand.
    tasktype_of: a task type by name; UserError where no plugin declares it.
    public: what is told goes where others read it, so that only texts of a `redistributable` task may be told.
    """

    examples_of: ExamplesOf
    tasktype_of: Callable[[str], TaskType]
    public: bool = False


def examples(
    a: Side, b: Side, weights: Any, folder_of: Callable[[Record], Path], texts: Texts
) -> tuple[list[Json], str]:
    """The deciding examples, heaviest first and equal ones in the test split's order; and why something is missing.

    Args:
        weights: (examples,), a minus b.

    Returns:
        For each: row (from 0), weight; id, target, a and b, each {"prediction": what most seeds say (of equally many,
        the first seed's), "seeds": how many say so, "of"}, where predictions were kept; input (field -> value) where
        the data are at hand; `told`: target, a and b as a person reads them. The second is empty where all is there.
    """
    import numpy as np

    scale = float(np.abs(weights).max(initial=0.0)) or 1.0
    order = np.argsort(-np.round(np.abs(weights) / scale, _DIGITS), kind="stable")  # 1.0 and 0.9999999999 are equal
    heaviest = [int(row) for row in order[:MOST] if weights[row] != 0]
    found: list[dict[str, Any]] = [{"row": row, "weight": float(weights[row])} for row in heaviest]
    task = a.first.cell.task
    if texts.public and not task.redistributable:
        return list(found), withheld(task.name)
    answers = [_Answers.read(side, folder_of, len(weights)) for side in (a, b)]
    missing = next((side for side, one in zip((a, b), answers, strict=True) if one is None), None)
    if missing is not None:
        return list(found), f"no texts here: the predictions of {missing.name()} are not kept beside its records"
    for example in found:
        for name, one in zip("ab", answers, strict=True):
            example |= one.of(example["row"], name) if one is not None else {}
    note = _add_texts(found, a.first.cell, texts)
    return list(found), note


def withheld(task: str) -> str:
    """Why texts are missing where `Texts.public`."""
    return f"no texts here: others may read this, and the licence of {task} does not let them be passed on"


@dataclass(frozen=True, slots=True)
class _Answers:
    """The lines of every seed's predictions."""

    seeds: tuple[Sequence[bytes], ...]

    @classmethod
    def read(cls, side: Side, folder_of: Callable[[Record], Path], count: int) -> _Answers | None:
        """None where some seed's are not kept, or are of other examples."""
        seeds = []
        for record in side.line.records:
            try:
                lines = (folder_of(record) / PREDICTIONS).read_bytes().splitlines()
            except OSError:
                return None
            if len(lines) != count:
                return None
            seeds.append(lines)
        return cls(tuple(seeds))

    def of(self, row: int, name: str) -> dict[str, Any]:
        """id and target of a test example, and under `name` what most seeds answer."""
        try:
            told = [msgspec.json.decode(lines[row], type=dict) for lines in self.seeds]
            answers = [msgspec.json.encode(line["prediction"], order="sorted") for line in told]
            ((answer, seeds),) = Counter(answers).most_common(1)
            side = {"prediction": msgspec.json.decode(answer), "seeds": seeds, "of": len(told)}
            return {"id": told[0]["id"], "target": told[0]["target"], name: side}
        except (msgspec.DecodeError, KeyError):  # a line cut short by hand: the example is shown without it
            return {}


def _add_texts(found: Sequence[dict[str, Any]], cell: Cell, texts: Texts) -> str:
    """Input and readable answers of each; why inputs are missing."""
    task = cell.task
    rows: Mapping[str, Example] = {}
    note = ""
    try:
        rows = texts.examples_of(cell, {str(example["id"]) for example in found if "id" in example})
    except UserError as problem:
        note = f"no texts here: {problem.message}"
    try:
        tasktype: TaskType | None = texts.tasktype_of(task.type)
    except UserError:
        tasktype = None
    for example in found:
        row = rows.get(str(example.get("id")))
        if row is not None:
            example["input"] = {name: row[name] for name in task.inputs if name in row}
        if {"a", "b", "target"} <= example.keys():
            answers = {"target": example["target"], **{side: example[side]["prediction"] for side in "ab"}}
            inputs = example.get("input")
            example["told"] = {name: _told(value, inputs, task, tasktype) for name, value in answers.items()}
    return note


def _told(value: Any, inputs: Json | None, task: TaskSpec, tasktype: TaskType | None) -> str:
    if inputs is None or tasktype is None:
        return samples.text(value, replace(task, language=()))  # tags are no words: with spaces between
    return samples.answer(value, inputs, task, tasktype)
