"""A comparison in words that need no statistics to be read, and its numbers as people write them."""

from __future__ import annotations

from collections.abc import Sequence

from xbench.board import LEVEL
from xbench.specs import Json

SMALLEST_P = 1e-4  # below it the digits of a p-value say nothing more


def sentence(pair: Json) -> str:
    """The verdict: who is better, by how much, how sure; or why that cannot be said. See `comparisons.compare`."""
    return {"separated": _separated, "tied": _tied, "untestable": _untestable}[pair["verdict"]](pair)


def detectable(pair: Json) -> str:
    """What the data could have shown; empty where that is not known."""
    smallest = pair["smallest_detectable"]
    if smallest is None:
        return ""
    if pair["scale"] is not None and smallest > pair["scale"][1] - pair["scale"][0]:
        return "Smallest detectable difference: none on this scale; that takes more seeds or more test examples."
    if pair["verdict"] == "untestable":
        where = "between two such runs" if pair["scope"] == "run" else "if the seeds of both spread alike"
        return f"Smallest detectable difference: {figure(smallest, pair)} {where}."
    return (
        f"Smallest detectable difference: {figure(smallest, pair)}; a true difference of that size is found "
        f"by four of five such comparisons."
    )


def weights(pair: Json) -> str:
    """On how many examples which side did better."""
    on, n = pair["better_on"], pair["n"]
    return (
        f"Of {n} test examples {on['a']} speak for {pair['a']}, {on['b']} for {pair['b']}, {on['neither']} for neither."
    )


def figure(value: float, pair: Json, sign: bool = False) -> str:
    """A score or difference on its metric's scale: four decimals on 0 to 1, two on 0 to 100; more where it is tiny."""
    decimals = 4 if pair["scale"] is not None and pair["scale"][1] - pair["scale"][0] <= 1 else 2
    text = f"{value:{'+' if sign else ''}.{decimals}f}"
    return text if value == 0 or float(text) != 0 else f"{value:{'+' if sign else ''}.1g}"


def chance(p_value: float) -> str:
    """`p=0.031`, `p<0.0001`; digits enough to show on which side of the level it is."""
    if p_value < SMALLEST_P:
        return f"p<{SMALLEST_P:.4f}"
    shown = (f"{p_value:.{digits}g}" for digits in range(2, 8))
    return f"p={next((text for text in shown if float(text) != LEVEL), LEVEL)}"


def _separated(pair: Json) -> str:
    better, worse = _ordered(pair)
    sure = _interval(pair, pair["delta"] < 0)
    return (
        f"Separated: {better} is better than {worse} by {figure(abs(pair['delta']), pair)} {pair['metric']} "
        f"({sure}{chance(pair['p_value'])}), more than {_others(pair)} would change."
    )


def _tied(pair: Json) -> str:
    if pair["delta"] == 0 and pair["low"] == pair["high"]:
        return f"Tied: {pair['a']} and {pair['b']} got the same credit for every test example."
    better, worse = _ordered(pair)
    seen = figure(abs(pair["delta"]), pair)
    if pair["delta"] == 0:
        told = f"{pair['a']} and {pair['b']} score the same"
    else:
        told = f"{better} is ahead of {worse} by {seen} {pair['metric']}"
    sure = _interval(pair, pair["delta"] < 0)
    return f"Tied: {told} ({sure}{chance(pair['p_value'])}), no more than {_others(pair)} may change."


def _untestable(pair: Json) -> str:
    alone = [pair[side] for side in "ab" if pair["single"][side]]
    whose = f"{alone[0]} has" if len(alone) == 1 else "both have"
    better, worse = _ordered(pair)
    if pair["delta"] == 0:
        told = "here they score the same"
    else:
        ahead = f"here {better} is ahead of {worse} by {figure(abs(pair['delta']), pair)} {pair['metric']}"
        sure = _interval(pair, pair["delta"] < 0, "in other test examples alone, ")
        told = f"{ahead} ({sure.removesuffix(', ')})" if sure and pair["scope"] == "run" else ahead
    why = "which says how two trained models differ and not two ways to train"
    return f"Untestable: {whose} a single seed, {why}; {told}."


def _ordered(pair: Json) -> tuple[str, str]:
    """The better side first."""
    ahead = pair["delta"] >= 0 if pair["higher_is_better"] else pair["delta"] < 0
    return (pair["a"], pair["b"]) if ahead else (pair["b"], pair["a"])


def _interval(pair: Json, turned: bool, why: str = "") -> str:
    """The interval of what was said of the better side: `95 % interval +0.05 to +0.15, `."""
    if pair["low"] is None or pair["low"] == pair["high"]:
        return ""
    ends: Sequence[float] = (-pair["high"], -pair["low"]) if turned else (pair["low"], pair["high"])
    low, high = (figure(end, pair, sign=True) for end in ends)
    return f"{why}95 % interval {low} to {high}, "


def _others(pair: Json) -> str:
    """What was varied: a deterministic model has no seeds."""
    return "other test examples" if all(pair["deterministic"].values()) else "other seeds and other test examples"
