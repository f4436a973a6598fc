"""A technique that changes nothing: what each one states is only where it differs."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any

from xbench_torch.contract import GradFn, LossFn


class PlainTechnique:
    """The three wrap points of `contract.Technique`, each passing on what it gets."""

    name = "plain"

    def wrap_loss(self, loss: LossFn, session: Any) -> LossFn:
        return loss

    def wrap_grad(self, grad: GradFn, loss: LossFn, session: Any) -> GradFn:
        return grad

    def after_step(self, session: Any, step: int, total: int) -> None:
        return None

    def evaluating(self, session: Any) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        return None
