"""A Hugging Face checkpoint as a backbone: flat tokens in, states by token out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from xbench.errors import CellError
from xbench_hf.decoder import CausalDecoder, Seq2SeqDecoder
from xbench_torch.contract import Decoder
from xbench_torch.docs import Docs
from xbench_torch.layout import PaddedLayout
from xbench_torch.sites import find_sites

PROBE = 3  # tokens of the document on which a checkpoint's own arithmetic is compared with ours


class HFBackbone:
    """What a head or a text route needs of a transformers model.

    Args:
        model: an AutoModel (head on it), AutoModelForCausalLM or AutoModelForSeq2SeqLM. Of an encoder-decoder without
            a language-model head only the encoder is kept.
        tokenizer: its PreTrainedTokenizerFast.
        shape: "encoder" | "decoder" | "encoder-decoder", of the checkpoint.
        checkpoint: the folder or hub id that it was read from, and the commit.

    Raises CellError where the model's embeddings or logits cannot be had by themselves (its own forward disagrees).
    """

    def __init__(
        self, model: Any, tokenizer: Any, shape: str, checkpoint: tuple[str | None, str | None] = (None, None)
    ) -> None:
        self.tokenizer = tokenizer
        self.checkpoint = checkpoint
        self.layout = PaddedLayout()
        self.config = model.config
        lm_head = model.get_output_embeddings()
        self._names: dict[str, str] = {}
        if shape != "encoder-decoder":
            self._stacks = {"encoder": model.base_model}
        elif lm_head is not None:
            self._stacks = {"encoder": model.get_encoder(), "decoder": model.get_decoder()}
        else:
            full = {parameter: name for name, parameter in model.named_parameters()}
            model = model.get_encoder()
            self._names = {name: full[parameter] for name, parameter in model.named_parameters()}
            self._stacks = {"encoder": model}
        self.model: Any = model  # the same as `module`, with the attributes that transformers gives it
        self.module: nn.Module = model
        self.shape = shape
        self.width = int(self._stacks[list(self._stacks)[-1]].config.hidden_size)
        self._takes = {name: set(inspect.signature(stack.forward).parameters) for name, stack in self._stacks.items()}
        self._lm_head = lm_head
        self._input_scale = {name: self._probe_input(name) for name in self._stacks}
        self._output_scale = 1.0 if lm_head is None else self._probe_output()

    @cached_property
    def sites(self) -> Mapping[str, Sequence[str]]:
        """By role, as they stand before a method changes the modules."""
        return find_sites(self, decodes="decoder" in self._stacks)

    @cached_property
    def max_length(self) -> int | None:
        """Rows of the table of positions, less those before the first one (RoBERTa counts from padding_idx + 1)."""
        rows = getattr(self.config, "max_position_embeddings", None)
        if not isinstance(rows, int) or rows <= 0:
            return None
        tables = [m for name, m in self._stacks["encoder"].named_modules() if name.endswith("position_embeddings")]
        skipped = [getattr(table, "padding_idx", None) for table in tables]
        return rows - max((index + 1 for index in skipped if index is not None), default=0)

    def embed(self, ids: Tensor, stack: str) -> Tensor:
        """(T,) -> (T, width), scaled as the model's own forward scales what it looks up itself."""
        embedded: Tensor = self._stacks[stack].get_input_embeddings()(ids)
        scale = self._input_scale[stack]
        return embedded if scale == 1.0 else embedded * scale

    def encode(self, embeds: Tensor, docs: Docs, at: Tensor | None) -> Tensor:
        """(T, width) -> (len(at), width); all tokens where `at` is None."""
        takes = self._takes["encoder"]
        options: dict[str, Any] = {
            name: self.layout.arrange(values, docs) for name, values in docs.columns.items() if name in takes
        }
        if "use_cache" in takes:
            options["use_cache"] = False
        states = self._stacks["encoder"](
            inputs_embeds=self.layout.arrange(embeds, docs), attention_mask=self.layout.mask(docs), **options
        ).last_hidden_state
        return self.layout.rows(states, docs, at)

    def decode(self, embeds: Tensor, docs: Docs, memory: Tensor, source: Docs, at: Tensor | None) -> Tensor:
        """(T, width) of targets, memory (T_source, width) -> (len(at), width)."""
        states = self._stacks["decoder"](
            inputs_embeds=self.layout.arrange(embeds, docs),
            attention_mask=self.layout.mask(docs),
            encoder_hidden_states=self.layout.arrange(memory, source),
            encoder_attention_mask=self.layout.mask(source),
            use_cache=False,
        ).last_hidden_state
        return self.layout.rows(states, docs, at)

    def vocab_logits(self, states: Tensor) -> Tensor:
        """(n, width) -> (n, vocabulary): the checkpoint's own head, its scale and bias included."""
        if self._lm_head is None:
            table: Tensor = self._stacks["encoder"].get_input_embeddings().weight
            return states @ table.T
        logits: Tensor = self._lm_head(states if self._output_scale == 1.0 else states * self._output_scale)
        bias = getattr(self.model, "final_logits_bias", None)
        return logits if bias is None else logits + bias[0]

    def decoder(self) -> Decoder:
        """For the decoding loop. Raises CellError for an encoder."""
        generation = getattr(self.model, "generation_config", None)
        if "decoder" in self._stacks:
            return Seq2SeqDecoder(self, self._stacks["decoder"], self._start_id, generation)
        if self.shape == "decoder":
            return CausalDecoder(self, self._stacks["encoder"], "position_ids" in self._takes["encoder"], generation)
        raise CellError("refused", "predict", "an encoder alone generates nothing", "take --route head")

    def start_target(self, ids: Sequence[int]) -> list[int]:
        """Shifted right, beginning with the checkpoint's start token."""
        return [self._start_id, *ids[:-1]]

    def save(self, folder: Path) -> None:
        """Weights, config and tokenizer, as `from_pretrained` reads them (an encoder alone: under its names there)."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._names:
            weights = {self._names[name]: p.detach().contiguous() for name, p in self.module.named_parameters()}
            save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
            self.config.save_pretrained(folder)
        else:
            self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    @property
    def loader(self) -> tuple[str, str, str]:
        """Module, class, and what follows `from_pretrained(...)`, of what `save` wrote."""
        if self._names:
            return "transformers", "AutoModel", ".get_encoder()"
        writes = "AutoModelForSeq2SeqLM" if "decoder" in self._stacks else "AutoModelForCausalLM"
        return "transformers", "AutoModel" if self._lm_head is None else writes, ""

    def save_labelled(self, folder: Path, module: nn.Module, classes: Sequence[str], standard: str) -> str:
        """As `save`, with the classes' names in the config; see `xbench_torch.contract.Standard`."""
        from xbench_hf.labelled import save_labelled

        return save_labelled(self, folder, module, classes, standard)

    def encoder_in(self, model: Any) -> Any:
        """The part of a model on the same checkpoint that corresponds to `module`."""
        base = model.base_model
        return base.get_encoder() if self._names else base

    @property
    def _start_id(self) -> int:
        start = self.config.decoder_start_token_id
        if start is None:
            start = self.model.generation_config.decoder_start_token_id
        if start is None:
            raise CellError(
                "refused", "load", "the checkpoint names no decoder_start_token_id", "set it in its config.json"
            )
        return int(start)

    @torch.no_grad()
    def _probe_input(self, name: str) -> float:
        """Factor between the embedding table and what the stack computes on when it is given ids itself."""
        stack = self._stacks[name].eval()
        extra = {"use_cache": False} if "use_cache" in self._takes[name] else {}
        table = stack.get_input_embeddings()
        ids = self.probe_ids()
        expected = stack(input_ids=ids, **extra).last_hidden_state
        for scale in (1.0, float(getattr(stack, "embed_scale", None) or 1.0), self.width**0.5):
            if _close(stack(inputs_embeds=table(ids) * scale, **extra).last_hidden_state, expected):
                return scale
        raise CellError("refused", "load", f"{type(stack).__name__} computes its embeddings in a way of its own")

    @torch.no_grad()
    def _probe_output(self) -> float:
        """Factor on the last states before the language-model head."""
        ids = self.probe_ids()
        if "decoder" in self._stacks:
            output = self.model(input_ids=ids, decoder_input_ids=ids, output_hidden_states=True, use_cache=False)
            states = output.decoder_hidden_states[-1]
        else:
            states = self._stacks["encoder"](input_ids=ids, use_cache=False).last_hidden_state
            output = self.model(input_ids=ids, use_cache=False)
        for scale in (1.0, self.width**-0.5):
            self._output_scale = scale
            if _close(self.vocab_logits(states[0]), output.logits[0]):
                return scale
        raise CellError("refused", "load", f"{type(self.module).__name__} computes its logits in a way of its own")

    def probe_ids(self) -> Tensor:
        """(1, PROBE) from the middle of the vocabulary, where no special tokens are."""
        table = self._stacks["encoder"].get_input_embeddings()
        middle = table.weight.shape[0] // 2
        return torch.arange(middle, middle + PROBE, device=table.weight.device)[None]


def _close(ours: Tensor, theirs: Tensor) -> bool:
    return bool((ours - theirs).abs().max() <= 1e-4 * theirs.abs().max())
