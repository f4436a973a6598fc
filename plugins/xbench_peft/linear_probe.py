"""Trains the task's head on frozen states: what a model knows without being changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xbench.specs import Json, ModelSpec, Option

if TYPE_CHECKING:
    from xbench_torch.contract import Applied, Backbone


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """Alain and Bengio (2016), https://arxiv.org/abs/1610.01644: a linear classifier on top of frozen features."""

    name: str = "linear-probe"
    result_version: int = 1

    @property
    def options(self) -> Sequence[Option]:
        return ()

    @property
    def defaults(self) -> Mapping[str, Any]:
        """A head alone takes, and needs, a learning rate a hundred times that of the whole model."""
        return {"lr": 1e-3}

    def refuse(self, model: ModelSpec, route: str, options: Json) -> str | None:
        if route == "text":
            return "linear-probe trains a head, and the text route has none (--route head adds one)"
        return None

    def apply(self, backbone: Backbone, options: Json, total_steps: int, seed: int) -> Applied:
        from xbench_torch.contract import Applied

        return Applied(trained=())
