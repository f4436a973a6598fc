"""Ranks, Holm, moderated variances and tie letters against hand-worked values and properties."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from xbench import stats
from xbench.ranks import holm, letters, moderate, ranks


def rows(*scores: float, seeds: int = 3, n: int = 400, spread: float = 0.003) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    shared = rng.standard_normal(n) * 0.3
    noise = [rng.standard_normal((seeds, n)) * 0.05 + rng.standard_normal((seeds, 1)) * spread for _ in scores]
    return [score + shared + part - part.mean() for score, part in zip(scores, noise, strict=True)]


def test_holm_by_hand() -> None:
    # 0.005 * 4, 0.01 * 3, 0.03 * 2, then 0.04 raised to what stands before it
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.6, 0.7])) == pytest.approx([1.0, 1.0])


def test_ranks_count_what_is_better_and_what_is_worse() -> None:
    found = ranks(rows(0.5, 0.8, 0.801, 0.6))
    assert found.rank == (4, 1, 1, 3)
    assert found.rank_max == (4, 2, 2, 3)
    assert found.tie_group == ("c", "a", "a", "b")
    assert found.delta[1, 0] == pytest.approx(0.3)
    assert (found.p_value == found.p_value.T).all()


def test_lower_is_better_turns_the_order() -> None:
    found = ranks(rows(0.5, 0.8, 0.801, 0.6), higher_is_better=False)
    assert found.rank == (1, 3, 3, 2)
    assert found.tie_group == ("a", "c", "c", "b")


def test_a_row_between_two_that_differ_shares_letters_with_both() -> None:
    separated = np.zeros((3, 3), bool)
    separated[0, 2] = separated[2, 0] = True
    assert letters([0, 1, 2], separated) == ("a", "ab", "b")
    assert letters([2, 1, 0], separated) == ("b", "ab", "a")  # letters go by the order, the best first


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_rows_share_a_letter_if_and_only_if_they_are_not_separated(case: tuple[int, set[tuple[int, int]]]) -> None:
    count, pairs = case
    separated = np.zeros((count, count), bool)
    for i, j in pairs:
        if i != j:
            separated[i, j] = separated[j, i] = True
    shown = letters(range(count), separated)
    for i in range(count):
        assert shown[i]
        for j in range(i):
            assert bool(set(shown[i]) & set(shown[j])) != separated[i, j]


def test_more_than_26_groups_stay_readable() -> None:
    shown = letters(range(60), ~np.eye(60, dtype=bool))
    assert (shown[0], shown[25], shown[26], shown[59]) == ("a", "z", "a2", "h3")


def test_deterministic_rows_are_the_paired_t_test() -> None:
    a, b = np.random.default_rng(1).random((2, 50))
    found = ranks([a, b])
    expected = scipy.stats.ttest_rel(a, b)
    assert found.p_value[0, 1] == pytest.approx(expected.pvalue, rel=1e-6)
    assert found.half_width[0, 1] == pytest.approx(expected.confidence_interval(0.95).high - found.delta[0, 1])
    assert found.smallest_detectable[0, 1] == pytest.approx(stats.compare(a, b).smallest_detectable)


def test_one_row_is_first_and_last() -> None:
    found = ranks(rows(0.5))
    assert (found.rank, found.rank_max, found.tie_group) == ((1,), (1,), ("a",))


def test_equal_rows_and_perfect_rows_are_tied() -> None:
    perfect = np.ones((3, 20))
    found = ranks([perfect, perfect, perfect])
    assert (found.rank, found.tie_group) == ((1, 1, 1), ("a", "a", "a"))
    assert found.p_value.min() == 1.0


@pytest.mark.parametrize(("examples", "ranks_"), [(5, (1, 1)), (6, (1, 2))])
def test_a_handful_of_examples_that_agree_is_their_sign_test(examples: int, ranks_: tuple[int, int]) -> None:
    found = ranks([np.ones((2, examples)), np.zeros((2, examples))])
    assert found.p_value[0, 1] == pytest.approx(2.0 ** (1 - examples))  # 0.0625, 0.03125
    assert found.rank == ranks_


def test_one_example_separates_nothing() -> None:
    found = ranks([[[1.0], [1.0]], [[0.0], [0.0]]])
    assert found.rank == (1, 1)


def test_clusters_of_repeated_examples_add_nothing() -> None:
    table = rows(0.5, 0.52, n=40)
    wide = ranks([np.repeat(row, 4, axis=1) for row in table], groups=np.repeat(np.arange(40), 4))
    assert wide.p_value == pytest.approx(ranks(table).p_value)


def test_moderation_pools_what_shows_no_extra_spread() -> None:
    # Log variances closer than chance would have them: one variance for all, with all degrees of freedom.
    variances, df = moderate(np.array([1.0, 1.1, 0.9, 1.0]), np.array([4, 4, 4, 4]))
    assert variances == pytest.approx(np.ones(4), abs=1e-3)
    assert df == pytest.approx(np.full(4, 16.0))


def test_moderation_draws_towards_the_prior_by_degrees_of_freedom() -> None:
    raw = np.array([1e-4, 1.0, 1e3, 2.0, 0.1, 30.0])
    variances, df = moderate(raw, np.full(6, 4))
    assert list(np.argsort(variances)) == list(np.argsort(raw))
    assert raw[0] < variances[0]
    assert variances[2] < raw[2]
    assert 4 < df[0] < 24


def test_deterministic_rows_stay_out_of_moderation() -> None:
    variances, df = moderate(np.array([0.0, 1.0, 1.2]), np.array([0, 2, 2]))
    assert variances[0] == 0
    assert df[0] == np.inf
    assert variances[1] == pytest.approx(1.1, abs=1e-3)


@pytest.mark.parametrize("table", [[], [[0.1, 0.2], [0.1]], [[0.1, float("nan")]]])
def test_what_cannot_be_compared_is_refused(table: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"rows|NaN"):
        ranks(table)


def test_a_row_is_judged_alike_whatever_stands_far_above_it() -> None:
    """Two rows near 0, alone and beside rows around 0.5, whose scores vary more for that alone."""
    rng = np.random.default_rng(2)
    near = [(rng.random((3, 2000)) < p).astype(float) for p in (0.012, 0.022)]
    far = [(rng.random((3, 2000)) < 0.5).astype(float) for _ in range(4)]
    assert ranks(near, bounds=(0, 1)).p_value[0, 1] < 0.05
    assert ranks([*near, *far], bounds=(0, 1)).p_value[0, 1] < 0.05
    assert ranks([*near, *far]).p_value[0, 1] > 0.05  # the rows above lend their spread
