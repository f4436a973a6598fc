"""Flat documents: real tokens one after another, never padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Docs:
    """T real tokens in D documents, document after document.

    ids: (T,) int64. starts: (D+1,) int64, first token of each document and T at the end.
    columns: further values per token, (T,) each, such as token_type_ids.
    """

    ids: Tensor
    starts: Tensor
    columns: Mapping[str, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], columns: Mapping[str, Sequence[Sequence[int]]] | None = None) -> Docs:
        """From token ids, one sequence a document."""
        lengths = torch.tensor([0, *(len(row) for row in rows)])
        flat = {name: torch.tensor([v for row in values for v in row]) for name, values in (columns or {}).items()}
        return cls(torch.tensor([i for row in rows for i in row], dtype=torch.long), lengths.cumsum(0), flat)

    @cached_property
    def lengths(self) -> Tensor:
        """(D,) tokens of each document."""
        return self.starts.diff()

    @cached_property
    def doc(self) -> Tensor:
        """(T,) document of each token."""
        documents = torch.arange(len(self.lengths), device=self.ids.device)
        return torch.repeat_interleave(
            documents, self.lengths, output_size=len(self.ids)
        )  # size known: a GPU need not wait

    @cached_property
    def positions(self) -> Tensor:
        """(T,) position of each token in its document, from 0."""
        return torch.arange(len(self.ids), device=self.ids.device) - self.starts[:-1][self.doc]

    @cached_property
    def longest(self) -> int:
        """Tokens of the longest document."""
        return int(self.lengths.max())

    def to(self, device: torch.device | str) -> Docs:
        columns = {name: values.to(device) for name, values in self.columns.items()}
        return Docs(self.ids.to(device), self.starts.to(device), columns)
