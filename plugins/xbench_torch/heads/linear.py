"""The trainable module of heads on hidden states."""

from __future__ import annotations

from torch import nn

DROPOUT = 0.1  # BERT's (Devlin et al. 2019); the recipe's `dropout` moves it
STANDARD_DEVIATION = 0.02


def linear_head(width: int, classes: int) -> nn.Sequential:
    """(n, width) -> (n, classes): dropout and one linear layer, as in BERT's fine-tuning."""
    linear = nn.Linear(width, classes)
    nn.init.normal_(linear.weight, std=STANDARD_DEVIATION)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Dropout(DROPOUT), linear)
