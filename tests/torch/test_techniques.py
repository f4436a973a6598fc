"""FGM and EMA do what their papers say, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from toy_jobs import LIMITS, Split, ToyBackend, cell, job, right, rows, session

from xbench_torch.contract import Batch, Loss
from xbench_torch.docs import Docs
from xbench_torch.heads.classification import ClassificationHead
from xbench_torch.heads.tagging import TaggingHead
from xbench_torch.heads.text import TextHead
from xbench_torch.learner import TorchLearner
from xbench_torch.techniques.base import PlainTechnique
from xbench_torch.techniques.ema import EMA
from xbench_torch.techniques.fgm import FGM, perturbation


class Watching(PlainTechnique):
    """Keeps the embeddings at which the loss was asked for."""

    name = "watching"

    def __init__(self) -> None:
        self.seen: list[torch.Tensor] = []

    def wrap_loss(self, loss: Any, session: Any) -> Any:
        def run(batch: Batch, embeds: torch.Tensor | None = None) -> Loss:
            self.seen.append(session.embed(batch) if embeds is None else embeds.detach())
            return loss(batch, embeds)

        return run


def batch_of(run: Any, kind: str, count: int = 6) -> Batch:
    encoded = [run.head.encode(row, run.backbone.tokenizer, run.task, LIMITS) for row in rows(kind, count, seed=3)]
    return run.batch(encoded)


def test_a_perturbation_has_norm_epsilon_in_each_document_along_the_gradient() -> None:
    docs = Docs.of([[1, 2], [3]])
    gradient = torch.tensor([[3.0, 0.0], [0.0, 4.0], [0.0, 1e-20]])
    moved = perturbation(gradient, docs, 0.5)
    assert torch.allclose(moved, torch.tensor([[0.3, 0.0], [0.0, 0.4], [0.0, 0.5]]))
    assert torch.equal(perturbation(torch.zeros(3, 2), docs, 0.5), torch.zeros(3, 2))


@pytest.mark.parametrize(
    ("kind", "shape", "head"),
    [
        ("classification", "encoder", ClassificationHead),
        ("tagging", "decoder", TaggingHead),
        ("text-to-text", "encoder-decoder", TextHead),
    ],
)
def test_fgm_adds_the_gradient_at_the_attacked_embeddings(kind: str, shape: str, head: Any) -> None:
    watching = Watching()
    run = session(kind, shape, head, techniques=[watching, FGM({"epsilon": 0.7})])
    run.eval_mode()
    batch = batch_of(run, kind)
    weights = run.snapshot()
    run.grad(batch, 1 / batch.weight)
    clean, attacked = watching.seen
    norms = torch.zeros(batch.n).index_add(0, batch.source.doc, (attacked - clean).pow(2).sum(-1)).sqrt()
    assert torch.allclose(norms, torch.full((batch.n,), 0.7), atol=1e-4)
    assert all(torch.equal(value, weights[name]) for name, value in run.snapshot().items())
    both = {name: p.grad.clone() for name, p in run.named_trained().items()}

    plain = session(kind, shape, head)
    plain.eval_mode()
    losses = [plain.loss(batch, None), plain.loss(batch, plain.embed(batch) + (attacked - clean))]
    assert losses[1].total > losses[0].total  # an attack
    (sum(loss.total for loss in losses) / batch.weight).backward()
    for name, parameter in plain.named_trained().items():
        assert torch.allclose(both[name], parameter.grad, atol=1e-5), name


def test_the_average_at_hand_worked_steps() -> None:
    run = session("classification", "encoder", ClassificationHead)
    ema = EMA({"decay": 0.5})
    parameter = run.parameters()[0]

    def step(number: int, value: float) -> None:
        with torch.no_grad():
            parameter.fill_(value)
        ema.after_step(run, number, 4)

    step(1, 8.0)  # the average begins here
    step(2, 4.0)  # decay min(0.5, 3/12) = 0.25: 0.25 * 8 + 0.75 * 4 = 5
    step(3, 13.0)  # min(0.5, 4/13) = 4/13: 5 * 4/13 + 13 * 9/13
    expected = 5 * 4 / 13 + 9
    with ema.evaluating(run):
        assert torch.allclose(parameter, torch.full_like(parameter, expected))
    assert torch.equal(parameter, torch.full_like(parameter, 13.0))
    step(20, 1.0)  # min(0.5, 21/30) = 0.5
    with ema.evaluating(run):
        assert torch.allclose(parameter, torch.full_like(parameter, (expected + 1) / 2))


def test_without_validation_the_averaged_weights_are_what_is_left() -> None:
    train = rows("classification", 64, 1)
    made = cell("classification", "encoder", "head", techniques=["ema"], batch_size=16, **{"ema.decay": 0.5})
    ((_, learner),) = ToyBackend().fit([job(made, train, Split())])
    assert isinstance(learner, TorchLearner)
    (ema,) = learner.session.techniques
    assert isinstance(ema, EMA)
    assert ema.decay == 0.5
    for parameter, average in zip(learner.session.parameters(), ema.average, strict=True):
        assert torch.equal(parameter, average)


def test_both_together_still_learn() -> None:
    train, validation, test = (rows("tagging", n, seed) for n, seed in ((400, 1), (20, 2), (40, 3)))
    made = cell("tagging", "encoder", "head", techniques=["fgm", "ema"], epochs=2)
    ((_, learner),) = ToyBackend().fit([job(made, train, validation)])
    assert isinstance(learner, TorchLearner)
    assert right(test, list(learner.predict(test)), "tags") > 0.9


def test_a_techniques_state_comes_back() -> None:
    run = session("classification", "encoder", ClassificationHead)
    ema, other = EMA({"decay": 0.9}), EMA({"decay": 0.9})
    ema.after_step(run, 1, 2)
    other.load_state_dict(ema.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(ema.average, other.average, strict=True))
