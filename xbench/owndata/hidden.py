"""Splits without targets, as official test files come whose labels are hidden: no part of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xbench.abilities import Column, Look, Reading
from xbench.errors import UserError
from xbench.protocols import TaskType
from xbench.specs import DatasetRef


def columns_in(look: Look, split: str) -> DatasetRef:
    """How a split is read: without the columns that it lacks."""
    lacking = look.lacking.get(split, ())
    return replace(look.ref, columns={name: own for name, own in look.ref.columns.items() if name not in lacking})


def with_targets(look: Look, columns: Sequence[Column], tasktype: TaskType, reading: Reading) -> tuple[Look, Reading]:
    """The splits that hold the reading's targets, and the reading without a placeholder for hidden labels.

    A target is hidden where no row of the split has it, or all have the same one that stands nowhere else (-1). Train
    is never left out, nor is a split without any rows. Raises UserError where a split lacks an input's column.
    """
    by_name = {column.name: column for column in columns}
    used = {field: by_name[name] for field, name in reading.fields.items()}
    inputs = [column for field, column in used.items() if field in tasktype.fields]
    for split, names in look.lacking.items():
        absent = next((column.name for column in inputs if column.name in names), None)
        if absent is not None:
            raise UserError(f"{look.ref.splits[split]} has no column {absent!r}", "add it, or name one file itself")
    kept, note, labels = dict(look.ref.splits), look.note, reading.labels
    for split, source in look.ref.splits.items():
        filled = any(column.rows_in.get(split) for column in inputs)
        for target in (used[field] for field in tasktype.targets if field in used):
            if split == "train" or split not in kept or not filled:
                continue
            own, placeholder = look.ref.columns[target.name], _placeholder(target, split)
            if target.name in look.lacking.get(split, ()):
                note += f" ({source} left out: it has no {own!r})"
            elif not target.rows_in.get(split):
                note += f" ({source} left out: its {own!r} is empty)"
            elif placeholder is not None:
                note += f" ({source} left out: its {own!r} is always {placeholder!r})"
                labels = tuple(label for label in labels if label != placeholder)
            else:
                continue
            del kept[split]
    return replace(look, ref=replace(look.ref, splits=kept), note=note), replace(reading, labels=labels)


def _placeholder(target: Column, split: str) -> str | None:
    """The value that all rows of the split have, and no others: one more is a label that train lacks."""
    if len(target.unseen) != 1:
        return None
    (value,) = target.unseen
    return value if split == "test" and target.values[value] == target.rows_in.get(split, 0) > 1 else None
