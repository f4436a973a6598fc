"""Tiny scratch modules with random values everywhere, and their attention worked out head by head."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xbench_scratch.attention import Attention, padding_mask
from xbench_scratch.config import Config
from xbench_scratch.model import Transformer

WIDTH, HEADS, VOCABULARY = 16, 4, 13
D_HEAD = WIDTH // HEADS
CPU = torch.device("cpu")
HeadOutput = Callable[[Tensor, Tensor, Tensor], Tensor]  # queries, keys, values of a head (length, D_HEAD) -> the same
M = TypeVar("M", bound=nn.Module)


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Independent values of mean 0 and variance 1, float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def shaken(module: M) -> M:
    """Random values in every parameter, so that a forgotten bias or matrix shows; frozen, float64, in eval mode."""
    with torch.no_grad():
        for seed, parameter in enumerate(module.double().eval().parameters()):
            parameter.copy_(0.4 * draw(*parameter.shape, seed=seed))
    return module.requires_grad_(False)


def attention_of() -> Attention:
    return shaken(Attention(WIDTH, HEADS, 0.0))


def model_of(shape: str, vocabulary: int = VOCABULARY) -> Transformer:
    return shaken(Transformer(Config(shape, WIDTH, HEADS, 24, 2, vocabulary, dropout=0.0)))


def attend(attention: Attention, states: Tensor) -> Tensor:
    """Self-attention of one text, nothing masked: (length, width) -> (length, width)."""
    everything = torch.ones(1, 1, len(states), len(states), dtype=torch.bool)
    result: Tensor = attention(states[None], attention.keys_values(states[None]), everything)[0]
    return result


def head_outputs(attention: Attention, states: Tensor, output: HeadOutput) -> list[Tensor]:
    """What each head gives, by its own rows of the three matrices."""
    rows = [slice(head * D_HEAD, (head + 1) * D_HEAD) for head in range(HEADS)]
    maps = (attention.query, attention.key, attention.value)
    return [output(*(F.linear(states, m.weight[part], m.bias[part]) for m in maps)) for part in rows]


def by_hand(attention: Attention, states: Tensor, output: HeadOutput) -> Tensor:
    return F.linear(torch.cat(head_outputs(attention, states, output), -1), attention.out.weight, attention.out.bias)


def right(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(Q K^T / sqrt(d_head)) V"""
    weights = (q @ k.T / math.sqrt(D_HEAD)).exp()
    return weights / weights.sum(-1, keepdim=True) @ v


def encode(model: Transformer, ids: list[int], real: list[int] | None = None) -> Tensor:
    """States (1, length, width) of one text; `real` is 0 at padding."""
    return model.encode(model.embed(torch.tensor([ids])), torch.tensor([real or [1] * len(ids)]))


def decode(model: Transformer, target: list[int], memory: Tensor, memory_real: Tensor) -> Tensor:
    """States (target length, width) of one target."""
    return model.decode(model.embed(torch.tensor([target])), torch.ones(1, len(target)), memory, memory_real)[0]


def decode_under(mask: Tensor, model: Transformer, target: list[int], memory: Tensor, memory_real: Tensor) -> Tensor:
    """The same with another mask in self-attention."""
    placed = model.place(model.embed(torch.tensor([target])), torch.arange(len(target))[None])
    return model.run_decoder(placed, mask, model.memory(memory), padding_mask(memory_real))[0][0]
