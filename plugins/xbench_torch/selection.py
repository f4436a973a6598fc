"""Validation while training: when, which state was best, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from xbench_torch.session import Session

MOST_EVALUATIONS = 10


def evaluation_steps(total: int, seen: int, validation: int, generates: bool) -> frozenset[int]:
    """Steps (from 1) after which validation runs: 2 to 10 times, evenly, the last step among them.

    Validation examples read stay below `seen`, the training examples visited; a generated one counts as three.
    """
    if validation == 0 or total == 0:
        return frozenset()
    affordable = seen // (validation * (3 if generates else 1))
    times = min(max(affordable, 2), MOST_EVALUATIONS, total)
    return frozenset(round(total * (index + 1) / times) for index in range(times))


@dataclass
class Selection:
    """Keeps the best state seen. `score`: larger is better; `patience`: validations without a better one, None: any."""

    session: Session
    score: Callable[[], float]
    patience: int | None = None
    best: float | None = None
    best_step: int | None = None
    state: dict[str, Tensor] = field(default_factory=dict)
    waited: int = 0

    def look(self, step: int) -> float:
        """Scores the present state and keeps it if it is the best so far; the first of equals stays."""
        with self.session.evaluating():
            value = self.score()
            value = -math.inf if math.isnan(value) else value
            if self.best is None or value > self.best:
                self.best, self.best_step, self.waited = value, step, 0
                self.state = self.session.snapshot()
            else:
                self.waited += 1
        return value

    @property
    def exhausted(self) -> bool:
        return self.patience is not None and self.waited >= self.patience

    def finish(self) -> None:
        """Leaves the best state in the session; the last one, as evaluated, where nothing was scored."""
        if self.best is None:
            with self.session.evaluating():
                self.state = self.session.snapshot()
        self.session.restore(self.state)
