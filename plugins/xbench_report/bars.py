"""Intervals as bars on one scale a contest: the range, the score as a line, the seeds as dots."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from xbench.specs import Json
from xbench_report.contests import Contest

_MARGIN = 0.04  # of the scale's length, beyond the outermost value
_TICKS = 6  # at most, or one more


@dataclass(frozen=True, slots=True)
class Scale:
    """From low to high, with round numbers to read it by."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    @classmethod
    def of(cls, contest: Contest) -> Scale | None:
        """Wide enough for every interval, score and seed. None where nothing has a score."""
        found = [value for row in contest.rows for value in _values(row)]
        if not found:
            return None
        low, high = min(found), max(found)
        width = (high - low) or abs(high) or 1.0
        low, high = low - _MARGIN * width, high + _MARGIN * width
        step = _round_step((high - low) / _TICKS)
        first = math.ceil(low / step)
        ticks = tuple(step * n for n in range(first, math.floor(high / step) + 1))
        return cls(low, high, ticks, max(0, -math.floor(math.log10(step) + 1e-9)))

    def at(self, value: float) -> str:
        """Where a value stands, as a percentage of the width."""
        share = (value - self.low) / (self.high - self.low)
        return f"{100 * min(max(share, 0.0), 1.0):.2f}".rstrip("0").rstrip(".") + "%"


def axis(scale: Scale) -> str:
    """The scale's numbers, for the column's head."""
    labels = "".join(
        f'<text x="{scale.at(tick)}" y="10" text-anchor="{_anchor(scale, tick)}">{tick:.{scale.decimals}f}</text>'
        for tick in scale.ticks
    )
    return f'<svg class="axis" width="100%" height="13" aria-hidden="true">{labels}</svg>'


def bar(row: Json, scale: Scale) -> str:
    """Empty where a row has no score. Hollow where a row is not ranked: other seeds could score otherwise."""
    score, low, high = row.get("score"), row.get("ci_low"), row.get("ci_high")
    if score is None:
        return ""
    parts = [f'<line class="grid" x1="{scale.at(t)}" x2="{scale.at(t)}" y1="0" y2="100%"/>' for t in scale.ticks]
    if low is not None and high is not None:
        width = 100 * (high - low) / (scale.high - scale.low)
        kind = "range" if row.get("rank") is not None else "range hollow"
        parts.append(
            f'<rect class="{kind}" x="{scale.at(low)}" y="12" width="{max(width, 0.4):.2f}%" height="10" rx="2"/>'
        )
    seeds = list(_seeds(row))
    if len(seeds) > 1:
        parts.extend(f'<circle class="seed" cx="{scale.at(value)}" cy="17" r="1.75"/>' for value in seeds)
    parts.append(f'<line class="point" x1="{scale.at(score)}" x2="{scale.at(score)}" y1="8" y2="26"/>')
    return f'<svg class="bar" width="100%" height="34" aria-hidden="true">{"".join(parts)}</svg>'


def _values(row: Json) -> Iterator[float]:
    yield from (row[name] for name in ("score", "ci_low", "ci_high") if row.get(name) is not None)
    if row.get("score") is not None:
        yield from _seeds(row)


def _seeds(row: Json) -> Iterator[float]:
    """Each seed's score. The column is a text: what is no number in it is passed over."""
    for part in str(row.get("seed_scores") or "").split(";"):
        try:
            value = float(part)
        except ValueError:
            continue
        if math.isfinite(value):
            yield value


def _round_step(step: float) -> float:
    """1, 2 or 5 times a power of ten, no smaller than `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= step * 0.999)


def _anchor(scale: Scale, tick: float) -> str:
    share = (tick - scale.low) / (scale.high - scale.low)
    return "start" if share < 0.08 else "end" if share > 0.92 else "middle"
