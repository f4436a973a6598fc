"""Seeded choices that every Python makes alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Over `random.Random(seed).random()` alone: its sequence is promised across versions, that of `choice` is not."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, n: int) -> int:
        """0 .. n-1"""
        return int(self._random() * n)

    def chance(self, share: float) -> bool:
        """True in this share of calls."""
        return self._random() < share

    def one(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def two(self, items: Sequence[T]) -> tuple[T, T]:
        """Two different ones."""
        first = self.below(len(items))
        second = (first + 1 + self.below(len(items) - 1)) % len(items)
        return items[first], items[second]


def distinct(make: Callable[[], T], key: Callable[[T], Hashable]) -> Iterator[T]:
    """What `make` returns, without repeats: so no input of one split stands in another."""
    seen = set()
    while True:
        item = make()
        if key(item) not in seen:
            seen.add(key(item))
            yield item
