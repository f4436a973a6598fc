"""Draws of rows by fixed seeds: which rows a carved split or a limit takes (pure)."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence

# The same for every cell, so that all models see the same rows; they never change once released.
CARVE_SEED = 20_240
LIMIT_SEED = 20_241
TEST_SEED = 20_242


def allocate(sizes: Sequence[int], total: int) -> list[int]:
    """How many to draw of each class so that `total` are drawn in proportion to `sizes`, by largest remainders.

    A class that would get none gets one, from the class that is most above its share, where `total` reaches: a label
    that training never sees cannot be predicted. Ties go to the class that stands first.
    """
    everything = sum(sizes)
    if not 0 <= total <= everything:
        raise ValueError(f"{total} of {everything} rows")
    if not everything:
        return [0] * len(sizes)
    counts = [size * total // everything for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda i: (-(sizes[i] * total % everything), i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    if total >= sum(size > 0 for size in sizes):
        for i, size in enumerate(sizes):
            if size and not counts[i]:
                donors = (j for j in range(len(sizes)) if counts[j] > 1)
                counts[max(donors, key=lambda j: (counts[j] * everything - sizes[j] * total, -j))] -= 1
                counts[i] = 1
    return counts


def draw(rows: int, total: int, strata: Sequence[str] | None, seed: int) -> list[int]:
    """The row numbers, ascending, of `total` out of `rows` rows, in proportion to `strata` where it is given.

    Only `random.Random.random`, whose sequence Python guarantees for a given integer seed, decides: the same rows on
    every platform and version.

    Args:
        rows: number of rows.
        total: how many to take, at most `rows`.
        strata: the label of each row, or None.
        seed: one of the fixed seeds.
    """
    source = random.Random(seed)
    ranks = [source.random() for _ in range(rows)]
    groups: dict[str, list[int]] = defaultdict(list)
    for row in range(rows):
        groups[strata[row] if strata is not None else ""].append(row)
    names = sorted(groups)
    taken: list[int] = []
    for name, count in zip(names, allocate([len(groups[name]) for name in names], total), strict=True):
        taken.extend(sorted(groups[name], key=ranks.__getitem__)[:count])  # stable: ties by row
    return sorted(taken)


def carve(
    rows: int,
    validation_share: float,
    test_share: float,
    strata: Sequence[str] | None,
    groups: Sequence[Hashable] | None,
) -> list[str]:
    """The split of each row of a source that is divided: "train", "validation" or "test".

    Both shares are of all rows: 0.1 and 0.1 leave 80 % to train. Each is drawn in proportion to `strata`, and train
    keeps at least one row of every label, so that a label with very few rows may be missing in the others. Rows of one
    group stay together (a group counts as one row, with the label of its first), so the numbers may be a little off.

    Args:
        strata: the label of each row, or None.
        groups: what of each row must not stand on both sides, or None where every row is its own.
    """
    first: dict[Hashable, int] = {}
    for row in range(rows):
        first.setdefault(groups[row] if groups is not None else row, row)
    units = list(first.values())
    split = dict.fromkeys(units, "train")
    left = units
    for name, share, seed in (("test", test_share, TEST_SEED), ("validation", validation_share, CARVE_SEED)):
        if share:
            labels = [strata[row] for row in left] if strata is not None else None
            kept = set(draw(len(left), len(left) - int(len(units) * share + 0.5), labels, seed))
            split |= {row: name for index, row in enumerate(left) if index not in kept}
            left = [row for index, row in enumerate(left) if index in kept]
    return [split[first[groups[row] if groups is not None else row]] for row in range(rows)]
