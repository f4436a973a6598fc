"""Intervals, pseudo-values, clusters and comparisons against values worked out by hand and by SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from xbench import stats

RIGHT_8_OF_10 = [1.0] * 8 + [0.0] * 2
SEEDS = np.array([[0.4], [0.6]]) * np.ones((1, 50))  # examples agree, seeds do not


def tables(low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    shapes = st.tuples(st.integers(1, 4), st.integers(1, 12))
    cells = st.one_of(st.sampled_from([low, high]), st.floats(low, high))
    return shapes.flatmap(
        lambda s: st.lists(cells, min_size=s[0] * s[1], max_size=s[0] * s[1]).map(
            lambda values: np.round(values, 9).reshape(s)
        )
    )


class TestInterval:
    def test_one_seed_without_bounds_is_students_interval(self) -> None:
        # mean 3, sd sqrt(2.5), t(4) = 2.7764: 3 +- 2.7764 * sqrt(2.5 / 5)
        assert stats.interval([1, 2, 3, 4, 5], bounds=None) == pytest.approx((1.0368, 4.9632), abs=1e-4)

    def test_wilson_by_hand_with_students_quantile(self) -> None:
        # k = t(9)^2 / 9 = 0.56859; (0.8 + k / 2 -+ sqrt(0.16 k + k^2 / 4)) / (1 + k)
        assert stats.interval(RIGHT_8_OF_10) == pytest.approx((0.42702, 0.95550), abs=1e-4)

    def test_many_examples_give_the_published_wilson_interval(self) -> None:
        # 800 of 1,000: Wilson 1927 gives 0.7741 to 0.8236
        assert stats.interval(RIGHT_8_OF_10 * 100) == pytest.approx((0.7741, 0.8236), abs=1e-4)

    def test_a_perfect_score_has_an_honest_lower_end(self) -> None:
        # t(99)^2 / 100 = 0.03937, and 1 / 1.03937
        assert stats.interval([[1.0] * 100] * 3) == pytest.approx((0.96212, 1.0), abs=1e-4)
        assert stats.interval([[0.0] * 100]) == pytest.approx((0.0, 1 - 0.96212), abs=1e-4)

    def test_seeds_alone_by_hand(self) -> None:
        # sd of the mean sqrt(0.02 / 2) = 0.1, t(1) = 12.706
        assert stats.interval(SEEDS, bounds=None) == pytest.approx((0.5 - 1.2706, 0.5 + 1.2706), abs=1e-4)

    def test_seeds_and_examples_add_without_counting_the_residual_twice(self) -> None:
        values = np.random.default_rng(0).normal(size=(3, 40))
        rows, columns = values.mean(axis=1), values.mean(axis=0)
        residual = ((values - rows[:, None] - columns + values.mean()) ** 2).sum() / (2 * 39)
        examples = columns.var(ddof=1) / 40 - residual / (3 * 40)
        half = np.sqrt(4.30265**2 * rows.var(ddof=1) / 3 + 2.02269**2 * max(examples, 0))
        assert stats.interval(values, bounds=None) == pytest.approx(
            (values.mean() - half, values.mean() + half), abs=1e-4
        )

    def test_lower_confidence_is_narrower(self) -> None:
        wide, narrow = stats.interval(RIGHT_8_OF_10, 0.95), stats.interval(RIGHT_8_OF_10, 0.8)
        assert wide[0] < narrow[0] < narrow[1] < wide[1]

    def test_bounds_are_found_given_or_none(self) -> None:
        percent = [100 * value for value in RIGHT_8_OF_10]
        low, high = stats.interval(RIGHT_8_OF_10, bounds="auto")
        assert stats.interval(percent, bounds=(0, 100)) == pytest.approx((100 * low, 100 * high))
        assert stats.interval(percent) == stats.interval(percent, bounds=None)  # 80 is no share: nothing is assumed
        assert stats.interval(percent)[1] > 100

    def test_no_spread_is_no_certainty_on_a_bounded_scale(self) -> None:
        low, high = stats.interval([[0.1] * 30] * 2)  # 0.1 sums to a spread of rounding only
        assert low < 0.05
        assert high > 0.2
        assert stats.interval([0.0, 1e-28], bounds=(0, 1)) == pytest.approx(stats.interval([0.0, 0.0]))
        assert stats.interval([[0.1] * 30] * 2, bounds=None) == pytest.approx((0.1, 0.1))

    def test_within_half_an_example_of_a_bound_it_is_no_surer_than_at_the_bound(self) -> None:
        at = stats.interval(np.zeros((3, 100)), bounds=(0, 1))
        near = np.zeros((3, 100))
        near[0, 0] = 1e-6  # one seed, one example, next to nothing: its spread says as little
        assert stats.interval(near, bounds=(0, 1)) == pytest.approx(at, abs=1e-6)
        assert stats.interval(1 - near, bounds=(0, 1)) == pytest.approx((1 - at[1], 1.0), abs=1e-6)

    def test_one_example_says_nothing(self) -> None:
        assert stats.interval([[1.0]]) == (0.0, 1.0)
        assert stats.interval([[0.5], [0.7]], bounds=None) == (-np.inf, np.inf)

    @settings(max_examples=200, deadline=None)
    @given(tables(0.0, 1.0))
    def test_it_holds_the_mean_stays_in_bounds_and_mirrors(self, values: np.ndarray) -> None:
        low, high = stats.interval(values, bounds=(0, 1))
        assert -1e-12 <= low <= values.mean() + 1e-9
        assert values.mean() - 1e-9 <= high <= 1 + 1e-12
        assert stats.interval(1 - values, bounds=(0, 1)) == pytest.approx((1 - high, 1 - low), abs=1e-6)

    @pytest.mark.parametrize(
        ("values", "options", "message"),
        [
            ([[0.5, float("nan")]], {}, "NaN"),
            ([[0.5, float("inf")]], {}, "NaN or infinity"),
            ([], {}, "expected"),
            (np.zeros((2, 2, 2)), {}, "expected"),
            ([0.5, 0.6], {"confidence": 95}, "between 0 and 1"),
            ([50.0, 60.0], {"bounds": (0, 1)}, "outside"),
            ([0.5, 0.6], {"bounds": "none"}, "auto"),
            ([0.5, 0.6], {"clusters": [0]}, "clusters"),
        ],
    )
    def test_what_is_no_table_is_refused(self, values: Any, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            stats.interval(values, **options)


class TestClusters:
    def test_means_stay_and_large_clusters_weigh_more(self) -> None:
        # mean 0.5; sums of deviations 1 and -1 and 0, times 3 clusters / 6 examples
        values = stats.clusters([1, 1, 0, 0, 0, 1], ["a", "a", "b", "b", "c", "c"])
        assert values.tolist() == [[1.0, 0.0, 0.5]]

    def test_repeated_examples_add_nothing(self) -> None:
        values = np.random.default_rng(1).random((3, 20))
        groups = np.repeat(np.arange(20), 5)
        repeated = np.repeat(values, 5, axis=1)
        assert stats.interval(repeated, clusters=groups) == pytest.approx(stats.interval(values))
        other = np.random.default_rng(2).random((2, 20))
        expected = stats.compare(values, other)
        found = stats.compare(repeated, np.repeat(other, 5, axis=1), clusters=groups)
        assert (found.delta, found.low, found.p_value) == pytest.approx(
            (expected.delta, expected.low, expected.p_value)
        )

    def test_clusters_of_one_change_nothing(self) -> None:
        assert stats.interval(RIGHT_8_OF_10, clusters=range(10)) == pytest.approx(stats.interval(RIGHT_8_OF_10))


class TestPseudoValues:
    def test_by_hand(self) -> None:
        # 2/3 in all; without the first 1/2, without the second 1: 2/3 + (3/4 - 1/2) and 2/3 + (3/4 - 1)
        values = stats.pseudo_values([[[1, 1], [1, 2]]], lambda sums: sums[..., 0] / sums[..., 1])
        assert values == pytest.approx(np.array([[11 / 12, 5 / 12]]))

    def test_of_a_mean_they_are_the_values(self) -> None:
        values = np.random.default_rng(0).random((2, 9))
        table = np.stack([values, np.ones_like(values)], axis=2)
        assert stats.pseudo_values(table, lambda sums: sums[..., 0] / sums[..., 1]) == pytest.approx(values)

    def test_row_means_are_the_corpus_scores(self) -> None:
        table = np.random.default_rng(3).poisson(3.0, size=(4, 30, 3)).astype(float)

        def f1(sums: Any) -> Any:
            return 2 * sums[..., 0] / (2 * sums[..., 0] + sums[..., 1] + sums[..., 2])

        assert stats.pseudo_values(table, f1).mean(axis=1) == pytest.approx(f1(table.sum(axis=1)))
        assert stats.pseudo_values(table[:, :1], f1) == pytest.approx(f1(table[:, 0])[:, None])

    @pytest.mark.parametrize("table", [[[1.0, 2.0]], [], [[[float("nan")]]]])
    def test_what_is_no_statistics_is_refused(self, table: Any) -> None:
        with pytest.raises(ValueError, match="statistics"):
            stats.pseudo_values(table, lambda sums: sums[..., 0])

    def test_an_undefined_score_is_refused(self) -> None:
        with pytest.raises(ValueError, match="score"), np.errstate(invalid="ignore"):
            stats.pseudo_values([[[1.0, 1.0], [0.0, 0.0]]], lambda sums: sums[..., 0] / sums[..., 1])


class TestCompare:
    def test_one_seed_each_is_the_paired_t_test_of_two_runs(self) -> None:
        a, b = np.random.default_rng(0).normal(size=(2, 30))
        found = stats.compare(a, b)
        expected = scipy.stats.ttest_rel(a, b)
        assert found.scope == "run"
        assert found.p_value == pytest.approx(expected.pvalue)
        assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))

    def test_seeds_alone_are_welchs_test(self) -> None:
        a, b = [0.71, 0.74, 0.72], [0.70, 0.66, 0.69, 0.68, 0.71]
        found = stats.compare(*(np.array(side)[:, None] * np.ones((1, 50)) for side in (a, b)))
        expected = scipy.stats.ttest_ind(a, b, equal_var=False)
        assert found.scope == "method"
        assert found.p_value == pytest.approx(expected.pvalue)
        assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))

    def test_one_seed_borrows_the_others_variance(self) -> None:
        three = np.array([[0.7], [0.8], [0.9]]) * np.ones((1, 20))
        found = stats.compare(three, np.full((1, 20), 0.5))
        # 0.01 / 3 and, borrowed, 0.01 / 1, with t(2) = 4.3027
        assert found.high - found.delta == pytest.approx(4.3027 * np.sqrt(0.01 / 3 + 0.01), abs=1e-4)

    def test_sides_change_the_sign_alone(self) -> None:
        rng = np.random.default_rng(4)
        a, b = rng.random((3, 40)), rng.random((2, 40))
        one, other = stats.compare(a, b), stats.compare(b, a)
        assert (one.delta, one.low, one.high) == pytest.approx((-other.delta, -other.high, -other.low))
        assert (one.p_value, one.smallest_detectable) == pytest.approx((other.p_value, other.smallest_detectable))

    def test_interval_and_p_value_agree(self) -> None:
        rng = np.random.default_rng(5)
        a, b = rng.random((3, 60)), rng.random((3, 60)) + 0.1
        found = stats.compare(a, b)
        edge = stats.compare(a, b, confidence=1 - found.p_value)
        assert min(abs(edge.low), abs(edge.high)) == pytest.approx(0, abs=1e-9)

    def test_equal_sides_do_not_differ(self) -> None:
        perfect = np.ones((3, 10))
        assert stats.compare(perfect, perfect) == stats.Comparison(0.0, 0.0, 0.0, 1.0, "method", 0.0)
        a = np.random.default_rng(6).random((3, 10))
        assert stats.compare(a, a).p_value == 1.0

    @pytest.mark.parametrize(("examples", "p_value"), [(2, 0.5), (5, 1 / 16), (10, 1 / 512)])
    def test_a_constant_difference_is_as_sure_as_its_examples_are_many(self, examples: int, p_value: float) -> None:
        found = stats.compare(np.full((2, examples), 0.3), np.full((2, examples), 0.1))
        assert (found.delta, found.low, found.p_value) == pytest.approx((0.2, 0.2, p_value))

    def test_one_example_cannot_tell(self) -> None:
        found = stats.compare([[1.0]], [[0.0]])
        assert (found.delta, found.p_value, found.high) == (1.0, 1.0, np.inf)

    @pytest.mark.parametrize(("examples", "least"), [(2, 0.77), (3, 0.78), (5, 0.785), (20, 0.79), (400, 0.797)])
    def test_four_of_five_find_the_smallest_detectable_difference(self, examples: int, least: float) -> None:
        """Over the spreads that may be estimated, by numbers of the chi distribution; the noncentral t for the rest."""
        a, b = np.random.default_rng(7).normal(size=(2, examples))
        df, error = examples - 1, (a - b).std(ddof=1) / np.sqrt(examples)
        effect = stats.compare(a, b).smallest_detectable / error
        estimated = np.sqrt(scipy.stats.chi2.ppf((np.arange(2000) + 0.5) / 2000, df) / df)
        critical = scipy.stats.t.ppf(0.975, df)
        assert least < scipy.stats.nct.sf(critical, df, effect * estimated).mean() < 0.802

    def test_the_smallest_detectable_difference_of_a_known_spread_is_the_textbook_one(self) -> None:
        # z(0.975) + z(0.8)
        assert stats.detectable(np.inf, 1.959964) == pytest.approx(1.959964 + 0.841621, abs=1e-5)

    def test_examples_must_be_the_same(self) -> None:
        with pytest.raises(ValueError, match="paired"):
            stats.compare([[0.1, 0.2]], [[0.1, 0.2, 0.3]])
        with pytest.raises(ValueError, match="NaN"):
            stats.compare([[0.1, np.nan]], [[0.1, 0.2]])
