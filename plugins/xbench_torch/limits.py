"""How long sources and targets may be on a given backbone."""

from __future__ import annotations

from xbench_torch.contract import Backbone, Limits
from xbench_torch.settings import TrainingSettings


def limits_of(settings: TrainingSettings, backbone: Backbone, route: str) -> Limits:
    """The recipe's lengths, within what the model's positions allow.

    A causal model's prompt and answer share its positions: the answer gets its length, up to half of them.
    """
    length, target = settings.max_length, settings.max_target_length
    allowed = backbone.max_length
    if allowed is None:
        return Limits(length, target)
    if route == "text" and backbone.shape == "decoder":
        target = min(target, allowed // 2)
        return Limits(min(length, allowed - target), target)
    return Limits(min(length, allowed), min(target, allowed))
