"""Whole cells: predicted, saved and loaded, frozen, diverged, out of memory, on a GPU."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_jobs import Split, ToyBackend, ToyContext, cell, fitted, right, rows, session

from xbench.errors import CellError
from xbench.protocols import Part
from xbench_torch import device
from xbench_torch.contract import Applied, Batch, GradFn, Loss, LossFn
from xbench_torch.device import choose_device
from xbench_torch.dropout import set_dropout
from xbench_torch.heads.classification import ClassificationHead
from xbench_torch.techniques.base import PlainTechnique


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


CROWDED = Part("technique", "crowded", "test_fitting:Crowded")


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
    import test_fitting

    monkeypatch.setattr(test_fitting.Crowded, "most", 1)
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


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_a_device_that_is_not_there_is_no_result_of_the_cell() -> None:
    with pytest.raises(CellError, match="device cuda: no CUDA device here") as failure:
        choose_device("cuda")
    assert failure.value.status == "crashed"  # the same command runs the cell again


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


def test_a_small_model_takes_one_thread_and_a_larger_one_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    given = torch.get_num_threads()
    monkeypatch.setattr(device, "_THREADS", 2)
    try:
        device.share_threads(device.SMALL - 1)
        assert torch.get_num_threads() == 1
        device.share_threads(device.SMALL)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(given)
