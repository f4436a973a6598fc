"""The only place that knows padding: how flat documents become what a model computes on, and back."""

from __future__ import annotations

import torch
from torch import Tensor

from xbench_torch.docs import Docs


class PaddedLayout:
    """Right-padded rectangles: one row a document, as long as the longest."""

    name = "padded"

    def arrange(self, values: Tensor, docs: Docs, fill: float = 0) -> Tensor:
        """(T, ...) -> (D, longest, ...), `fill` where there is no token."""
        out = values.new_full((len(docs.lengths), docs.longest, *values.shape[1:]), fill)
        out[docs.doc, docs.positions] = values
        return out

    def mask(self, docs: Docs) -> Tensor:
        """(D, longest) int64: 1 at real tokens."""
        return self.arrange(torch.ones_like(docs.ids), docs)

    def rows(self, states: Tensor, docs: Docs, at: Tensor | None) -> Tensor:
        """(D, longest, width) -> (len(at), width): the states of these flat token indices (all tokens where None)."""
        if at is None:
            return states[docs.doc, docs.positions]
        return states[docs.doc[at], docs.positions[at]]
