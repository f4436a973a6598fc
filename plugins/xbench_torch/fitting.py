"""One cell from its loaded backbone to a fitted learner."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xbench.errors import CellError
from xbench.protocols import Context, Job, Rows
from xbench.specs import Cell, Example
from xbench_torch.batch import compact, length
from xbench_torch.contract import Applied, Backbone, Encoded
from xbench_torch.device import Precision, choose_device, describe, peak_memory_mib, reset_peak, share_threads
from xbench_torch.dropout import set_dropout
from xbench_torch.engine import MOST_TOKENS, MOST_WASTE, Trained, train
from xbench_torch.learner import TorchLearner
from xbench_torch.limits import limits_of
from xbench_torch.order import micro_batches, steps_of
from xbench_torch.parts import head_for, techniques_for
from xbench_torch.predictor import Predictor
from xbench_torch.prefix import prefix_of, with_prefix
from xbench_torch.selection import Selection, evaluation_steps
from xbench_torch.session import Session
from xbench_torch.settings import TrainingSettings


def apply_method(backbone: Backbone, cell: Cell, context: Context, total_steps: int) -> Applied:
    """What the cell's method does. The core's two have no `apply`: `full` trains everything, `none` nothing."""
    if cell.method == "none":
        return Applied(trained=(), head_trained=False)
    if cell.method == "full":
        return Applied(trained=tuple(name for name, _ in backbone.module.named_parameters()))
    apply = getattr(context.declared("method", cell.method), "apply", None)
    if apply is None:
        raise CellError("refused", "load", f"method {cell.method} does not know torch models")
    applied: Applied = apply(backbone, cell.method_options, total_steps, cell.seed)
    return applied


def open_session(backbone: Backbone, cell: Cell, context: Context, total_steps: int) -> tuple[Session, Predictor]:
    """Head, method and techniques around a backbone; the head's parameters come from the cell's seed."""
    settings = TrainingSettings.of(cell.recipe_values)
    precision = Precision.choose(settings.precision, choose_device(context.device))
    if settings.dropout is not None:  # before the method brings dropouts of its own
        set_dropout(backbone.module, settings.dropout)
    head = head_for(context, cell, backbone)
    torch.manual_seed(cell.seed)
    module = head.build(backbone, cell.task)
    if settings.dropout is not None and module is not None:
        set_dropout(module, settings.dropout)
    session = Session(
        backbone,
        head,
        cell.task,
        limits_of(settings, backbone, cell.route),
        apply_method(backbone, cell, context, total_steps),
        precision,
        module=module,
        techniques=techniques_for(context, settings.techniques, cell.recipe_values),
        label_smoothing=settings.label_smoothing,
    )
    prefix = prefix_of(cell.task, cell.model, cell.route)
    return session, Predictor(session, prefix, settings.num_beams, settings.length_penalty)


def fit(job: Job, backbone: Backbone, base: Path | None, flags: tuple[str, ...]) -> TorchLearner:
    """Trains one cell, unless its method is `none`. base: see `TorchLearner`."""
    cell, settings = job.cell, TrainingSettings.of(job.cell.recipe_values)
    steps = [] if cell.method == "none" else _steps(settings, len(job.train), cell.seed)
    names = [name for name, _ in backbone.module.named_parameters()]
    session, predictor = open_session(backbone, cell, job.context, len(steps))
    reset_peak(session.device)
    share_threads(sum(parameter.numel() for parameter in backbone.module.parameters()))
    report, prepare_seconds = Trained(), 0.0
    if cell.method == "none":
        session.eval_mode()
    elif not session.parameters():
        raise CellError("refused", "fit", f"method {cell.method} finds nothing to train by route {cell.route}")
    else:
        begun = time.perf_counter()
        encoded = encode_visited(job.train, steps, session, predictor.prefix)
        prepare_seconds = time.perf_counter() - begun
        selection = Selection(session, _scorer(job, session, predictor, settings), settings.patience)
        seen = sum(len(step) for step in steps)
        moments = evaluation_steps(len(steps), seen, len(job.validation), session.head.generates)
        report = train(session, steps, encoded, settings, selection, moments, job.observe)
    if session.module is not None and cell.method == "none":
        flags = (*flags, "untrained-head")
    cost = _cost(session, report, prepare_seconds)
    whole = names == [name for name, _ in backbone.module.named_parameters()]
    return TorchLearner(
        session,
        predictor,
        cell,
        cost=cost,
        flags=flags,
        whole=whole,
        total_steps=len(steps),
        base=None if whole else base,
    )


def encode_visited(rows: Rows, steps: list[np.ndarray], session: Session, prefix: str) -> Mapping[int, Encoded]:
    """The examples that the steps visit, encoded once; the others are read over and never tokenised."""
    visited = np.zeros(len(rows), dtype=bool)
    for step in steps:
        visited[step] = True
    encoded = {}
    for index, example in enumerate(rows):
        if visited[index]:
            encoded[index] = compact(_encode(example, session, prefix))
    return encoded


def _encode(example: Example, session: Session, prefix: str) -> Encoded:
    example = with_prefix(example, prefix)
    return session.head.encode(example, session.backbone.tokenizer, session.task, session.limits)


def _steps(settings: TrainingSettings, examples: int, seed: int) -> list[np.ndarray]:
    return steps_of(
        examples,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        seed=seed,
        max_steps=settings.max_steps,
        max_examples_seen=settings.max_examples_seen,
    )


def _scorer(job: Job, session: Session, predictor: Predictor, settings: TrainingSettings) -> Any:
    if settings.select_by == "loss":
        rows: list[Encoded] = []

        def negative_loss() -> float:
            if not rows:
                rows.extend(compact(_encode(example, session, predictor.prefix)) for example in job.validation)
            return -mean_loss(session, rows)

        return negative_loss
    greedy = Predictor(session, predictor.prefix, 1, settings.length_penalty)  # beams would cost more than they tell
    return lambda: job.select(list(greedy.predict(job.validation)))


@torch.inference_mode()
def mean_loss(session: Session, rows: list[Encoded]) -> float:
    """Mean loss of a unit, without label smoothing, dropout or techniques."""
    place = 0 if session.device.type == "cuda" else 1
    total, weight = 0.0, 0
    for group in micro_batches([length(row) for row in rows], MOST_TOKENS[place], MOST_WASTE[place]):
        batch = session.batch([rows[position] for position in group])
        total += float(session.head.loss(session.logits(batch), batch, 0.0))
        weight += batch.weight
    return total / max(weight, 1)


def _cost(session: Session, report: Trained, prepare_seconds: float) -> dict[str, Any]:
    seconds = max(report.seconds, 1e-9)
    return {
        "train_seconds": report.seconds,
        "prepare_seconds": prepare_seconds,
        "steps": report.steps,
        "train_examples_per_second": report.examples / seconds if report.examples else None,
        "train_tokens_per_second": report.tokens / seconds if report.tokens else None,
        "peak_memory_mib": peak_memory_mib(session.device),
        "total_params": session.total_parameters(),
        "trainable_params": sum(parameter.numel() for parameter in session.parameters()),
        "device": describe(session.device),
        "precision": session.precision.name,
        "layout": "padded",
        "micro_batch_tokens": report.micro_batch_tokens or None,
        "micro_batch_halvings": report.halved,
    }
