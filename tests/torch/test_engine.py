"""The training loop: what a step's gradient is, what it trains, which state it leaves, and how it fails."""

from __future__ import annotations

import dataclasses
import gc
import math
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from toy_jobs import GOLD, LIMITS, TASKS, Split, ToyBackend, ToyContext, cell, job, right, rows, session

from xbench.errors import CellError
from xbench.protocols import Part
from xbench_torch.batch import compact, length
from xbench_torch.contract import Applied, Batch, GradFn, Loss, LossFn
from xbench_torch.dropout import set_dropout
from xbench_torch.heads.classification import ClassificationHead
from xbench_torch.heads.tagging import TaggingHead
from xbench_torch.heads.text import TextHead
from xbench_torch.learner import TorchLearner
from xbench_torch.optimizer import decay_groups
from xbench_torch.options import FIELDS, recipe_options
from xbench_torch.schedule import factor, warmup_steps
from xbench_torch.selection import Selection, evaluation_steps
from xbench_torch.settings import TrainingSettings
from xbench_torch.techniques.base import PlainTechnique

HEADS = [
    ("classification", "encoder", ClassificationHead),
    ("classification", "decoder", ClassificationHead),
    ("tagging", "encoder", TaggingHead),
    ("text-to-text", "encoder-decoder", TextHead),
    ("text-to-text", "decoder", TextHead),
]


def fitted(made: Any, train: Split, validation: Split, **options: Any) -> TorchLearner:
    """The learner, or the cell's failure raised."""
    ((_, outcome),) = ToyBackend().fit([job(made, train, validation, **options)])
    if isinstance(outcome, CellError):
        raise outcome
    assert isinstance(outcome, TorchLearner)
    return outcome


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


def test_predictions_come_in_order_whatever_their_lengths() -> None:
    train = rows("classification", 64, 1)
    learner = fitted(cell("classification", "encoder", "head"), train, Split())
    mixed = rows("classification", 40, 5, longest=30)
    found = list(learner.predict(iter(mixed)))
    assert [prediction["id"] for prediction in found] == [example["id"] for example in mixed]
    alone = [next(iter(learner.predict([example]))) for example in mixed]
    assert [p["prediction"] for p in found] == [p["prediction"] for p in alone]
    for one, other in zip(found, alone, strict=True):
        assert one["scores"]["pos"] == pytest.approx(other["scores"]["pos"], abs=1e-5)


def test_only_what_the_budget_visits_is_tokenised() -> None:
    train = rows("classification", 200, 1)
    unseen = {"id": "bad", "text": "cat", "label": "no such label"}
    from xbench_torch.order import steps_of

    visited = {int(i) for step in steps_of(200, epochs=3, batch_size=32, seed=0, max_examples_seen=40) for i in step}
    assert len(visited) == 40
    for index in set(range(200)) - visited:
        train[index] = unseen  # encoding it would raise
    learner = fitted(cell("classification", "encoder", "head", epochs=3, max_examples_seen=40), train, Split())
    assert learner.cost["steps"] == 2


def test_none_trains_nothing_and_says_so() -> None:
    train, test = rows("classification", 20, 1), rows("classification", 20, 2)
    learner = fitted(cell("classification", "encoder", "head", method="none"), train, Split())
    assert learner.flags == ("untrained-head",)
    assert (learner.cost["steps"], learner.cost["trainable_params"]) == (0, 0)
    assert len(list(learner.predict(test))) == 20
    writer = fitted(cell("text-to-text", "encoder-decoder", "text", method="none"), rows("text-to-text", 20), Split())
    assert writer.flags == ()


@pytest.mark.parametrize(
    ("kind", "shape", "route", "method"),
    [
        ("classification", "encoder", "head", "full"),
        ("classification", "decoder", "text", "full"),
        ("tagging", "decoder", "head", "none"),
        ("text-to-text", "encoder-decoder", "text", "full"),
        ("text-to-text", "encoder-decoder", "text", "some"),
    ],
)
def test_a_saved_cell_predicts_the_same_under_another_seed(
    kind: str, shape: str, route: str, method: str, tmp_path: Path
) -> None:
    train, test = rows(kind, 48, 1), rows(kind, 16, 2)
    context = ToyContext(methods=[Some()])
    made = cell(kind, shape, route, method, num_beams=2)
    learner = fitted(made, train, Split(), context=context)
    before = list(learner.predict(test))
    learner.save(tmp_path / "model")
    del learner
    again = ToyBackend().load(dataclasses.replace(made, seed=99), tmp_path / "model", context)
    after = list(again.predict(test))
    assert [p["prediction"] for p in after] == [p["prediction"] for p in before]
    again.save(tmp_path / "copy")
    third = ToyBackend().load(dataclasses.replace(made, seed=7), tmp_path / "copy", context)
    assert list(third.predict(test)) == after


class Some:
    """A method that trains the first norm it finds."""

    name = "some"
    result_version = 1
    options = ()
    defaults: Mapping[str, Any] = {}

    def refuse(self, model: Any, route: str, options: Any) -> None:
        return None

    def apply(self, backbone: Any, options: Any, total_steps: int, seed: int) -> Applied:
        return Applied([next(name for name, _ in backbone.module.named_parameters() if "norm" in name)])


def test_only_what_a_method_names_changes() -> None:
    run = session("classification", "encoder", ClassificationHead)
    name = next(name for name, _ in run.backbone.module.named_parameters() if "norm" in name)
    run = session("classification", "encoder", ClassificationHead, applied=Applied([name]))
    assert set(run.named_trained()) == {name, "head.1.weight", "head.1.bias"}
    with pytest.raises(CellError, match="nowhere"):
        session("classification", "encoder", ClassificationHead, applied=Applied(["nowhere.weight"]))


def test_a_frozen_part_runs_as_in_evaluation() -> None:
    run = session("classification", "encoder", ClassificationHead, applied=Applied([]))
    run.train_mode()
    assert not any(part.training for part in run.backbone.module.modules())
    assert run.module is not None
    assert all(part.training for part in run.module.modules())
    whole = session("classification", "encoder", ClassificationHead)
    whole.train_mode()
    assert all(part.training for part in whole.backbone.module.modules())


def test_one_rate_reaches_every_dropout() -> None:
    import tiny_models

    for kind in tiny_models.KINDS:
        model = tiny_models.model(kind, 300)
        ids = torch.arange(20, 30)[None]
        extra = {"decoder_input_ids": ids} if kind in tiny_models.ENCODER_DECODERS else {}
        set_dropout(model, 0.5)
        model.train()
        torch.manual_seed(0)
        first = model(input_ids=ids, **extra).logits
        assert not torch.allclose(first, model(input_ids=ids, **extra).logits), kind
        set_dropout(model, 0.0)
        assert torch.equal(model(input_ids=ids, **extra).logits, model(input_ids=ids, **extra).logits), kind


def test_a_run_that_diverges_is_a_failed_cell() -> None:
    made = cell("classification", "encoder", "head", lr=1e30, grad_clip=0.0, warmup_ratio=0.0, epochs=3)
    with pytest.raises(CellError) as failure:
        fitted(made, rows("classification", 96, 1), Split())
    assert (failure.value.status, failure.value.stage) == ("diverged", "fit")


class Crowded(PlainTechnique):
    """Memory runs out as soon as a micro-batch holds more than `most` padded tokens, as torch would say it."""

    name = "crowded"
    most = 60

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    def wrap_grad(self, grad: GradFn, loss: LossFn, session: Any) -> GradFn:
        def run(batch: Batch, scale: float) -> Loss:
            if batch.n * batch.source.longest > self.most:
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate")
            return grad(batch, scale)

        return run


CROWDED = Part("technique", "crowded", "test_engine:Crowded")


def test_where_memory_runs_out_the_micro_batches_are_halved_and_the_steps_stay() -> None:
    train = rows("classification", 64, 1)
    values = {"epochs": 1, "batch_size": 32, "dropout": 0.0}
    context = ToyContext(parts=[CROWDED])
    crowded = fitted(
        cell("classification", "encoder", "head", techniques=["crowded"], **values), train, Split(), context=context
    )
    roomy = fitted(cell("classification", "encoder", "head", **values), train, Split())
    assert crowded.cost["micro_batch_halvings"] > 0
    assert crowded.cost["micro_batch_tokens"] <= 2 * Crowded.most
    assert crowded.cost["steps"] == roomy.cost["steps"] == 2
    for one, other in zip(crowded.predict(train), roomy.predict(train), strict=True):
        assert one["scores"]["pos"] == pytest.approx(other["scores"]["pos"], abs=1e-3)


def test_an_example_that_does_not_fit_alone_is_a_failed_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    import test_engine

    monkeypatch.setattr(test_engine.Crowded, "most", 1)
    made = cell("classification", "encoder", "head", techniques=["crowded"])
    with pytest.raises(CellError) as failure:
        fitted(made, rows("classification", 8, 1), Split(), context=ToyContext(parts=[CROWDED]))
    assert failure.value.status == "out_of_memory"


def test_an_unknown_technique_and_an_unserved_route_are_refused() -> None:
    train = rows("classification", 8, 1)
    for made in (
        cell("classification", "encoder", "head", techniques=["fmg"]),
        cell("classification", "encoder", "text"),
        cell("classification", "encoder", "head", precision="fp16"),
    ):
        with pytest.raises(CellError) as failure:
            fitted(made, train, Split())
        assert failure.value.status == "refused"


def test_bf16_trains_too() -> None:
    train, test = rows("tagging", 400, 1), rows("tagging", 40, 3)
    learner = fitted(cell("tagging", "encoder", "head", precision="bf16", epochs=2), train, Split())
    assert learner.cost["precision"] == "bf16"
    assert right(test, list(learner.predict(test)), "tags") > 0.9
    assert {parameter.dtype for parameter in learner.session.parameters()} == {torch.float32}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["auto", "fp32", "fp16"])
def test_a_gpu_trains_and_what_it_saved_predicts_on_a_cpu(precision: str, tmp_path: Path) -> None:
    class OnGpu(ToyContext):
        device = "cuda"

    train, test = rows("tagging", 400, 1), rows("tagging", 40, 3)
    made = cell("tagging", "encoder", "head", precision=precision, epochs=2)
    learner = fitted(made, train, rows("tagging", 20, 2), context=OnGpu())
    assert right(test, list(learner.predict(test)), "tags") > 0.9
    learner.save(tmp_path)
    fp32 = cell("tagging", "encoder", "head", precision="fp32", epochs=2)
    again = ToyBackend().load(fp32, tmp_path, ToyContext())
    assert right(test, list(again.predict(test)), "tags") > 0.9


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
