"""Classification of one or two texts by a linear head on a pooled state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xbench.specs import Example, Prediction, TaskSpec
from xbench_torch.contract import Backbone, Batch, Encoded, Limits
from xbench_torch.heads.linear import linear_head
from xbench_torch.heads.source import encode_source


class ClassificationHead:
    """Reads one state an example, or the mean of several.

    A causal decoder's is the last token's. An encoder's is its classification token's, where the tokenizer begins with
    one (BERT's [CLS], BART's <s>), else the mean over the tokens (T5, as in Ni et al. 2022).
    """

    reads = ("encoder", "pool")
    generates = False
    standard = ""  # transformers' own put a dense layer between, or leave the bias out

    def __init__(self, backbone: Backbone) -> None:
        self.shape = backbone.shape
        self.pooling = (
            "the last token"
            if self.shape == "decoder"
            else "the first token where that is the tokenizer's cls_token, else the mean of all"
        )

    def encode(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        text, pair = _texts(example, task)
        if pair is not None and self.shape == "decoder":  # causal tokenizers put nothing between two texts
            text, pair = f"{text}\n{pair}", None
        source = encode_source(tokenizer, text, pair, limits.max_length)
        pool = self._pool(source.ids, tokenizer)
        return Encoded(
            docs=[source.ids],
            columns=source.columns,
            target=None,
            at={"pool": [(0, position) for position in pool]},
            y={"label": [task.labels.index(example["label"])]} if "label" in example else {},
            keep=example["id"],
            truncated=source.truncated,
            unknown=source.unknown,
        )

    def _pool(self, ids: Sequence[int], tokenizer: Any) -> Sequence[int]:
        if self.shape == "decoder":
            return (len(ids) - 1,)
        return (0,) if ids[0] == tokenizer.cls_token_id else range(len(ids))

    def prompt(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        return self.encode({key: value for key, value in example.items() if key != "label"}, tokenizer, task, limits)

    def build(self, backbone: Backbone, task: TaskSpec) -> nn.Module:
        return linear_head(backbone.width, len(task.labels))

    def weight(self, encoded: Sequence[Encoded]) -> int:
        return len(encoded)

    def logits(self, module: nn.Module | None, states: Tensor, batch: Batch, backbone: Backbone) -> Tensor:
        assert module is not None
        if len(states) != batch.n:  # one row an example already is its own mean
            owner = batch.at_owner["pool"]
            sums = torch.zeros(batch.n, states.shape[1], dtype=states.dtype, device=states.device)
            states = sums.index_add(0, owner, states) / torch.bincount(owner, minlength=batch.n)[:, None]
        logits: Tensor = module(states)
        return logits

    def loss(self, logits: Tensor, batch: Batch, label_smoothing: float) -> Tensor:
        return F.cross_entropy(logits, batch.y["label"], reduction="sum", label_smoothing=label_smoothing)

    def decode(self, logits: Tensor, batch: Batch, task: TaskSpec) -> list[Prediction]:
        best = logits.argmax(-1).tolist()
        rows = logits.softmax(-1).double().tolist()
        return [
            {"id": name, "prediction": task.labels[label], "scores": dict(zip(task.labels, row, strict=True))}
            for name, label, row in zip(batch.keep, best, rows, strict=True)
        ]

    def classes(self, task: TaskSpec) -> Sequence[str]:
        return task.labels

    def answer(self, text: str, tokenizer: Any, task: TaskSpec) -> str:
        return text


def _texts(example: Example, task: TaskSpec) -> tuple[str, str | None]:
    """The first and, where the task has one, the second input field."""
    first, *rest = task.inputs
    return example[first], (example[rest[0]] if rest else None)
