"""Text-to-text: an encoder-decoder reads the source and writes the target; a causal model continues a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from xbench.specs import Example, Prediction, TaskSpec
from xbench_torch.contract import Backbone, Batch, Encoded, Limits
from xbench_torch.heads.source import Source, count_unknown, encode_source, stand_in
from xbench_torch.prefix import PREFIX

SEPARATOR = "\n"  # between a causal model's prompt and its answer, where the tokenizer has no token for it


class TextHead:
    """Cross-entropy on the target's tokens, its end included; no parameters but the model's own.

    An encoder-decoder's target keeps the special tokens that its tokenizer gives (BART's `<s>`), as `generate` expects.
    """

    generates = True

    def __init__(self, backbone: Backbone) -> None:
        self.causal = backbone.shape == "decoder"
        self.reads = ("encoder", "answer") if self.causal else ("decoder", "target")
        self.backbone = backbone

    def encode(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        prompt = self.prompt(example, tokenizer, task, limits)
        target, cut = self._target(self.target(example, task), tokenizer, limits.max_target_length)
        if not self.causal:
            return Encoded(
                docs=prompt.docs,
                columns=prompt.columns,
                target=self.backbone.start_target(target),
                at={"target": [(0, position) for position in range(len(target))]},
                y={"target": target},
                keep=prompt.keep,
                truncated=prompt.truncated or cut,
                unknown=prompt.unknown,
            )
        (ids,) = prompt.docs
        return Encoded(
            docs=[[*ids, *target[:-1]]],
            columns={},
            target=None,
            at={"answer": [(0, len(ids) - 1 + position) for position in range(len(target))]},
            y={"target": target},
            keep=prompt.keep,
            truncated=prompt.truncated or cut,
            unknown=prompt.unknown,
        )

    def prompt(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        text = example.get(PREFIX, "") + self.source(example, task)
        source = (
            _causal_prompt(tokenizer, text, limits.max_length)
            if self.causal
            else encode_source(tokenizer, text, None, limits.max_length)
        )
        return Encoded(
            docs=[source.ids],
            columns=source.columns,
            target=None,
            at={},
            y={},
            keep=example["id"],
            truncated=source.truncated,
            unknown=source.unknown,
        )

    def source(self, example: Example, task: TaskSpec) -> str:
        """What the model reads."""
        (field,) = task.inputs
        return str(example[field])

    def target(self, example: Example, task: TaskSpec) -> str:
        """What the model is to write."""
        return str(example["target"])

    def build(self, backbone: Backbone, task: TaskSpec) -> None:
        return None

    def weight(self, encoded: Sequence[Encoded]) -> int:
        return sum(len(row.y["target"]) for row in encoded)

    def logits(self, module: nn.Module | None, states: Tensor, batch: Batch, backbone: Backbone) -> Tensor:
        return backbone.vocab_logits(states)

    def loss(self, logits: Tensor, batch: Batch, label_smoothing: float) -> Tensor:
        return F.cross_entropy(logits, batch.y["target"], reduction="sum", label_smoothing=label_smoothing)

    def decode(self, logits: Tensor, batch: Batch, task: TaskSpec) -> list[Prediction]:
        raise NotImplementedError("a text head's predictions come from the decoding loop")

    def answer(self, text: str, tokenizer: Any, task: TaskSpec) -> str:
        return text

    def _target(self, text: str, tokenizer: Any, max_length: int) -> tuple[list[int], bool]:
        """Ids that end with the end token, and whether the text was cut."""
        special = not self.causal
        ids = list(tokenizer(text_target=text, add_special_tokens=special, verbose=False)["input_ids"])
        end = tokenizer.eos_token_id
        if not ids or ids[-1] != end:
            ids.append(end)
        cut = len(ids) > max_length
        return ([*ids[: max_length - 1], end] if cut else ids), cut


class LabelTextHead(TextHead):
    """Classification by writing the label's name; what is written must be a label to the letter to count."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self._spoken: dict[str, str] = {}  # a label as it comes back -> the label

    def source(self, example: Example, task: TaskSpec) -> str:
        first, *rest = task.inputs
        if not rest:
            return str(example[first])
        return f"sentence1: {example[first]} sentence2: {example[rest[0]]}"  # T5's form (Raffel et al. 2020)

    def target(self, example: Example, task: TaskSpec) -> str:
        return str(example["label"])

    def answer(self, text: str, tokenizer: Any, task: TaskSpec) -> str:
        """The label that this tokenizer would bring back as `text`, else the text as it stands."""
        if not self._spoken:
            for label in reversed(task.labels):  # the first of labels that come back as the same text
                self._spoken[_round_trip(label, tokenizer)] = label
        return text if text in task.labels else self._spoken.get(text, text)


def read_text(ids: Sequence[int], tokenizer: Any) -> str:
    """Generated ids as text, without special tokens and surrounding space."""
    text: str = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text.strip()


def _round_trip(text: str, tokenizer: Any) -> str:
    return read_text(tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer)


def _causal_prompt(tokenizer: Any, text: str, max_length: int) -> Source:
    """Beginning token (where the tokenizer sets one), text, separator; never an end token."""
    ids = list(tokenizer(text, verbose=False)["input_ids"])
    if ids and ids[-1] == tokenizer.eos_token_id:
        ids.pop()
    separator = [tokenizer.sep_token_id] if tokenizer.sep_token_id is not None else []
    separator = separator or list(tokenizer(SEPARATOR, add_special_tokens=False)["input_ids"]) or [stand_in(tokenizer)]
    room = max(max_length - len(separator), 0)
    return Source([*ids[:room], *separator], {}, len(ids) > room, count_unknown(tokenizer, ids[:room]))
