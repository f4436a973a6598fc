"""A scratch Transformer with its tokenizer, as heads, methods and the engine see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from xbench_scratch.config import Config
from xbench_scratch.decoder import decoder_of
from xbench_scratch.model import Transformer
from xbench_torch.contract import Decoder
from xbench_torch.docs import Docs
from xbench_torch.layout import PaddedLayout
from xbench_torch.sites import find_sites


class ScratchBackbone:
    """`Backbone` of the torch contract over `Transformer`."""

    def __init__(self, module: Transformer, tokenizer: Any) -> None:
        self.module = module
        self.tokenizer = tokenizer
        self.shape = module.config.shape
        self.width = module.config.width
        self.max_length = module.config.max_length
        self.layout = PaddedLayout()

    @classmethod
    def fresh(cls, config: Config, tokenizer: Any, seed: int) -> ScratchBackbone:
        """Random weights."""
        module = Transformer(config)
        module.initialise(seed)
        return cls(module, tokenizer)

    @classmethod
    def read(cls, folder: Path) -> ScratchBackbone:
        """What `save` wrote."""
        from transformers import PreTrainedTokenizerFast

        return cls(Transformer.from_pretrained(folder), PreTrainedTokenizerFast.from_pretrained(folder))

    @cached_property
    def sites(self) -> Mapping[str, Sequence[str]]:
        return find_sites(self, decodes=self.module.config.has_decoder)

    def embed(self, ids: Tensor, stack: str) -> Tensor:
        return self.module.embed(ids)  # one table for both stacks

    def encode(self, embeds: Tensor, docs: Docs, at: Tensor | None) -> Tensor:
        states = self.module.encode(self.layout.arrange(embeds, docs), self.layout.mask(docs))
        return self.layout.rows(states, docs, at)

    def decode(self, embeds: Tensor, docs: Docs, memory: Tensor, source: Docs, at: Tensor | None) -> Tensor:
        states = self.module.decode(
            self.layout.arrange(embeds, docs),
            self.layout.mask(docs),
            self.layout.arrange(memory, source),
            self.layout.mask(source),
        )
        return self.layout.rows(states, docs, at)

    def vocab_logits(self, states: Tensor) -> Tensor:
        return self.module.logits(states)

    def decoder(self) -> Decoder:
        return decoder_of(self.module, self.tokenizer)

    def start_target(self, ids: Sequence[int]) -> list[int]:
        return [self.tokenizer.bos_token_id, *ids[:-1]]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.module.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    @property
    def loader(self) -> tuple[str, str, str]:
        return "xbench_scratch.model", "Transformer", ""

    @property
    def checkpoint(self) -> tuple[None, None]:
        return None, None

    def save_labelled(self, folder: Path, module: nn.Module, classes: Sequence[str], standard: str) -> str:
        """The classes' names stand in the config; the head stays beside."""
        self.save(folder)
        self.module.config.write(folder, classes)
        return ""
