"""A backbone with its head, method and techniques: what a step computes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack

import torch
from torch import Tensor, nn

from xbench.errors import CellError
from xbench.specs import TaskSpec
from xbench_torch.batch import collate, move
from xbench_torch.contract import Applied, Backbone, Batch, Encoded, GradFn, Head, Limits, Loss, LossFn, Technique
from xbench_torch.device import Precision
from xbench_torch.dropout import train_mode


class Session:
    """One model on one task. `loss` and `grad` are already wrapped by the techniques, the first one innermost."""

    def __init__(
        self,
        backbone: Backbone,
        head: Head,
        task: TaskSpec,
        limits: Limits,
        applied: Applied,
        precision: Precision,
        *,
        module: nn.Module | None = None,
        techniques: Sequence[Technique] = (),
        label_smoothing: float = 0.0,
    ) -> None:
        self.backbone, self.head, self.task, self.limits = backbone, head, task, limits
        self.applied, self.precision, self.device = applied, precision, precision.device
        self.module = module
        self.techniques = (*applied.techniques, *techniques)
        self.label_smoothing = label_smoothing
        backbone.module.to(self.device)
        if module is not None:
            module.to(self.device)
        self._mark_trained()
        self.loss: LossFn = self._loss
        for technique in self.techniques:
            self.loss = technique.wrap_loss(self.loss, self)
        self.grad: GradFn = self._grad
        for technique in self.techniques:
            self.grad = technique.wrap_grad(self.grad, self.loss, self)

    def _mark_trained(self) -> None:
        trained, seen = set(self.applied.trained), set()
        for name, parameter in self.backbone.module.named_parameters():
            parameter.requires_grad_(name in trained)
            seen.add(name)
        if missing := trained - seen:
            raise CellError("failed", "load", f"the method trains {sorted(missing)[0]}, which the model does not have")
        if self.module is not None:
            self.module.requires_grad_(self.applied.head_trained)

    def named_trained(self) -> dict[str, nn.Parameter]:
        """What training may change, by name; the head's own under "head."."""
        parts = [("", self.backbone.module)] + ([("head.", self.module)] if self.module is not None else [])
        return {
            prefix + name: parameter
            for prefix, part in parts
            for name, parameter in part.named_parameters()
            if parameter.requires_grad
        }

    def parameters(self) -> list[nn.Parameter]:
        return list(self.named_trained().values())

    def total_parameters(self) -> int:
        own = sum(parameter.numel() for parameter in self.backbone.module.parameters())
        head = () if self.module is None else self.module.parameters()
        return own + sum(parameter.numel() for parameter in head)

    def batch(self, rows: Sequence[Encoded]) -> Batch:
        return move(collate(rows, self.head.weight(rows)), self.device)

    def inputs(self, rows: Sequence[Encoded]) -> Batch:
        """A batch without targets: what is predicted from."""
        return move(collate(rows, 0), self.device)

    def embed(self, batch: Batch) -> Tensor:
        """(T, width): the source's embeddings, which techniques perturb."""
        return self.backbone.embed(batch.source.ids, "encoder")

    def logits(self, batch: Batch, embeds: Tensor | None = None) -> Tensor:
        """fp32, whatever the precision."""
        stack, key = self.head.reads
        with self.precision.autocast():
            embeds = self.embed(batch) if embeds is None else embeds
            at = batch.at[key]
            if stack == "encoder":
                states = self.backbone.encode(embeds, batch.source, at)
            else:
                assert batch.target is not None
                memory = self.backbone.encode(embeds, batch.source, None)
                target = self.backbone.embed(batch.target.ids, "decoder")
                states = self.backbone.decode(target, batch.target, memory, batch.source, at)
            logits = self.head.logits(self.module, states, batch, self.backbone)
        return logits.float() if logits.dtype in (torch.bfloat16, torch.float16) else logits

    def _loss(self, batch: Batch, embeds: Tensor | None = None) -> Loss:
        logits = self.logits(batch, embeds)
        return Loss(self.head.loss(logits, batch, self.label_smoothing), logits)

    def _grad(self, batch: Batch, scale: float) -> Loss:
        loss = self.loss(batch, None)
        torch.autograd.backward(loss.total * scale)
        return loss

    def train_mode(self) -> None:
        train_mode(self.backbone.module)
        if self.module is not None:
            train_mode(self.module)

    def eval_mode(self) -> None:
        self.backbone.module.eval()
        if self.module is not None:
            self.module.eval()

    def evaluating(self) -> AbstractContextManager[object]:
        """Every technique's evaluation weights in place."""
        stack = ExitStack()
        for technique in self.techniques:
            stack.enter_context(technique.evaluating(self))
        return stack

    def snapshot(self) -> dict[str, Tensor]:
        """Copies of what is trained, on the CPU."""
        return {name: parameter.detach().to("cpu", copy=True) for name, parameter in self.named_trained().items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.named_trained().items():
                parameter.copy_(state[name])
