"""Exponential moving average of the weights (Polyak and Juditsky 1992)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from xbench_torch.techniques.base import PlainTechnique


class EMA(PlainTechnique):
    """Evaluates averaged weights. The average starts at the weights after the first step.

    Step t moves it by 1 - min(decay, (1 + t) / (10 + t)): short runs are averaged over what they have (as in
    TensorFlow's ExponentialMovingAverage with num_updates).
    """

    name = "ema"

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.decay = float(options["decay"])
        self.average: list[Tensor] = []

    @torch.no_grad()
    def after_step(self, session: Any, step: int, total: int) -> None:
        current = [parameter.detach() for parameter in session.parameters()]
        if not self.average:
            self.average = [value.clone() for value in current]
            return
        torch._foreach_lerp_(self.average, current, 1 - min(self.decay, (1 + step) / (10 + step)))

    @contextlib.contextmanager
    def evaluating(self, session: Any) -> Iterator[None]:
        if not self.average:
            yield
            return
        parameters = [parameter.detach() for parameter in session.parameters()]
        kept = [value.clone() for value in parameters]
        for value, average in zip(parameters, self.average, strict=True):
            value.copy_(average)
        try:
            yield
        finally:
            for value, own in zip(parameters, kept, strict=True):
                value.copy_(own)

    def state_dict(self) -> dict[str, Any]:
        return {"average": self.average}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.average = list(state["average"])
