"""Fast gradient method on the embeddings (Miyato et al. 2017, "Adversarial training methods for semi-supervised text
classification")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from xbench_torch.contract import Batch, GradFn, Loss, LossFn
from xbench_torch.docs import Docs
from xbench_torch.techniques.base import PlainTechnique


class FGM(PlainTechnique):
    """Adds the gradient of the loss at embeddings moved by `epsilon` along their own gradient, document by document."""

    name = "fgm"

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.epsilon = float(options["epsilon"])

    def wrap_grad(self, grad: GradFn, loss: LossFn, session: Any) -> GradFn:
        def run(batch: Batch, scale: float) -> Loss:
            embeds = session.embed(batch)
            shift = torch.zeros_like(embeds, requires_grad=True)
            clean = loss(batch, embeds + shift)
            torch.autograd.backward(clean.total * scale)
            assert shift.grad is not None
            attack = perturbation(shift.grad, batch.source, self.epsilon)
            torch.autograd.backward(loss(batch, session.embed(batch) + attack).total * scale)
            return clean

        return run


def perturbation(gradient: Tensor, docs: Docs, epsilon: float) -> Tensor:
    """(T, width) -> (T, width): each document's part points along its gradient and has norm `epsilon`."""
    squares = gradient.double().pow(2).sum(-1)  # (T,)
    zeros = torch.zeros(len(docs.lengths), dtype=squares.dtype, device=squares.device)
    norms = zeros.index_add(0, docs.doc, squares).sqrt().clamp_min(1e-30)
    return (epsilon * gradient.double() / norms[docs.doc][:, None]).to(gradient.dtype)
