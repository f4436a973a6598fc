"""Multi-head attention (Vaswani et al. 2017, section 3.2) with its masks and its key-value cache."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

KeyValue = tuple[Tensor, Tensor]  # (n, heads, length, width / heads) each


def padding_mask(real: Tensor) -> Tensor:
    """(n, k), nonzero at real tokens -> (n, 1, 1, k), True where a key may be looked at."""
    return real.bool()[:, None, None, :]


def causal_mask(queries: int, keys: int, device: torch.device) -> Tensor:
    """(1, 1, queries, keys), True where a query may look; the queries are the last ones of the keys."""
    last = torch.arange(keys - queries, keys, device=device)  # the key at each query's own place
    return (torch.arange(keys, device=device)[None, :] <= last[:, None])[None, None]


class Attention(nn.Module):
    """softmax(Q K^T / sqrt(d_head)) V in each head, the heads side by side, then W_O."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)  # on the attention weights, inside the product

    def split(self, states: Tensor) -> Tensor:
        """(n, length, width) -> (n, heads, length, d_head)"""
        return states.view(*states.shape[:2], self.heads, -1).transpose(1, 2)

    def keys_values(self, states: Tensor, cache: KeyValue | None = None) -> KeyValue:
        """Keys and values of these states, after those in the cache."""
        keys, values = self.split(self.key(states)), self.split(self.value(states))
        if cache is None:
            return keys, values
        return torch.cat((cache[0], keys), dim=2), torch.cat((cache[1], values), dim=2)

    def forward(self, states: Tensor, keys_values: KeyValue, mask: Tensor) -> Tensor:
        """states (n, q, width), mask (n or 1, 1, q or 1, k) -> (n, q, width)."""
        keys, values = keys_values
        queries = self.split(self.query(states))
        # torch's product is softmax(Q K^T / sqrt(d_head) + log mask) V, d_head being the last size of Q.
        dropout = self.dropout.p if self.training else 0.0
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, dropout_p=dropout)
        joined: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return joined
