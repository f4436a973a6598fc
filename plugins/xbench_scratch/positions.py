"""Where a token stands: sinusoids or a learned table, added to its embedding."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from xbench_scratch.config import LEARNED_POSITIONS, Config


class Sinusoids(nn.Module):
    """sin and cos of position / 10000^(2i / width) (Vaswani et al. 2017, 3.5): nothing to learn, any length."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, positions: Tensor) -> Tensor:
        """(...) int64 -> (..., width)"""
        i = torch.arange(0, self.width, 2, device=positions.device)
        angles = positions[..., None] * torch.exp(i * (-math.log(10000.0) / self.width))
        return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


def position_embedding(config: Config) -> nn.Module:
    """positions (...) -> (..., width)"""
    if config.positions == "learned":
        return nn.Embedding(LEARNED_POSITIONS, config.width)
    return Sinusoids(config.width)
