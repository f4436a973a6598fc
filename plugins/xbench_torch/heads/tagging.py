"""Token tagging by a linear head on the first piece of each word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from xbench.specs import Example, Prediction, TaskSpec
from xbench.tasktypes import bio_tags
from xbench_torch.contract import Backbone, Batch, Encoded, Limits
from xbench_torch.heads.linear import linear_head
from xbench_torch.heads.source import count_unknown, stand_in


class TaggingHead:
    """A word is read at its first piece. One that got no piece, or fell to truncation, is "O" and counted as unread."""

    reads = ("encoder", "word")
    generates = False
    standard = "TokenClassification"
    pooling = "each word's first token"

    def __init__(self, backbone: Backbone) -> None:
        self.spaces = _wants_spaces(backbone.tokenizer)

    def encode(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        (field,) = task.inputs
        words = list(example[field])
        engine = tokenizer.backend_tokenizer  # the wrapper refuses words for byte-level tokenizers
        engine.no_truncation()
        engine.no_padding()
        encoding = engine.encode(_spaced(words) if self.spaces else words, is_pretokenized=True)
        ids, word_of, types = encoding.ids, encoding.word_ids, encoding.type_ids
        room = max(limits.max_length - sum(word is None for word in word_of), 0)
        kept, used = [], 0
        for position, word in enumerate(word_of):
            used += word is not None
            if word is None or used <= room:
                kept.append(position)
        first: dict[int, int] = {}
        for place, position in enumerate(kept):
            if word_of[position] is not None:
                first.setdefault(word_of[position], place)
        read = sorted(first)
        document = [ids[position] for position in kept] or [stand_in(tokenizer)]
        columns = {"token_type_ids": [[types[position] for position in kept] or [0]]}
        return Encoded(
            docs=[document],
            columns=columns if "token_type_ids" in tokenizer.model_input_names else {},
            target=None,
            at={"word": [(0, first[word]) for word in read]},
            y=_tag_ids(example, read, task),
            keep=(example["id"], len(words), read),
            truncated=used > room,
            unknown=count_unknown(tokenizer, document),
            unread=len(words) - len(read),
        )

    def prompt(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        return self.encode({key: value for key, value in example.items() if key != "tags"}, tokenizer, task, limits)

    def build(self, backbone: Backbone, task: TaskSpec) -> nn.Module:
        return linear_head(backbone.width, len(bio_tags(task.labels)))

    def weight(self, encoded: Sequence[Encoded]) -> int:
        return sum(len(row.at["word"]) for row in encoded)

    def logits(self, module: nn.Module | None, states: Tensor, batch: Batch, backbone: Backbone) -> Tensor:
        assert module is not None
        logits: Tensor = module(states)
        return logits

    def loss(self, logits: Tensor, batch: Batch, label_smoothing: float) -> Tensor:
        return F.cross_entropy(logits, batch.y["tags"], reduction="sum", label_smoothing=label_smoothing)

    def decode(self, logits: Tensor, batch: Batch, task: TaskSpec) -> list[Prediction]:
        tags = bio_tags(task.labels)
        chosen = logits.argmax(-1)
        sure = logits.softmax(-1).gather(-1, chosen[:, None])[:, 0]
        best = iter(zip(chosen.tolist(), sure.double().tolist(), strict=True))
        predictions: list[Prediction] = []
        for name, words, read in batch.keep:
            row, scores = ["O"] * words, [0.0] * words  # a word that was not read has no probability of its own
            for word in read:
                tag, score = next(best)
                row[word], scores[word] = tags[tag], round(score, 6)
            predictions.append({"id": name, "prediction": row, "scores": scores})
        return predictions

    def classes(self, task: TaskSpec) -> Sequence[str]:
        return bio_tags(task.labels)

    def answer(self, text: str, tokenizer: Any, task: TaskSpec) -> str:
        return text


def _tag_ids(example: Example, read: Sequence[int], task: TaskSpec) -> dict[str, list[int]]:
    if "tags" not in example:
        return {}
    index = {tag: number for number, tag in enumerate(bio_tags(task.labels))}
    return {"tags": [index[example["tags"][word]] for word in read]}


def _wants_spaces(tokenizer: Any) -> bool:
    """Does this tokenizer mark a word's beginning by the space before it, and not set that space itself (GPT-2)?"""
    stage = json.loads(tokenizer.backend_tokenizer.to_str()).get("pre_tokenizer") or {}
    stages = stage.get("pretokenizers", [stage])
    return any(one.get("type") == "ByteLevel" and not one.get("add_prefix_space", True) for one in stages)


def _spaced(words: Sequence[str]) -> list[str]:
    """A space before each word, but for the first and where Chinese or Japanese stands on either side."""
    return [
        words[0],
        *(
            f" {word}" if not (_unspaced(before[-1]) or _unspaced(word[0])) else word
            for before, word in pairwise(words)
        ),
    ]


def _unspaced(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uf900" <= character <= "\uffef" or character >= "\U00020000"
