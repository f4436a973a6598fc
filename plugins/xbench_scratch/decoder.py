"""Token by token with a key-value cache: what the decoding loop drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from xbench_scratch.attention import KeyValue, causal_mask, padding_mask
from xbench_scratch.model import Transformer
from xbench_torch.docs import Docs
from xbench_torch.layout import PaddedLayout


def _pick(pairs: Sequence[KeyValue], rows: Tensor) -> list[KeyValue]:
    return [(keys[rows], values[rows]) for keys, values in pairs]


@dataclass(frozen=True)
class Seq2SeqState:
    """`caches` None before the first step."""

    memory: Sequence[KeyValue]
    memory_real: Tensor  # (n, source length)
    length: int  # tokens decoded so far
    caches: Sequence[KeyValue] | None


class Seq2SeqDecoder:
    """The second stack over the encoder's states, which are computed once."""

    def __init__(self, model: Transformer, bos: int, eos: int) -> None:
        self.model = model
        self.bos: int | None = bos
        self._first = bos
        self.eos = eos
        self.vocabulary = model.config.vocab_size

    def start(self, source: Docs) -> tuple[Seq2SeqState, Tensor]:
        layout = PaddedLayout()
        real = layout.mask(source)
        states = self.model.encode(layout.arrange(self.model.embed(source.ids), source), real)
        first = torch.full((len(real), 1), self._first, device=real.device)
        return Seq2SeqState(self.model.memory(states), real, 0, None), first

    def step(self, state: Seq2SeqState, tokens: Tensor) -> tuple[Tensor, Seq2SeqState]:
        total = state.length + tokens.shape[1]
        positions = torch.arange(state.length, total, device=tokens.device)[None]
        states, caches = self.model.run_decoder(
            self.model.place(self.model.embed(tokens), positions),
            causal_mask(tokens.shape[1], total, tokens.device),
            state.memory,
            padding_mask(state.memory_real),
            state.caches,
        )
        return self.model.logits(states[:, -1]), replace(state, length=total, caches=caches)

    def reorder(self, state: Seq2SeqState, rows: Tensor) -> Seq2SeqState:
        caches = None if state.caches is None else _pick(state.caches, rows)
        return replace(state, memory=_pick(state.memory, rows), memory_real=state.memory_real[rows], caches=caches)


@dataclass(frozen=True)
class CausalState:
    """`real` covers the prompt before the first step, and all tokens so far after it."""

    real: Tensor  # (n, length), False at the left padding of short prompts
    caches: Sequence[KeyValue] | None


class CausalDecoder:
    """A decoder-only model that goes on from its prompts, which are padded on the left so that all end together."""

    bos: int | None = None

    def __init__(self, model: Transformer, pad: int, eos: int) -> None:
        self.model = model
        self.pad = pad
        self.eos = eos
        self.vocabulary = model.config.vocab_size

    def start(self, source: Docs) -> tuple[CausalState, Tensor]:
        columns = source.positions + (source.longest - source.lengths)[source.doc]
        prompts = source.ids.new_full((len(source.lengths), source.longest), self.pad)
        prompts[source.doc, columns] = source.ids
        real = torch.zeros_like(prompts, dtype=torch.bool)
        real[source.doc, columns] = True
        return CausalState(real, None), prompts

    def step(self, state: CausalState, tokens: Tensor) -> tuple[Tensor, CausalState]:
        real = state.real
        if state.caches is not None:
            real = torch.cat((real, torch.ones_like(tokens, dtype=torch.bool)), dim=1)
        new, total = tokens.shape[1], real.shape[1]
        positions = (real.cumsum(dim=1) - 1).clamp(min=0)[:, -new:]  # counted from each prompt's first real token
        mask = padding_mask(real) & causal_mask(new, total, tokens.device)
        mask = mask | torch.eye(total, dtype=torch.bool, device=tokens.device)[-new:]  # padding sees itself: no 0 / 0
        states, caches = self.model.run_encoder(
            self.model.place(self.model.embed(tokens), positions), mask, state.caches
        )
        return self.model.logits(states[:, -1]), CausalState(real, caches)

    def reorder(self, state: CausalState, rows: Tensor) -> CausalState:
        caches = None if state.caches is None else _pick(state.caches, rows)
        return CausalState(state.real[rows], caches)


def decoder_of(model: Transformer, tokenizer: Any) -> Seq2SeqDecoder | CausalDecoder:
    """The decoder that this model's shape takes."""
    if model.config.has_decoder:
        return Seq2SeqDecoder(model, tokenizer.bos_token_id, tokenizer.eos_token_id)
    return CausalDecoder(model, tokenizer.pad_token_id, tokenizer.eos_token_id)
