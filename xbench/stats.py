"""How far a score can be trusted, and whether two scores differ: means over seeds (rows) and examples (columns).

Both axes are random: other seeds would have given other models, other examples another test set. The variance of a
row's mean is estimated as crossed random effects (seeds x examples with their residual), never by resampling: with two
to five seeds percentile bootstraps are far too narrow. Nothing here does I/O or draws a random number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Bounds = tuple[float, float] | Literal["auto"] | None

POWER = 0.8
_ROUNDING = 1e-12  # spreads below this share of the scale are rounding, not spread


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a` minus `b`, with a two-sided test of no difference.

    scope "run": one seed each, so the two trained models were compared and the methods stay untested.
    smallest_detectable: the true difference that four of five such comparisons would find.
    """

    delta: float
    low: float
    high: float
    p_value: float
    scope: Literal["method", "run"]
    smallest_detectable: float


class Moments(NamedTuple):
    """What intervals and tests need of one row: variances are those of the row's mean."""

    mean: float
    by_seed: Array  # (seeds,)
    by_example: Array  # (examples,)
    seed: float  # between seeds, residual included; 0 with one seed
    residual: float  # seed-by-example residual; 0 with one seed


def quantile(probability: float | Array, df: float | Array) -> Any:
    """Student's t quantile by the upper tail's probability, accurate for tiny tails; df as large as you like."""
    return -special.stdtrit(np.minimum(df, 1e9), probability)


def matrix(values: Any) -> Array:
    """(seeds, examples) as float64; one dimension is one seed. Raises ValueError on NaN, infinity, or no values."""
    array = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"values: expected (seeds, examples), found shape {np.shape(values)}")
    if not np.isfinite(array).all():
        raise ValueError("values: NaN or infinity among them")
    return array


def clusters(values: Any, groups: Any) -> Array:
    """(seeds, examples) -> (seeds, clusters): one value for each set of examples that belong together.

    Row means stay as they are, so large clusters weigh more. Raises ValueError unless groups is (examples,).
    """
    array = matrix(values)
    labels = np.asarray(groups)
    if labels.shape != array.shape[1:]:
        raise ValueError(f"clusters: expected shape {array.shape[1:]}, found {labels.shape}")
    names, index = np.unique(labels, return_inverse=True)
    means = array.mean(axis=1, keepdims=True)
    sums = np.stack([np.bincount(index, weights=row, minlength=len(names)) for row in array - means])
    return np.asarray(means + sums * (len(names) / array.shape[1]))


def moments(values: Array) -> Moments:
    """Crossed random effects of (seeds, examples), as variances of the grand mean."""
    seeds, examples = values.shape
    mean, by_seed, by_example = values.mean(), values.mean(axis=1), values.mean(axis=0)
    if seeds == 1:
        return Moments(float(mean), by_seed, by_example, 0.0, 0.0)
    residual = 0.0
    if examples > 1:
        squares = ((values - by_seed[:, None] - by_example + mean) ** 2).sum()
        residual = float(squares) / ((seeds - 1) * (examples - 1) * seeds * examples)
    return Moments(float(mean), by_seed, by_example, float(by_seed.var(ddof=1)) / seeds, residual)


def interval(
    values: Any, confidence: float = 0.95, *, bounds: Bounds = "auto", clusters: Any = None
) -> tuple[float, float]:
    """Confidence interval of the expected score of a training procedure on the population of examples.

    half-width^2 = t(S-1)^2 * seed variance / S + t(n-1)^2 * example variance / n, the latter cleared of the residual
    that the former already holds; in Wilson form for bounded scores, so that it stays inside and a perfect score keeps
    an honest lower end. With one seed: the interval of that one trained model.

    Args:
        values: (seeds, examples), per-example scores or `pseudo_values`.
        bounds: the scale, (low, high) or None; "auto": (0, 1) where all values lie in it. Pseudo-values overshoot, so
            give the metric's own.
        clusters: (examples,), equal where examples belong together.

    Raises:
        ValueError: NaN, wrong shapes, or a mean outside the bounds.
    """
    level = _confidence(confidence)
    array = matrix(values)
    scale = _bounds(bounds, array)
    array = _clustered(array, clusters)
    seeds, examples = array.shape
    m = moments(array)
    t_example = float(quantile(level, examples - 1)) if examples > 1 else np.inf
    if examples > 1:
        example = max(float(m.by_example.var(ddof=1)) / examples - m.residual, 0.0)
        half = np.sqrt((float(quantile(level, seeds - 1)) ** 2 * m.seed if seeds > 1 else 0.0) + t_example**2 * example)
    else:
        half = np.inf  # one example says nothing about others
    if scale is None:
        return m.mean - float(half), m.mean + float(half)
    return _wilson(m.mean, float(half), scale, examples, t_example**2 / examples)


def _wilson(
    mean: float, half: float, scale: tuple[float, float], examples: int, binomial: float
) -> tuple[float, float]:
    """The Wilson interval whose normal half-width is `half`; `binomial` (t^2 / n) stands in where nothing varied.

    It does so too within half an example of a bound, where the spread that was seen is that of next to nothing: a BLEU
    of 1e-7 is no surer than one of 0.
    """
    low, width = scale[0], scale[1] - scale[0]
    share = min(max((mean - low) / width, 0.0), 1.0)
    variance = share * (1 - share)
    k = (half / width) ** 2 / variance if variance > 0 and half > _ROUNDING * width else binomial
    if min(share, 1 - share) * examples < 0.5 - _ROUNDING:
        k = max(k, binomial)
    if not np.isfinite(k):
        return scale
    centre = (share + k / 2) / (1 + k)
    radius = np.sqrt(k * variance + k * k / 4) / (1 + k)
    return low + width * max(float(centre - radius), 0.0), low + width * min(float(centre + radius), 1.0)


def compare(a: Any, b: Any, confidence: float = 0.95, *, clusters: Any = None) -> Comparison:
    """Do two training procedures differ? Examples are paired, seeds independent and possibly of different number.

    Crossed variance components with Satterthwaite's degrees of freedom. Where one side has a single seed, it borrows
    the other side's seed variance.

    Args:
        a: (seeds, examples) of the first, per-example scores or `pseudo_values`.
        b: (seeds, examples) of the second, the same examples in the same order.

    Raises:
        ValueError: NaN, wrong shapes, or different numbers of examples.
    """
    level = _confidence(confidence)
    sides = [matrix(a), matrix(b)]
    if sides[0].shape[1] != sides[1].shape[1]:
        raise ValueError(f"examples are paired: {sides[0].shape[1]} of a, {sides[1].shape[1]} of b")
    tiny = _tiny(*sides)
    sides = [_clustered(side, clusters) for side in sides]
    seeds, examples = [len(side) for side in sides], sides[0].shape[1]
    rows = [moments(side) for side in sides]
    scope: Literal["method", "run"] = "method" if max(seeds) > 1 else "run"
    delta = rows[0].mean - rows[1].mean
    if examples == 1:
        return Comparison(delta, -np.inf, np.inf, 1.0, scope, np.inf)
    variance, df = _crossed(rows, seeds, examples)
    error = float(np.sqrt(variance))
    if error <= tiny:
        delta = 0.0 if abs(delta) <= tiny else delta
        return Comparison(delta, delta, delta, sign_test(examples) if delta else 1.0, scope, 0.0)
    critical = float(quantile(level, df))
    p_value = float(2 * special.stdtr(df, -abs(delta) / error))
    smallest = float(detectable(df, critical)) * error
    return Comparison(delta, delta - critical * error, delta + critical * error, p_value, scope, smallest)


def sign_test(examples: int) -> float:
    """The p-value, two-sided, of so many examples that all speak for one side: what is left where nothing varied."""
    return float(2.0 ** (1 - examples))


def detectable(df: float | Array, critical: float | Array) -> Any:
    """By how many estimated standard errors the truth must differ for four of five such comparisons to find it.

    The error is an estimate here and in the comparison that looks for the difference. With N(1, 1 / (2 df)) for its
    ratio to the true one, c solves c - t = z * sqrt(1 + (c^2 + t^2) / (2 df)). Were it taken as known (noncentral t),
    58 % would find it at df 1, 69 % at df 4; so 78 to 80 % do (70 % with two seeds: Satterthwaite's df is rough there).
    """
    power = float(special.ndtri(POWER)) ** 2
    part = 1 - power / (2 * np.minimum(df, 1e9))
    return (critical + np.sqrt(critical**2 - part * (part * critical**2 - power))) / part


def _crossed(rows: list[Moments], seeds: list[int], examples: int) -> tuple[float, float]:
    """Variance of the difference of two rows' means, and its Satterthwaite degrees of freedom."""
    paired = float((rows[0].by_example - rows[1].by_example).var(ddof=1)) / examples  # the residual is in here
    variance, squares = paired, paired**2 / (examples - 1)
    by_source = [0.0, 0.0]
    for side in (0, 1):
        source = side if seeds[side] > 1 else 1 - side
        if seeds[source] < 2:
            continue
        share = (rows[source].seed - rows[source].residual) * seeds[source] / seeds[side]
        if share > 0:
            variance += share
            by_source[source] += rows[source].seed * seeds[source] / seeds[side]
    squares += sum(
        part**2 / (count - 1) for part, count in zip(by_source, seeds, strict=True) if count > 1 and part > 0
    )
    if squares == 0 or not any(by_source):
        return variance, examples - 1.0
    fewest = max(min(count for count in seeds if count > 1) - 1, 1)
    return variance, float(np.clip(variance**2 / squares, fewest, max(examples - 1, fewest)))


def pseudo_values(statistics: Any, score: Callable[[Any], Any]) -> Array:
    """(seeds, examples, k) -> (seeds, examples): jackknife values whose row means are each seed's corpus score.

    Args:
        statistics: additive per-example statistics of a metric.
        score: their sums (..., k) -> (...): `Metric.score`.

    Raises:
        ValueError: wrong shapes, or statistics or scores that are not finite.
    """
    array = np.asarray(statistics, dtype=np.float64)
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"statistics: expected (seeds, examples, k), found shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("statistics: NaN or infinity among them")
    return np.stack([_pseudo(one, score) for one in array])


def _pseudo(statistics: Array, score: Callable[[Any], Any]) -> Array:
    examples = len(statistics)
    total = statistics.sum(axis=0)
    whole = float(score(total))
    if examples == 1:
        values = np.full(1, whole)
    else:
        without = np.asarray(score(total - statistics), dtype=np.float64)
        values = whole + (examples - 1) * (without.mean() - without)
    if not np.isfinite(values).all():
        raise ValueError("score: NaN or infinity for some leave-one-out sum")
    return values


def _confidence(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a number between 0 and 1, found {confidence}")
    return (1 - confidence) / 2


def _bounds(bounds: Bounds, values: Array) -> tuple[float, float] | None:
    if bounds is None:
        return None
    if isinstance(bounds, str):
        if bounds != "auto":
            raise ValueError(f"bounds: expected (low, high), None or 'auto', found {bounds!r}")
        return (0.0, 1.0) if values.min() >= 0 and values.max() <= 1 else None
    low, high = float(bounds[0]), float(bounds[1])
    slack = 1e-9 * (high - low)
    if not low - slack <= values.mean() <= high + slack:
        raise ValueError(f"bounds: the mean {values.mean():g} is outside ({low:g}, {high:g})")
    return low, high


def _clustered(values: Array, groups: Any) -> Array:
    return values if groups is None else clusters(values, groups)


def _tiny(*arrays: Array) -> float:
    return _ROUNDING * max(float(np.abs(array).max()) for array in arrays)
