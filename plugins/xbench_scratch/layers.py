"""The two kinds of layer: self-attention and feed-forward, and the same with cross-attention between them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from xbench_scratch.attention import Attention, KeyValue
from xbench_scratch.config import Config


class FeedForward(nn.Module):
    """max(0, x W1 + b1) W2 + b2, at each position alone."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.inner = nn.Linear(config.width, config.ff)
        self.outer = nn.Linear(config.ff, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor) -> Tensor:
        result: Tensor = self.outer(self.dropout(F.relu(self.inner(states))))
        return result


class Residual(nn.Module):
    """The connection around a sublayer f: x + f(norm(x)) (pre-norm) or norm(x + f(x)) (post-norm)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.pre = config.norm == "pre"
        self.norm = nn.LayerNorm(config.width)
        self.dropout = nn.Dropout(config.dropout)

    def before(self, states: Tensor) -> Tensor:
        """What f gets."""
        return self.norm(states) if self.pre else states

    def after(self, states: Tensor, result: Tensor) -> Tensor:
        """What leaves, given what f made."""
        states = states + self.dropout(result)
        return states if self.pre else self.norm(states)


class EncoderLayer(nn.Module):
    """Self-attention, feed-forward. Under a causal mask it is the layer of a decoder-only model."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.attention = Attention(config.width, config.heads, config.dropout)
        self.attention_residual = Residual(config)
        self.feed_forward = FeedForward(config)
        self.feed_forward_residual = Residual(config)

    def attend(self, states: Tensor, mask: Tensor, cache: KeyValue | None) -> tuple[Tensor, KeyValue]:
        entering = self.attention_residual.before(states)
        keys_values = self.attention.keys_values(entering, cache)
        return self.attention_residual.after(states, self.attention(entering, keys_values, mask)), keys_values

    def feed(self, states: Tensor) -> Tensor:
        entering = self.feed_forward_residual.before(states)
        return self.feed_forward_residual.after(states, self.feed_forward(entering))

    def forward(self, states: Tensor, mask: Tensor, cache: KeyValue | None = None) -> tuple[Tensor, KeyValue]:
        """states (n, q, width) -> the same, and the keys and values of all tokens so far."""
        states, keys_values = self.attend(states, mask, cache)
        return self.feed(states), keys_values


class DecoderLayer(EncoderLayer):
    """Causal self-attention, attention over the encoder's states, feed-forward."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.cross_attention = Attention(config.width, config.heads, config.dropout)
        self.cross_attention_residual = Residual(config)

    def forward(  # type: ignore[override]
        self, states: Tensor, mask: Tensor, memory: KeyValue, memory_mask: Tensor, cache: KeyValue | None = None
    ) -> tuple[Tensor, KeyValue]:
        """states (n, q, width); memory: `cross_attention.keys_values` of the encoder's states."""
        states, keys_values = self.attend(states, mask, cache)
        entering = self.cross_attention_residual.before(states)
        mixed = self.cross_attention(entering, memory, memory_mask)
        states = self.cross_attention_residual.after(states, mixed)
        return self.feed(states), keys_values
