"""The training loop. It knows no technique, method, head or layout by name."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from torch import Tensor, nn

from xbench.errors import CellError
from xbench_torch.batch import length
from xbench_torch.contract import Encoded
from xbench_torch.optimizer import adamw
from xbench_torch.order import micro_batches
from xbench_torch.schedule import factor, warmup_steps
from xbench_torch.selection import Selection
from xbench_torch.session import Session
from xbench_torch.settings import TrainingSettings

OBSERVATIONS = 75  # points of a training curve, about
SECONDS_BETWEEN = 5.0  # and at least this often, so that progress shows
# Padded tokens at once, and padding tokens that cost as much as another micro-batch: (on a GPU, on a CPU).
MOST_TOKENS = (16384, 4096)
MOST_WASTE = (8192, 128)


@dataclass
class Trained:
    """What a training run was."""

    steps: int = 0
    examples: int = 0
    tokens: int = 0
    seconds: float = 0.0  # without validation
    micro_batch_tokens: int = 0  # as it stood at the end
    halved: int = 0  # times that memory ran out


def train(
    session: Session,
    steps: Sequence[np.ndarray],
    encoded: Mapping[int, Encoded],
    settings: TrainingSettings,
    selection: Selection,
    evaluate_at: frozenset[int],
    observe: Callable[[int, Mapping[str, float]], None],
) -> Trained:
    """Trains in place and leaves the selected state in the session.

    A step's loss is the sum over all its units divided by their number, whatever the micro-batches.

    Raises:
        CellError: "diverged" where the loss is no longer finite, "out_of_memory" where one example is too much.
    """
    gpu = session.device.type == "cuda"
    tokens = settings.micro_batch_tokens or MOST_TOKENS[0 if gpu else 1]
    report = Trained(micro_batch_tokens=tokens)
    optimizer = adamw(session, settings.lr, settings.weight_decay)
    scaler = session.precision.scaler()
    warmup = warmup_steps(settings.warmup_ratio, len(steps))
    every = math.ceil(len(steps) / OBSERVATIONS)
    losses: list[Tensor] = []
    session.train_mode()
    begun = observed = time.perf_counter()
    for index, members in enumerate(steps):
        rate = settings.lr * factor(settings.schedule, index, len(steps), warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate
        rows = [encoded[int(member)] for member in members]
        losses.append(_gradients(session, rows, report, scaler, optimizer, gpu))
        if settings.grad_clip:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(session.parameters(), settings.grad_clip)
        scaler.step(optimizer)
        scaler.update()
        step = index + 1
        for technique in session.techniques:
            technique.after_step(session, step, len(steps))
        optimizer.zero_grad(set_to_none=True)
        report.steps, report.examples = step, report.examples + len(rows)
        now = time.perf_counter()
        if step % every == 0 or step == len(steps) or now - observed > SECONDS_BETWEEN or step in evaluate_at:
            values = {"loss": _finite_mean(losses, step), "lr": rate, "examples": float(report.examples)}
            losses.clear()
            report.seconds += time.perf_counter() - begun
            if step in evaluate_at:
                session.eval_mode()
                values["validation"] = selection.look(step)
                session.train_mode()
            observe(step, {name: value for name, value in values.items() if math.isfinite(value)})
            begun = observed = time.perf_counter()
            if selection.exhausted:
                break
    session.eval_mode()
    selection.finish()
    return report


def _gradients(
    session: Session,
    rows: Sequence[Encoded],
    report: Trained,
    scaler: torch.amp.GradScaler,
    optimizer: torch.optim.Optimizer,
    gpu: bool,
) -> Tensor:
    """Adds a step's gradients; gives its mean loss. Halves the micro-batches for good where memory runs out."""
    lengths = [length(row) for row in rows]
    weight = max(session.head.weight(rows), 1)
    while True:
        scale = float(scaler.scale(torch.ones((), device=session.device))) if scaler.is_enabled() else 1.0
        total = torch.zeros((), device=session.device)
        padded = 0
        try:
            for group in micro_batches(lengths, report.micro_batch_tokens, MOST_WASTE[0 if gpu else 1]):
                loss = session.grad(session.batch([rows[position] for position in group]), scale / weight)
                total = total + loss.total.detach()
                padded += sum(lengths[position] for position in group)
        except (RuntimeError, MemoryError) as error:
            if not (isinstance(error, MemoryError) or should_reduce_batch_size(error)):
                raise
            message = str(error)
        else:
            report.tokens += padded
            return total / weight
        optimizer.zero_grad(set_to_none=True)
        clear_device_cache(garbage_collection=True)
        if len(rows) == 1 or report.micro_batch_tokens <= max(lengths):
            raise CellError("out_of_memory", "fit", message, "a smaller model or max_length fits", "OutOfMemoryError")
        report.micro_batch_tokens = max(report.micro_batch_tokens // 2, max(lengths))
        report.halved += 1


def _finite_mean(losses: Sequence[Tensor], step: int) -> float:
    """Mean of the losses since the last look. Raises CellError where one of them was not finite."""
    mean = float(torch.stack(list(losses)).mean())
    if not math.isfinite(mean):
        raise CellError("diverged", "fit", f"the loss was {mean} by step {step}", "try a smaller lr", "Diverged")
    return mean
