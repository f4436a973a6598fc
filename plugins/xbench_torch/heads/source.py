"""A source text (or two) as token ids that fit the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """ids and per-token columns (token_type_ids) of one document; never empty."""

    ids: list[int]
    columns: Mapping[str, Sequence[Sequence[int]]]
    truncated: bool
    unknown: int


def encode_source(tokenizer: Any, text: str, pair: str | None, max_length: int) -> Source:
    """One document with the tokenizer's special tokens, cut at the longer text's end to `max_length` tokens."""
    encoding = tokenizer(text, pair, verbose=False)
    truncated = len(encoding["input_ids"]) > max_length
    if truncated:
        strategy = "longest_first" if pair is not None else "only_first"
        encoding = tokenizer(text, pair, truncation=strategy, max_length=max_length, verbose=False)
    ids = list(encoding["input_ids"])
    columns = {"token_type_ids": [list(encoding["token_type_ids"])]} if "token_type_ids" in encoding else {}
    if not ids:  # a text of which the tokenizer leaves nothing
        ids, columns = [stand_in(tokenizer)], {name: [[0]] for name in columns}
    return Source(ids, columns, truncated, count_unknown(tokenizer, ids))


def count_unknown(tokenizer: Any, ids: Sequence[int]) -> int:
    """Tokens that stand for what the vocabulary lacks. GPT-2's unknown token is its end of text: none is counted."""
    unknown = tokenizer.unk_token_id
    if unknown is None or unknown in (tokenizer.eos_token_id, tokenizer.bos_token_id):
        return 0
    return list(ids).count(unknown)


def stand_in(tokenizer: Any) -> int:
    """The token of a document that would be empty."""
    candidates = (tokenizer.unk_token_id, tokenizer.eos_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id)
    return next((token for token in candidates if token is not None), 0)
