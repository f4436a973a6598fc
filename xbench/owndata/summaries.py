"""Rows of unknown columns, summed up: what each column holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from xbench.abilities import Column
from xbench.names import as_label
from xbench.owndata.languages import language_of, words_in
from xbench.specs import Json

ROWS = 1_000_000  # looked at, of each split
MANY = 1_000  # different values; where there are more they are not counted
_SAMPLE = 300  # texts whose language and number of words are asked for
_CHARACTERS = 2_000  # of each

_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


class _Tally:
    """One column, row by row."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._kinds: set[str] = set()
        self._values: Counter[str] | None = Counter()
        self._train: set[str] = set()
        self._rows: Counter[str] = Counter()
        self._length = 0
        self._sample: list[str] = []

    def add(self, value: Any, split: str) -> None:
        if value is None or value == "" or value == [] or value != value:  # the last: what is not a number
            return
        self._rows[split] += 1
        kind = _kind(value)
        self._kinds.add(kind)
        items: Sequence[str] = value if kind == "texts" else () if kind == "other" else [as_label(value)]
        self._length += len(items) if kind == "texts" else sum(map(len, items))
        if kind in ("text", "texts") and len(self._sample) < _SAMPLE:
            self._sample.append(" ".join(items)[:_CHARACTERS])
        if self._values is not None:
            self._values.update(items)
            if split == "train":
                self._train.update(items)
            if len(self._values) > MANY:
                self._values = None

    def column(self) -> Column:
        kinds = self._kinds
        kind = next(iter(kinds)) if len(kinds) == 1 else "other"
        for wider in ("decimal", "text"):  # 1 and 2.5 are decimals; 3 and "n/a" are texts
            if len(kinds) > 1 and wider in kinds and kinds <= {"number", "decimal", wider}:
                kind = wider
        rows, values = self._rows.total(), dict(self._values or {})
        mean = self._length / rows if rows else 0.0
        words = sum(map(words_in, self._sample)) / len(self._sample) if self._sample else 0.0
        language = language_of(self._sample)
        unseen = tuple(value for value in values if value not in self._train)
        return Column(
            self._name, kind, rows, values, round(mean, 1), language, round(words, 1), dict(self._rows), unseen
        )


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "number" if _WHOLE.fullmatch(value) else "decimal" if _DECIMAL.fullmatch(value) else "text"
    if isinstance(value, int):  # a truth value counts as a number too
        return "number"
    if isinstance(value, float):
        return "decimal"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "texts"
    return "other"


def summarise(names: Iterable[str], splits: Mapping[str, Iterable[Json]]) -> tuple[list[Column], dict[str, int]]:
    """What the columns of these names hold, over the first `ROWS` rows of each split, and how many rows each has."""
    tallies = {name: _Tally(name) for name in names}
    seen = dict.fromkeys(splits, 0)
    for split, rows in splits.items():
        for row in islice(rows, ROWS):
            seen[split] += 1
            for name, tally in tallies.items():
                tally.add(row.get(name), split)
    return [tally.column() for tally in tallies.values()], seen
