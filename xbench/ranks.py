"""Ranks that say what the data can tell apart: all pairs of one task, metric and protocol, Holm-corrected.

Seed variances are moderated across rows (Smyth 2004): with three seeds a row's own variance is nearly noise. That holds
for rows whose variances are much the same. Those of bounded scores are nearly so on the arcsine square root scale
(Anscombe 1948), while on the raw one a score near its bound varies little whatever the model: there the good rows would
decide how far the bad ones can be told apart. Rows that could not be told apart share a letter (Piepho 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from xbench.stats import Array, clusters, detectable, matrix, moments, quantile, sign_test

_SMALLEST_P = 1e-14
_NO_SPREAD = 1e6  # prior degrees of freedom that mean "one variance for all rows"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows in the order given; pairs as (rows, rows), entry [i, j] about row i minus row j.

    rank: 1 + number of rows significantly better. rank_max: rows - number of rows significantly worse.
    tie_group: letters; two rows share one if and only if they could not be told apart.
    p_value: Holm-adjusted over all pairs. half_width: of one pair, unadjusted. smallest_detectable: the true difference
    that four of five such boards would separate, at the first and hardest step of Holm.
    """

    rank: tuple[int, ...]
    rank_max: tuple[int, ...]
    tie_group: tuple[str, ...]
    delta: Array
    half_width: Array
    p_value: Array
    smallest_detectable: Array


def ranks(
    rows: Sequence[Any],
    *,
    higher_is_better: bool = True,
    groups: Any = None,
    confidence: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> Ranking:
    """Rank rows of per-example values (seeds, examples): the same examples in the same order.

    A row of one seed counts as deterministic (seed variance 0): leave out rows that had merely one seed.

    Args:
        groups: (examples,), equal where examples belong together.
        bounds: the scale of the score, (low, high), or None.

    Raises:
        ValueError: no rows, NaN, or different numbers of examples.
    """
    values = [matrix(row) for row in rows]
    if len({row.shape[1] for row in values}) != 1:
        raise ValueError("rows: expected at least one, all of the same examples")
    if groups is not None:
        values = [clusters(row, groups) for row in values]
    delta, seed, df, example = _pairs(values, bounds)
    examples, tail = values[0].shape[1], (1 - confidence) / 2
    upper = np.triu_indices(len(values), 1)
    adjusted = np.ones_like(delta)
    adjusted[upper] = holm(_p_values(delta[upper], seed[upper], df[upper], example[upper], examples))
    adjusted = np.minimum(adjusted, adjusted.T)
    t_seed, t_example = quantile(tail, df), quantile(tail, max(examples - 1, 1))
    half = np.sqrt(t_seed**2 * seed + t_example**2 * example)
    tail /= max(len(upper[0]), 1)
    smallest = np.sqrt(
        detectable(df, quantile(tail, df)) ** 2 * seed
        + detectable(max(examples - 1, 1), quantile(tail, max(examples - 1, 1))) ** 2 * example
    )
    separated = adjusted <= 1 - confidence
    better = (delta if higher_is_better else -delta) > 0
    rank = 1 + (separated & better.T).sum(axis=1)
    rank_max = len(values) - (separated & better).sum(axis=1)
    score = np.array([row.mean() for row in values]) * (1 if higher_is_better else -1)
    return Ranking(
        rank=tuple(int(x) for x in rank),
        rank_max=tuple(int(x) for x in rank_max),
        tie_group=letters(np.argsort(-score, kind="stable"), separated),
        delta=delta,
        half_width=half,
        p_value=adjusted,
        smallest_detectable=smallest,
    )


def _pairs(values: Sequence[Array], bounds: tuple[float, float] | None) -> tuple[Array, Array, Array, Array]:
    """Of every pair of rows: difference; its seed variance with degrees of freedom; its example variance."""
    rows = [moments(row) for row in values]
    seeds = np.array([len(row) for row in values])
    examples = values[0].shape[1]
    spread = np.array([row.seed for row in rows]) * seeds  # of single seeds' scores
    means = np.array([row.mean for row in rows])
    slope = _slope(means, bounds, examples)
    spread, df = moderate(spread / slope**2, seeds - 1)
    spread *= slope**2
    residual = np.array([row.residual for row in rows])
    delta = means[:, None] - means
    delta[np.abs(delta) <= 1e-12 * np.abs(means).max()] = 0.0
    if examples == 1:  # one example says nothing about others
        example = np.full_like(delta, np.inf)
    else:
        covariance = np.cov(np.stack([row.by_example for row in rows])).reshape(delta.shape) / examples
        own = np.diag(covariance) - residual
        example = np.maximum(own[:, None] + own - 2 * covariance, 0.0)
    # The diagonal's covariance is its variance, residual included; a row does not differ from itself.
    np.fill_diagonal(example, 0.0)
    seed = (spread / seeds)[:, None] + spread / seeds
    np.fill_diagonal(seed, 0.0)
    return delta, seed, np.minimum(df[:, None], df), example


def _slope(means: Array, bounds: tuple[float, float] | None, examples: int) -> Array:
    """By how much a score moves with its arcsine square root, half an example away from its bounds at least."""
    if bounds is None:
        return np.ones_like(means)
    low, width = bounds[0], bounds[1] - bounds[0]
    share = np.clip((means - low) / width, 0.5 / examples, 1 - 0.5 / examples)
    return np.asarray(width * np.sqrt(share * (1 - share)))


def moderate(variances: Array, df: Any) -> tuple[Array, Array]:
    """Empirical Bayes: variances drawn towards their common prior, with the degrees of freedom so gained.

    Rows with df 0 are deterministic: variance 0, df infinite. Rows whose seeds agreed exactly enter no fit of the
    prior (their logarithm would swamp it) and are moderated like the others.

    Source: Smyth, "Linear models and empirical Bayes methods", 2004, section 6.2.
    """
    variances, degrees = np.asarray(variances, dtype=np.float64), np.asarray(df, dtype=np.float64)
    seeded = degrees > 0
    varied = seeded & (variances > 1e-24 * max(float(variances.max(initial=0.0)), 1e-300))
    moderated, gained = np.where(seeded, variances, 0.0), np.where(seeded, degrees, np.inf)
    if varied.sum() < 2:
        return moderated, gained
    s2, d = variances[varied], degrees[varied]
    e = np.log(s2) - special.digamma(d / 2) + np.log(d / 2)
    excess = float(e.var(ddof=1) - special.polygamma(1, d / 2).mean())
    if excess > 0:
        prior_df = min(2 * _trigamma_inverse(excess), _NO_SPREAD)
        prior = float(np.exp(e.mean() + special.digamma(prior_df / 2) - np.log(prior_df / 2)))
    else:
        prior_df, prior = _NO_SPREAD, float((s2 * d).sum() / d.sum())
    moderated[seeded] = (prior_df * prior + degrees[seeded] * variances[seeded]) / (prior_df + degrees[seeded])
    gained[seeded] = np.minimum(prior_df + degrees[seeded], d.sum())
    return moderated, gained


def _trigamma_inverse(value: float) -> float:
    """y with trigamma(y) = value, by Newton on 1 / trigamma (Smyth 2004, appendix)."""
    if value > 1e7:
        return float(1 / np.sqrt(value))
    if value < 1e-6:
        return 1 / value
    y = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(special.polygamma(1, y))
        step = trigamma * (1 - trigamma / value) / float(special.polygamma(2, y))
        y += step
        if abs(step) < 1e-10 * y:
            break
    return y


def _p_values(delta: Array, seed: Array, df: Array, example: Array, examples: int) -> Array:
    """Two-sided: the level at which t(df)^2 * seed + t(n-1)^2 * example equals delta^2, by bisection.

    Where nothing varied, each example speaks for one side: their sign test.
    """
    low, high = np.full(delta.shape, np.log10(_SMALLEST_P)), np.zeros(delta.shape)
    squared = delta**2
    for _ in range(40):
        middle = (low + high) / 2
        tail = 10**middle / 2
        wide = quantile(tail, df) ** 2 * seed + quantile(tail, max(examples - 1, 1)) ** 2 * example >= squared
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    constant = seed + example <= 1e-12 * squared  # but for rounding
    return np.where(squared == 0, 1.0, np.where(constant, sign_test(examples), 10**high))


def holm(p_values: Array) -> Array:
    """Holm's step-down adjustment (1979): controls the chance of any false alarm among all."""
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate((count - np.arange(count)) * p_values[order]))
    return adjusted


def letters(order: Any, separated: Any) -> tuple[str, ...]:
    """Compact letter display by insert and absorb (Piepho 2004); `order` lists rows from the best on.

    After z comes a2, so that joined letters stay readable by a program.
    """
    position = [int(row) for row in order]
    count = len(position)
    sets = [(1 << count) - 1]  # bit x: the row at position x
    for x in range(count):
        for y in range(x + 1, count):
            if not separated[position[x]][position[y]]:
                continue
            both = 1 << x | 1 << y
            kept = [s for s in sets if s & both != both]
            for s in sets:
                if s & both == both:
                    for part in (s & ~(1 << x), s & ~(1 << y)):
                        if not any(part & ~other == 0 for other in kept):
                            kept = [other for other in kept if other & ~part] + [part]
            sets = kept
    sets.sort(key=lambda s: [x for x in range(count) if s >> x & 1])
    names = [chr(ord("a") + i % 26) + (str(i // 26 + 1) if i >= 26 else "") for i in range(len(sets))]
    shown = [""] * count
    for x, row in enumerate(position):
        shown[row] = "".join(name for name, s in zip(names, sets, strict=True) if s >> x & 1)
    return tuple(shown)
