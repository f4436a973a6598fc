"""Which examples each step visits, and how a step is cut into micro-batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def steps_of(
    n: int,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    max_steps: int | None = None,
    max_examples_seen: int | None = None,
) -> list[np.ndarray]:
    """Example indices of each step: each epoch a permutation by the seed, cut into `batch_size` (the last smaller).

    Depends on nothing but its arguments: not on lengths, layout, device or micro-batches.
    """
    steps: list[np.ndarray] = []
    left = max_examples_seen if max_examples_seen is not None else epochs * n
    for epoch in range(epochs):
        order = np.random.default_rng([seed, epoch]).permutation(n)[: max(left, 0)]
        left -= len(order)
        steps.extend(order[start : start + batch_size] for start in range(0, len(order), batch_size))
        if left <= 0 or (max_steps is not None and len(steps) >= max_steps):
            break
    return steps[:max_steps]


def visits(n: int, *, epochs: int, batch_size: int, max_steps: int | None, max_examples_seen: int | None) -> int:
    """Examples that `steps_of` visits, repetitions counted."""
    full, rest = divmod(n, batch_size)
    seen = epochs * n
    if max_steps is not None:
        a_pass = full + (rest > 0)
        passes, more = divmod(max_steps, max(a_pass, 1))
        seen = min(seen, passes * n + min(more * batch_size, n))
    return seen if max_examples_seen is None else min(seen, max_examples_seen)


def micro_batches(lengths: Sequence[int], max_tokens: int, max_waste: int) -> list[list[int]]:
    """Positions of a step's examples, grouped: longest first, each group within `max_tokens` padded tokens.

    A group also closes before its padding exceeds `max_waste` tokens: about what starting another group costs. An
    example longer than `max_tokens` stands alone.
    """
    groups: list[list[int]] = []
    longest = waste = 0
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        length = lengths[position]
        group = groups[-1] if groups else []
        padding = waste + longest - length
        if group and (len(group) + 1) * longest <= max_tokens and padding <= max_waste:
            group.append(position)
            waste = padding
        else:
            groups.append([position])
            longest, waste = length, 0
    return groups
