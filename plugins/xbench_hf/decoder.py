"""What the decoding loop drives: one token after another over a key-value cache."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache

from xbench_torch.docs import Docs

if TYPE_CHECKING:
    from xbench_hf.backbone import HFBackbone


@dataclass(frozen=True)
class Rows:
    """Sequences in the making. The cache is changed in place; its rows are those of `mask`."""

    cache: Any
    mask: Tensor  # (n, length): 1 at real tokens; of the source (encoder-decoder) or of all tokens so far (causal)
    memory: Tensor | None = None  # (n, length, width): the encoder's states
    positions: Tensor | None = None  # (n, prompt): positions of the prompt's tokens, before the first step


class Constraints:
    """What a checkpoint's generation config says of single tokens: the first one, and those that never come.

    Its forced end token is left out: it would hide that a text was cut at the length limit.
    """

    def __init__(self, generation: Any) -> None:
        self.first: int | None = getattr(generation, "forced_bos_token_id", None)
        bad = [ids[0] for ids in getattr(generation, "bad_words_ids", None) or () if len(ids) == 1]
        self.never = sorted({*bad, *(getattr(generation, "suppress_tokens", None) or ())})

    def apply(self, logits: Tensor, first: bool) -> Tensor:
        """(n, vocabulary) -> the same, minus infinity where no token may come."""
        if self.never:
            logits = logits.index_fill(1, torch.tensor(self.never, device=logits.device), -torch.inf)
        if first and self.first is not None:
            logits = torch.full_like(logits, -torch.inf)
            logits[:, self.first] = 0.0
        return logits


def _one(ids: int | Iterable[int] | None) -> int | None:
    return ids if ids is None or isinstance(ids, int) else next(iter(ids), None)


class _Decoder:
    def __init__(self, backbone: HFBackbone, stack: Any, generation: Any) -> None:
        self.backbone = backbone
        self.stack = stack
        self.constraints = Constraints(generation)
        eos = backbone.tokenizer.eos_token_id
        if eos is None:
            eos = _one(getattr(generation, "eos_token_id", None))
        self.eos: int = -1 if eos is None else eos  # -1: no token ends a sequence
        self.vocabulary = int(backbone.model.get_output_embeddings().weight.shape[0])

    def _embed(self, tokens: Tensor, stack: str) -> Tensor:
        return self.backbone.embed(tokens.reshape(-1), stack).view(*tokens.shape, -1)

    def reorder(self, state: Rows, rows: Tensor) -> Rows:
        """These rows, in this order."""
        if state.cache.get_seq_length() > 0:
            state.cache.reorder_cache(rows)
        memory = None if state.memory is None else state.memory[rows]
        positions = None if state.positions is None else state.positions[rows]
        return replace(state, mask=state.mask[rows], memory=memory, positions=positions)


class Seq2SeqDecoder(_Decoder):
    """Of an encoder-decoder: the source is encoded once, the target grows from the start token."""

    def __init__(self, backbone: HFBackbone, stack: Any, start_id: int, generation: Any) -> None:
        super().__init__(backbone, stack, generation)
        self.bos: int | None = start_id
        self.start_id = start_id

    def start(self, source: Docs) -> tuple[Rows, Tensor]:
        """(D, 1) start tokens."""
        layout = self.backbone.layout
        memory = self.backbone.encode(self.backbone.embed(source.ids, "encoder"), source, None)
        config = self.stack.config
        cache = EncoderDecoderCache(DynamicCache(config=config), DynamicCache(config=config))
        tokens = source.ids.new_full((len(source.lengths), 1), self.start_id)
        return Rows(cache, layout.mask(source), layout.arrange(memory, source)), tokens

    def step(self, state: Rows, tokens: Tensor) -> tuple[Tensor, Rows]:
        """tokens (n, k) -> logits (n, vocabulary) of what comes next."""
        first = state.cache.get_seq_length() == 0
        states = self.stack(
            inputs_embeds=self._embed(tokens, "decoder"),
            encoder_hidden_states=state.memory,
            encoder_attention_mask=state.mask,
            past_key_values=state.cache,
            use_cache=True,
        ).last_hidden_state[:, -1]
        return self.constraints.apply(self.backbone.vocab_logits(states), first), state


class CausalDecoder(_Decoder):
    """Of a causal model: prompts end together (padded on the left), positions count real tokens."""

    def __init__(self, backbone: HFBackbone, stack: Any, takes_positions: bool, generation: Any) -> None:
        super().__init__(backbone, stack, generation)
        self.bos: int | None = backbone.tokenizer.bos_token_id
        self.takes_positions = takes_positions

    def start(self, source: Docs) -> tuple[Rows, Tensor]:
        """(D, longest prompt) tokens."""
        place = source.positions + (source.longest - source.lengths)[source.doc]
        tokens = source.ids.new_zeros(len(source.lengths), source.longest)
        mask = torch.zeros_like(tokens)
        tokens[source.doc, place] = source.ids
        mask[source.doc, place] = 1
        positions = mask.cumsum(1).sub(1).clamp_min(0)
        return Rows(DynamicCache(config=self.stack.config), mask, positions=positions), tokens

    def step(self, state: Rows, tokens: Tensor) -> tuple[Tensor, Rows]:
        """tokens (n, k) -> logits (n, vocabulary) of what comes next."""
        positions, mask = state.positions, state.mask
        if positions is None:
            mask = torch.cat((mask, mask.new_ones(tokens.shape)), dim=1)
            positions = mask.cumsum(1)[:, -tokens.shape[1] :] - 1
        states = self.stack(
            inputs_embeds=self._embed(tokens, "encoder"),
            attention_mask=mask,
            past_key_values=state.cache,
            use_cache=True,
            **({"position_ids": positions} if self.takes_positions else {}),
        ).last_hidden_state[:, -1]
        logits = self.constraints.apply(self.backbone.vocab_logits(states), first=False)
        return logits, replace(state, mask=mask, positions=None)
