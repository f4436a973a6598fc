"""Encoded examples as one batch of flat tensors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor

from xbench_torch.contract import Batch, Encoded
from xbench_torch.docs import Docs


def compact(encoded: Encoded) -> Encoded:
    """The same example in arrays: a tenth of the memory of lists, for what is kept over many steps."""
    arrays: dict[str, Any] = {
        "docs": [np.asarray(doc, dtype=np.int32) for doc in encoded.docs],
        "columns": {
            name: [np.asarray(values, dtype=np.int32) for values in rows] for name, rows in encoded.columns.items()
        },
        "target": None if encoded.target is None else np.asarray(encoded.target, dtype=np.int32),
        "at": {name: np.asarray(places, dtype=np.int32).reshape(-1, 2) for name, places in encoded.at.items()},
        "y": {name: _values(values) for name, values in encoded.y.items()},
    }
    return dataclasses.replace(encoded, **arrays)


def length(encoded: Encoded) -> int:
    """Tokens of one example: its longest document and its target."""
    longest = max(len(doc) for doc in encoded.docs)
    return longest + (0 if encoded.target is None else len(encoded.target))


def collate(rows: Sequence[Encoded], weight: int, objective: str = "task") -> Batch:
    """Flat documents of all rows, in order; nothing is padded. weight: what `Head.weight(rows)` says."""
    docs = [doc for row in rows for doc in row.docs]
    columns = {name: _flat(values for row in rows for values in row.columns[name]) for name in rows[0].columns}
    source = Docs(torch.from_numpy(_flat(docs)), torch.from_numpy(_starts(docs)), _tensors(columns))
    target, target_starts = None, np.zeros(1, dtype=np.int64)
    if rows[0].target is not None:
        targets = [row.target for row in rows if row.target is not None]
        target_starts = _starts(targets)
        target = Docs(torch.from_numpy(_flat(targets)), torch.from_numpy(target_starts))
    documents = np.fromiter((len(row.docs) for row in rows), dtype=np.int64, count=len(rows))
    first_document = np.cumsum(documents) - documents
    examples = np.arange(len(rows))
    at, at_owner = {}, {}
    for name in rows[0].at:
        places = [np.asarray(row.at[name], dtype=np.int64).reshape(-1, 2) for row in rows]
        owner = np.repeat(examples, [len(place) for place in places])
        place = np.concatenate(places)
        if name.startswith("target"):
            flat = target_starts[owner] + place[:, 1]
        else:
            flat = source.starts.numpy()[first_document[owner] + place[:, 0]] + place[:, 1]
        at[name], at_owner[name] = torch.from_numpy(flat), torch.from_numpy(owner)
    y = {name: torch.from_numpy(np.concatenate([_values(row.y[name]) for row in rows])) for name in rows[0].y}
    return Batch(
        objective=objective,
        n=len(rows),
        weight=weight,
        source=source,
        target=target,
        owner=torch.from_numpy(np.repeat(examples, documents)),
        at=at,
        at_owner=at_owner,
        y={name: _typed(values) for name, values in y.items()},
        keep=[row.keep for row in rows],
    )


def move(batch: Batch, device: torch.device) -> Batch:
    """The batch with its tensors on `device`."""
    if device.type == "cpu":
        return batch
    return dataclasses.replace(
        batch,
        source=batch.source.to(device),
        target=None if batch.target is None else batch.target.to(device),
        owner=batch.owner.to(device),
        at={name: values.to(device) for name, values in batch.at.items()},
        at_owner={name: values.to(device) for name, values in batch.at_owner.items()},
        y={name: values.to(device) for name, values in batch.y.items()},
    )


def _flat(rows: Iterable[Sequence[int]]) -> np.ndarray:
    rows = list(rows)
    total = sum(len(row) for row in rows)
    if rows and isinstance(rows[0], np.ndarray):
        return np.concatenate(rows).astype(np.int64)
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=total)


def _starts(rows: Sequence[Sequence[int]]) -> np.ndarray:
    return np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)


def _tensors(columns: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(values) for name, values in columns.items()}


def _values(values: Sequence[float]) -> np.ndarray:
    """As an array; of no values an integer one, which leaves the type to the other examples of the batch."""
    return np.asarray(values) if len(values) else np.zeros(0, dtype=np.int64)


def _typed(values: Tensor) -> Tensor:
    return values.float() if values.is_floating_point() else values.long()
