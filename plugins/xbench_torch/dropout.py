"""One dropout rate for a whole model."""

from __future__ import annotations

from torch import nn


def set_dropout(module: nn.Module, rate: float) -> None:
    """Sets every dropout: modules, and the rates that attention functions read from plain attributes."""
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = rate
        for name, value in vars(part).items():
            if (
                isinstance(value, (int, float))
                and not isinstance(value, bool)
                and (name in ("dropout", "dropout_p", "dropout_prob") or name.endswith("_dropout"))
            ):
                setattr(part, name, rate)


def train_mode(module: nn.Module) -> None:
    """Training mode where something is trained; a part whose parameters are all frozen runs as in evaluation."""
    module.train()
    _freeze(module)


def _freeze(module: nn.Module) -> None:
    parameters = list(module.parameters())
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        module.eval()
        return
    for child in module.children():
        _freeze(child)
