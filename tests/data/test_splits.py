"""Draws are proportional, complete and fixed for ever."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.splits import LIMIT_SEED, allocate, carve, draw

LABELS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=200)


def test_shares_by_hand() -> None:
    # 10 of 60/30/10 percent; then 7 of (5, 3, 2): quotas 3.5, 2.1, 1.4, and the largest remainder takes the last one.
    assert allocate([60, 30, 10], 10) == [6, 3, 1]
    assert allocate([5, 3, 2], 7) == [4, 2, 1]


def test_a_rare_class_gets_one_row_from_the_most_favoured() -> None:
    # Quotas 4.95, 4.95, 0.1: the remainders would give 5, 5, 0.
    assert allocate([99, 99, 2], 10) == [4, 5, 1]
    assert allocate([99, 99, 2], 2) == [1, 1, 0]  # fewer rows than classes: in proportion
    # Quotas 6.4, 3.5, 0.1: the second got a row by its remainder, is above its share, and gives it.
    assert allocate([64, 35, 1], 10) == [6, 3, 1]


@given(LABELS, st.data())
def test_a_stratified_draw_keeps_proportions(labels: list[str], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, len(labels)))
    rows = draw(len(labels), total, labels, LIMIT_SEED)
    assert rows == sorted(set(rows))
    assert len(rows) == total
    whole, drawn = Counter(labels), Counter(labels[row] for row in rows)
    if total >= len(whole):
        assert set(drawn) == set(whole)
    if all(count * total >= len(labels) for count in whole.values()):  # no class had to be lifted to one row
        assert all(abs(drawn[label] - count * total / len(labels)) < 1 for label, count in whole.items())


@given(LABELS, st.data())
def test_other_names_for_the_labels_draw_as_many_of_each(labels: list[str], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, len(labels)))
    renamed = [f"label {label}" for label in labels]  # the same order
    assert draw(len(labels), total, labels, LIMIT_SEED) == draw(len(labels), total, renamed, LIMIT_SEED)


def test_without_labels_a_smaller_draw_lies_inside_a_larger_one() -> None:
    assert set(draw(1000, 100, None, LIMIT_SEED)) < set(draw(1000, 300, None, LIMIT_SEED))


def test_a_draw_is_not_the_first_rows() -> None:
    assert max(draw(1000, 100, None, LIMIT_SEED)) > 900


def test_draws_are_those_of_the_mersenne_twister() -> None:
    """NumPy's generator, from the same key, is the second opinion; the numbers stand here so that no one moves them."""
    ranks = np.random.RandomState([20_241]).random_sample(20)
    assert draw(20, 5, None, LIMIT_SEED) == sorted(np.argsort(ranks)[:5]) == [2, 8, 14, 16, 17]


def test_more_rows_than_there_are() -> None:
    with pytest.raises(ValueError, match="3 of 2 rows"):
        draw(2, 3, None, LIMIT_SEED)


def test_carved_shares_are_of_all_rows_to_the_nearest_row() -> None:
    # 0.1 of 15 is 1.5, so 2 each; 0.1 of 14 is 1.4, so 1 each.
    assert Counter(carve(15, 0.1, 0.1, None, None)) == {"train": 11, "validation": 2, "test": 2}
    assert Counter(carve(14, 0.1, 0.1, None, None)) == {"train": 12, "validation": 1, "test": 1}


def test_rows_of_one_group_are_carved_together() -> None:
    groups = [row // 3 for row in range(60)]
    splits = carve(60, 0.2, 0.2, None, groups)
    assert all(len(set(splits[start : start + 3])) == 1 for start in range(0, 60, 3))
    assert Counter(splits) == {"train": 36, "validation": 12, "test": 12}
