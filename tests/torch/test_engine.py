"""The training loop: what a step's gradient is, what it trains, which state it leaves, and how it fails."""

from __future__ import annotations

import dataclasses
import gc
import math
import weakref
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import nn
from toy_jobs import GOLD, LIMITS, TASKS, Split, ToyBackend, cell, fitted, job, right, rows, session

from xbench_torch.batch import compact, length
from xbench_torch.fitting import mean_loss
from xbench_torch.heads.classification import ClassificationHead
from xbench_torch.heads.tagging import TaggingHead
from xbench_torch.heads.text import TextHead
from xbench_torch.learner import TorchLearner
from xbench_torch.optimizer import decay_groups
from xbench_torch.options import FIELDS, recipe_options
from xbench_torch.schedule import factor, warmup_steps
from xbench_torch.selection import Selection, evaluation_steps
from xbench_torch.settings import TrainingSettings

HEADS = [
    ("classification", "encoder", ClassificationHead),
    ("classification", "decoder", ClassificationHead),
    ("tagging", "encoder", TaggingHead),
    ("text-to-text", "encoder-decoder", TextHead),
    ("text-to-text", "decoder", TextHead),
]


@pytest.mark.parametrize(("kind", "shape", "head"), HEADS)
def test_three_unequal_micro_batches_have_the_gradient_of_one_batch(kind: str, shape: str, head: Any) -> None:
    run = session(kind, shape, head, label_smoothing=0.1)
    run.backbone.module.double()
    if run.module is not None:
        run.module.double()
    run.eval_mode()
    base = run.backbone
    encoded = [run.head.encode(row, base.tokenizer, TASKS[kind], LIMITS) for row in rows(kind, 12, seed=4)]
    encoded.sort(key=length)

    def gradients(groups: list[list[Any]]) -> tuple[float, dict[str, torch.Tensor]]:
        weight = run.head.weight(encoded)
        total = sum(run.grad(run.batch(group), 1 / weight).total.item() for group in groups)
        found = {name: p.grad.clone() for name, p in run.named_trained().items() if p.grad is not None}
        for parameter in run.parameters():
            parameter.grad = None
        return total / weight, found

    loss, whole = gradients([encoded])
    parts_loss, parts = gradients([encoded[:1], encoded[1:5], encoded[5:]])
    assert parts_loss == pytest.approx(loss, rel=1e-6)
    assert parts.keys() == whole.keys()
    for name, gradient in whole.items():
        assert (parts[name] - gradient).abs().max() <= 1e-6 * gradient.abs().max() + 1e-12, name


def test_the_loss_of_a_step_is_a_mean_over_its_units() -> None:
    run = session("tagging", "encoder", TaggingHead)
    run.eval_mode()
    example = rows("tagging", 1, seed=1)[0]
    encoded = run.head.encode(example, run.backbone.tokenizer, run.task, LIMITS)
    batch = run.batch([encoded])
    words = len(example["tokens"])
    assert batch.weight == words
    logits = run.logits(batch)
    expected = -logits.log_softmax(-1)[torch.arange(words), batch.y["tags"]].sum()
    assert run.loss(batch, None).total.item() == pytest.approx(expected.item(), rel=1e-6)


def test_training_tells_that_mean_whatever_the_micro_batches() -> None:
    train = rows("tagging", 12, seed=4)
    still = {"lr": 0.0, "dropout": 0.0, "batch_size": 12, "micro_batch_tokens": 32}  # one step that moves nothing
    told: list[float] = []
    made = cell("tagging", "encoder", "head", **still)
    run = fitted(made, train, Split(), observe=lambda step, values: told.append(values["loss"])).session
    encoded = [run.head.encode(row, run.backbone.tokenizer, run.task, run.limits) for row in train]
    assert told == [pytest.approx(mean_loss(run, encoded), rel=1e-5)]


def test_biases_and_norms_are_not_decayed() -> None:
    run = session("classification", "encoder", ClassificationHead)
    groups = {group["weight_decay"]: group["params"] for group in decay_groups(run, 0.01)}
    names = {id(parameter): name for name, parameter in run.named_trained().items()}
    decayed, spared = ({names[id(p)] for p in groups[rate]} for rate in (0.01, 0.0))
    assert decayed | spared == set(names.values())
    assert not decayed & spared
    assert "head.1.weight" in decayed
    assert "head.1.bias" in spared
    assert all(not name.endswith("bias") and "norm" not in name for name in decayed)
    modules = dict(run.backbone.module.named_modules())
    for name in spared - {"head.1.bias"}:
        module, _, own = name.rpartition(".")
        assert own == "bias" or isinstance(modules[module], nn.LayerNorm), name


def test_schedules_at_hand_worked_steps() -> None:
    # 10 steps, 2 of warm-up: 1/2, 1, then from 1 downwards
    assert [factor("linear", step, 10, 2) for step in (0, 1, 2, 6, 9)] == [0.5, 1.0, 1.0, 0.5, 0.125]
    assert [factor("constant", step, 10, 2) for step in (0, 1, 5, 9)] == [0.5, 1.0, 1.0, 1.0]
    cosine = [factor("cosine", step, 10, 2) for step in (0, 2, 4, 6)]
    assert cosine == pytest.approx([0.5, 1.0, (1 + math.sqrt(0.5)) / 2, 0.5])
    assert [factor("inverse-sqrt", step, 10, 4) for step in (0, 3, 8, 15)] == pytest.approx([0.25, 1.0, 2 / 3, 0.5])
    assert [factor(name, 0, 10, 0) for name in ("linear", "cosine", "constant", "inverse-sqrt")] == [1.0] * 4
    assert [warmup_steps(ratio, 10) for ratio in (0.0, 0.1, 0.15, 1.0)] == [0, 1, 2, 9]
    assert warmup_steps(0.1, 1) == 0


def test_validation_is_spread_over_training_and_never_costs_more_than_it() -> None:
    assert sorted(evaluation_steps(100, 3200, 100, generates=False)) == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert sorted(evaluation_steps(100, 3200, 800, generates=False)) == [25, 50, 75, 100]
    assert sorted(evaluation_steps(100, 3200, 400, generates=True)) == [50, 100]
    assert sorted(evaluation_steps(3, 96, 5, generates=False)) == [1, 2, 3]
    assert sorted(evaluation_steps(100, 3200, 10**6, generates=False)) == [50, 100]
    assert evaluation_steps(100, 3200, 0, generates=False) == frozenset()


def test_the_best_state_is_restored_and_patience_counts_validations() -> None:
    run = session("classification", "encoder", ClassificationHead)
    scores = iter([0.1, 0.5, 0.5, 0.4, 0.3])
    selection = Selection(run, lambda: next(scores), patience=3)
    states = []
    for step in range(1, 6):
        with torch.no_grad():
            for parameter in run.parameters():
                parameter.add_(1.0)
        states.append(run.snapshot())
        selection.look(step)
        if selection.exhausted:
            break
    assert len(states) == 5  # three validations without a better one after the second
    assert selection.best_step == 2
    selection.finish()
    for name, value in run.snapshot().items():
        assert torch.equal(value, states[1][name])
        assert not torch.equal(value, states[4][name])


def test_a_score_that_is_no_number_is_never_the_best() -> None:
    scores = iter([math.nan, 0.2, math.nan])
    selection = Selection(session("classification", "encoder", ClassificationHead), lambda: next(scores))
    assert [selection.look(step) for step in (1, 2, 3)] == [-math.inf, 0.2, -math.inf]
    assert selection.best_step == 2


def test_a_run_leaves_the_state_that_validated_best() -> None:
    train, validation = rows("classification", 96, 1), rows("classification", 24, 2)
    looks: list[tuple[float, list[float]]] = []

    made = cell("classification", "encoder", "head", epochs=2, batch_size=16)
    toy = job(made, train, validation)
    scores = iter([0.9, 0.2, 0.1] + [0.0] * 20)

    def select(predictions: Any) -> float:
        value = next(scores)
        looks.append((value, [prediction["scores"]["pos"] for prediction in predictions]))
        return value

    toy = dataclasses.replace(toy, select=select)
    ((_, learner),) = ToyBackend().fit([toy])
    assert isinstance(learner, TorchLearner)
    after = [prediction["scores"]["pos"] for prediction in learner.predict(validation)]
    assert after == pytest.approx(looks[0][1], abs=1e-6)
    assert after != pytest.approx(looks[-1][1], abs=1e-6)


@pytest.mark.parametrize("kept", [[0], [0, 1]])
def test_a_sentence_of_which_nothing_is_read_trains_beside_others(kept: list[int]) -> None:
    examples = [
        {"id": "blank", "tokens": ["\u3000"], "tags": ["O"]},  # white space alone: no token
        {"id": "red", "tokens": ["red", "dog"], "tags": ["B-COLOUR", "O"]},
    ]
    run = session("tagging", "encoder", TaggingHead)
    encoded = [run.head.encode(row, run.backbone.tokenizer, run.task, LIMITS) for row in examples]
    for form in (encoded, [compact(row) for row in encoded]):
        batch = run.batch([form[index] for index in kept])
        loss = run.grad(batch, 1.0).total
        assert batch.weight == (2 if 1 in kept else 0)
        assert math.isfinite(loss.item())
        assert (loss.item() > 0) == (1 in kept)


def test_a_model_is_gone_before_the_next_one_is_loaded() -> None:
    gone: list[bool] = []

    class Looking(ToyBackend):
        def load_backbone(self, *arguments: Any) -> Any:
            gone.append(first() is None)
            return super().load_backbone(*arguments)

    learner = fitted(cell("classification", "encoder", "head", max_steps=1), rows("classification", 8), Split())
    first = weakref.ref(learner.session.backbone.module)
    del learner
    gc.disable()  # what would free it only by and by
    try:
        assert first() is not None
        list(
            Looking().fit([job(cell("classification", "encoder", "head", "none"), rows("classification", 8), Split())])
        )
    finally:
        gc.enable()
    assert gone == [True]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("max_steps", -1, "max_steps=-1: it is at least 1"),
        ("patience", 0, "patience=0: it is at least 1"),
        ("batch_size", 0, "batch_size=0: it is at least 1"),
        ("batch_size", None, "batch_size=none: it needs a value"),
        ("warmup_ratio", 500.0, "warmup_ratio=500.0: it is at most 1"),
        ("max_steps", None, None),
        ("warmup_ratio", 1.0, None),
    ],
)
def test_values_by_which_nothing_can_be_trained_are_refused(name: str, value: Any, reason: str | None) -> None:
    assert ToyBackend().refuse(cell("classification", "encoder", "head", **{name: value})) == reason


def test_patience_ends_training() -> None:
    train, validation = rows("classification", 96, 1), rows("classification", 12, 2)
    toy = job(cell("classification", "encoder", "head", epochs=4, batch_size=16, patience=2), train, validation)
    ((_, learner),) = ToyBackend().fit([dataclasses.replace(toy, select=lambda predictions: 0.0)])
    assert isinstance(learner, TorchLearner)
    assert learner.cost["steps"] == 7  # 24 steps, looks at 2, 5, 7, ...: the first is best, two more are waited for


def test_training_learns_and_reports_what_it_cost() -> None:
    curve: list[tuple[int, Mapping[str, float]]] = []
    train, validation, test = (rows("tagging", n, seed) for n, seed in ((400, 1), (40, 2), (60, 3)))
    made = cell("tagging", "encoder", "head", epochs=2)
    learner = fitted(made, train, validation, observe=lambda step, values: curve.append((step, values)))
    assert right(test, list(learner.predict(test)), GOLD["tagging"]) > 0.9
    cost = learner.cost
    assert cost["steps"] == 26  # 2 x ceil(400 / 32)
    assert cost["trainable_params"] == cost["total_params"] == sum(p.numel() for p in learner.session.parameters())
    assert cost["train_examples_per_second"] == pytest.approx(800 / cost["train_seconds"])
    assert cost["train_tokens_per_second"] > cost["train_examples_per_second"]
    assert cost["peak_memory_mib"] > 100
    assert (cost["device"], cost["layout"]) == ("cpu", "padded")
    assert [step for step, _ in curve] == sorted({step for step, _ in curve})
    assert curve[-1][1]["loss"] < curve[0][1]["loss"]
    assert sum("validation" in values for _, values in curve) == 10
    assert learner.counts["truncated"] == 0
    assert not learner.flags


def test_selection_by_loss_keeps_the_state_of_the_least_loss() -> None:
    curve: list[float] = []

    def observe(step: int, values: Mapping[str, float]) -> None:
        curve.extend([values["validation"]] if "validation" in values else [])

    made = cell("tagging", "encoder", "head", select_by="loss", epochs=2)
    validation = rows("tagging", 30, 2)
    learner = fitted(made, rows("tagging", 200, 1), validation, observe=observe)
    from xbench_torch.fitting import mean_loss

    encoded = [
        learner.session.head.encode(row, learner.session.backbone.tokenizer, TASKS["tagging"], LIMITS)
        for row in validation
    ]
    assert -mean_loss(learner.session, encoded) == pytest.approx(max(curve), rel=1e-4)


def test_options_name_every_setting_and_take_a_backends_defaults() -> None:
    assert {field.name for field in dataclasses.fields(TrainingSettings)} == {option.name for option in FIELDS}
    moved = {option.name: option.default for option in recipe_options({"lr": 1.0})}
    assert moved["lr"] == 1.0
    assert moved["epochs"] == next(option.default for option in FIELDS if option.name == "epochs")
    with pytest.raises(KeyError, match="learning_rate"):
        recipe_options({"learning_rate": 1.0})
