"""One linear unit on a pooled state, trained by squared error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from xbench.specs import Example, Prediction, TaskSpec
from xbench_torch.contract import Backbone, Batch, Encoded, Limits

MIDDLE = 3.0  # stars


class RatingHead:
    reads = ("encoder", "pool")
    generates = False

    def __init__(self, backbone: Backbone) -> None:
        self.last = backbone.shape == "decoder"  # only its last token has seen the whole text

    def encode(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        ids = tokenizer(example["text"], truncation=True, max_length=limits.max_length)["input_ids"]
        y = {"stars": [float(example["stars"])]} if "stars" in example else {}
        at = {"pool": [(0, len(ids) - 1 if self.last else 0)]}
        return Encoded([ids], {}, None, at, y, keep=example["id"])

    def prompt(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        return self.encode({name: value for name, value in example.items() if name != "stars"}, tokenizer, task, limits)

    def build(self, backbone: Backbone, task: TaskSpec) -> nn.Module:
        return nn.Linear(backbone.width, 1)

    def weight(self, encoded: Sequence[Encoded]) -> int:
        return len(encoded)

    def logits(self, module: nn.Module | None, states: Tensor, batch: Batch, backbone: Backbone) -> Tensor:
        assert module is not None
        return module(states)[:, 0] + MIDDLE

    def loss(self, logits: Tensor, batch: Batch, label_smoothing: float) -> Tensor:
        return F.mse_loss(logits, batch.y["stars"].to(logits.dtype), reduction="sum")

    def answer(self, text: str, tokenizer: Any, task: TaskSpec) -> float:
        raise NotImplementedError("ratings are not generated")

    def decode(self, logits: Tensor, batch: Batch, task: TaskSpec) -> list[Prediction]:
        return [{"id": i, "prediction": float(v)} for i, v in zip(batch.keep, logits, strict=True)]
