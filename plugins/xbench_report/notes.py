"""What a reader of a board must know: each flag's meaning, and how intervals and ranks come about."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MEANINGS = {
    r"one-seed": "one seed only: the interval is that of this one trained model, and the method is not ranked",
    r"\d+/\d+ seeds": "some seed failed: no mean is shown, the row is not ranked and stands last",
    r"subset .*": "scored or trained on a part of the data: compare with no full result",
    r"constant-predictions": "every example, or nearly every one, got the same answer",
    r"unknown-tokens": "over 10 % of the tokens are unknown to the model's vocabulary",
    r"truncation": "some test examples were longer than the model's limit and were cut",
    r"generation-cut": "some generated texts hit the length limit",
    r"train-test-duplicates": "some test examples stand in train as well",
    r"seen-task": "this checkpoint is known to have seen the task before",
    r"random-weights": "most weights are as random as they began: there is no pre-trained model to adapt",
    r"untrained-head": "a fresh, untrained head: the score is chance",
    r"missing-prefix": "the task names no prefix for a model that was trained with prefixes",
    r"no-interval": "no per-example statistics are at hand: no interval, not ranked",
    r"unknown-metric": "no installed plugin knows this metric: no interval, not ranked",
}

STATISTICS = (
    "Score: the mean over seeds of each seed's score on the whole test set, in the scale of the reference scorer.",
    "Interval: 95 %, for the expected score of the training procedure on the population of examples: both other seeds "
    "and other examples are allowed for. With one seed, for that one trained model.",
    "Rank: 1 + the number of rows that are significantly better (all pairs, Holm-corrected at 5 %); a range such as "
    "2–4 ends at the lowest rank that the data leave open.",
    "Tie: two rows share a letter if and only if the data cannot tell them apart.",
    "Gain: the score minus that of the same model before any training (method none).",
)


def meaning(flag: str) -> str:
    """Empty for a flag that a plugin made."""
    return next((text for pattern, text in _MEANINGS.items() if re.fullmatch(pattern, flag)), "")


def legend(flags: Iterable[str]) -> list[tuple[str, str]]:
    """Each kind of flag once, with its meaning; seeds and subsets under one example of theirs."""
    found: dict[str, tuple[str, str]] = {}
    for flag in flags:
        text = meaning(flag)
        found.setdefault(text or flag, (flag, text or "see the plugin that set it"))
    return sorted(found.values())
