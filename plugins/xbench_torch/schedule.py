"""Learning rate schedules, as factors of the peak learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable

# (step from 0, steps, warm-up steps) -> factor; only asked for steps at and after the warm-up's end
SCHEDULES: dict[str, Callable[[int, int, int], float]] = {
    "linear": lambda step, total, warmup: (total - step) / (total - warmup),
    "cosine": lambda step, total, warmup: 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))),
    "constant": lambda step, total, warmup: 1.0,
    "inverse-sqrt": lambda step, total, warmup: math.sqrt(max(warmup, 1) / (step + 1)),  # Vaswani et al. 2017
}


def factor(name: str, step: int, total: int, warmup: int) -> float:
    """Factor of the peak learning rate at `step` (0 to total - 1).

    It rises as 1/warmup, 2/warmup, ..., 1, so that no step is spent at a rate of 0, and has not reached 0 at the last.
    """
    if step < warmup:
        return (step + 1) / warmup
    return SCHEDULES[name](step, total, warmup)


def warmup_steps(ratio: float, total: int) -> int:
    """Steps of the warm-up: the share `ratio` of `total`, rounded up, and never all of them."""
    return min(math.ceil(ratio * total), max(total - 1, 0))
