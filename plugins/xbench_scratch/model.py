"""The Transformer of Vaswani et al. (2017): an encoder and a decoder, or either alone, over one tied embedding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from xbench_scratch.attention import KeyValue, causal_mask, padding_mask
from xbench_scratch.config import Config
from xbench_scratch.layers import DecoderLayer, EncoderLayer
from xbench_scratch.positions import position_embedding

WEIGHTS = "model.safetensors"


class Transformer(nn.Module):
    """encoder-decoder: both stacks; encoder: the first; decoder: the first, under a causal mask.

    Batches are right-padded rectangles with `real` (n, length), nonzero at real tokens.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab_size, config.width)  # source, target and output (tied)
        self.positions = position_embedding(config)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.encoder_norm = self._last_norm()
        if config.has_decoder:
            self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
            self.decoder_norm = self._last_norm()

    def _last_norm(self) -> nn.Module:
        """Pre-norm layers leave an unnormalised sum behind (Xiong et al. 2020)."""
        return nn.LayerNorm(self.config.width) if self.config.norm == "pre" else nn.Identity()

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> Transformer:
        """The model of a folder that `save_pretrained` wrote, ready to predict."""
        model = cls(Config.read(Path(folder)))
        model.load_state_dict(load_file(Path(folder) / WEIGHTS))
        return model.eval()

    def save_pretrained(self, folder: Path | str) -> None:
        """Weights (safetensors) and config."""
        weights = {name: parameter.detach().contiguous() for name, parameter in self.named_parameters()}
        save_file(weights, Path(folder) / WEIGHTS, metadata={"format": "pt"})
        self.config.write(Path(folder))

    def initialise(self, seed: int) -> None:
        """Weights from the seed alone: Glorot for matrices, zero biases, embeddings of unit size after scaling."""
        generator = torch.Generator().manual_seed(seed)
        for name, parameter in self.named_parameters():
            if name.startswith(("tokens", "positions")):
                nn.init.normal_(parameter, std=self.config.width**-0.5, generator=generator)
            elif parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter, generator=generator)
            elif name.endswith("norm.weight"):
                nn.init.ones_(parameter)
            else:
                nn.init.zeros_(parameter)

    def embed(self, ids: Tensor) -> Tensor:
        """(...) -> (..., width): embeddings times sqrt(width), so that positions do not drown them."""
        embeds: Tensor = self.tokens(ids)
        return embeds * math.sqrt(self.config.width)

    def place(self, embeds: Tensor, positions: Tensor) -> Tensor:
        """(n, length, width), (n or 1, length) -> what enters the first layer."""
        placed = self.positions(positions)
        if self.config.positions == "learned":
            placed = placed * math.sqrt(self.config.width)
        entering: Tensor = self.dropout(embeds + placed.to(embeds.dtype))
        return entering

    def encode(self, embeds: Tensor, real: Tensor) -> Tensor:
        """(n, length, width) -> the same: the states of the first stack."""
        length = embeds.shape[1]
        mask = padding_mask(real)
        if self.config.causal:
            mask = mask & causal_mask(length, length, embeds.device)
        return self.run_encoder(self.place(embeds, torch.arange(length, device=embeds.device)[None]), mask)[0]

    def run_encoder(
        self, states: Tensor, mask: Tensor, caches: Sequence[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """Placed embeddings through the first stack; also each layer's keys and values."""
        kept = []
        for layer, cache in zip(self.encoder, _or_none(caches, len(self.encoder)), strict=True):
            states, keys_values = layer(states, mask, cache)
            kept.append(keys_values)
        return self.encoder_norm(states), kept

    def memory(self, states: Tensor) -> list[KeyValue]:
        """The encoder's states (n, length, width) as each decoder layer's keys and values."""
        layers = [layer for layer in self.decoder if isinstance(layer, DecoderLayer)]
        return [layer.cross_attention.keys_values(states) for layer in layers]

    def decode(self, embeds: Tensor, real: Tensor, memory: Tensor, memory_real: Tensor) -> Tensor:
        """(n, length, width), with the encoder's states (n, source length, width) -> states of the second stack."""
        length = embeds.shape[1]
        mask = padding_mask(real) & causal_mask(length, length, embeds.device)
        states = self.place(embeds, torch.arange(length, device=embeds.device)[None])
        return self.run_decoder(states, mask, self.memory(memory), padding_mask(memory_real))[0]

    def run_decoder(
        self,
        states: Tensor,
        mask: Tensor,
        memory: Sequence[KeyValue],
        memory_mask: Tensor,
        caches: Sequence[KeyValue] | None = None,
    ) -> tuple[Tensor, list[KeyValue]]:
        """Placed embeddings through the second stack; also each layer's keys and values."""
        kept = []
        for layer, seen, cache in zip(self.decoder, memory, _or_none(caches, len(self.decoder)), strict=True):
            states, keys_values = layer(states, mask, seen, memory_mask, cache)
            kept.append(keys_values)
        return self.decoder_norm(states), kept

    def logits(self, states: Tensor) -> Tensor:
        """(..., width) -> (..., vocabulary), by the tied embedding."""
        return F.linear(states, self.tokens.weight)


def _or_none(caches: Sequence[KeyValue] | None, layers: int) -> Sequence[KeyValue | None]:
    """What each layer gets as its cache."""
    return [None] * layers if caches is None else caches
