"""Every shape of model with every kind of task and every method: trains what it declares, and comes back as saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tiny_models
import torch

from xbench.catalog import Catalog
from xbench.protocols import Job
from xbench.runner import CellContext
from xbench.specs import Cell, DatasetRef, Example, ModelSpec, TaskSpec
from xbench_torch.fitting import open_session
from xbench_torch.texts import TrainTexts

SCRATCH = ("scratch-tiny", "scratch-tiny-encoder", "scratch-tiny-decoder")
METHODS = ("none", "full", "linear-probe", "lora")
STEPS = 2
RECIPE = {
    "max_steps": STEPS,
    "batch_size": 3,
    "lr": 1e-2,
    "schedule": "constant",
    "warmup_ratio": 0.0,
    "max_length": 32,
    "max_target_length": 6,
    "num_beams": 2,
}
TEXTS = [text for text in tiny_models.TEXTS if len(text.split()) < 12][:6]
ROWS: dict[str, list[Example]] = {
    "classification": [
        {"id": str(index), "text": text, "label": ("good", "bad")[index % 2]} for index, text in enumerate(TEXTS)
    ],
    "tagging": [
        {"id": str(index), "tokens": text.split(), "tags": ["B-X", "I-X"] + ["O"] * (len(text.split()) - 2)}
        for index, text in enumerate(TEXTS)
    ],
    "text-to-text": [
        {"id": str(index), "source": text, "target": " ".join(text.split()[:3])} for index, text in enumerate(TEXTS)
    ],
}
INPUTS = {"classification": "text", "tagging": "tokens", "text-to-text": "source"}
LABELS = {"classification": ("good", "bad"), "tagging": ("X",), "text-to-text": ()}


class Split(list[Example]):
    """Rows in memory."""

    fingerprint = "made here"


@cache
def catalog() -> Catalog:
    return Catalog.load()


def shape_of(model: str) -> str:
    if model.endswith("-encoder") or model in tiny_models.ENCODERS:
        return "encoder"
    return "decoder" if model.endswith("-decoder") or model in tiny_models.DECODERS else "encoder-decoder"


def combinations() -> Iterator[tuple[str, str, str]]:
    """(model, task type, route) of the design's table."""
    for model in (*tiny_models.KINDS, *SCRATCH):
        yield from ((model, "classification", "head"), (model, "tagging", "head"))
        if shape_of(model) != "encoder":
            yield from ((model, "classification", "text"), (model, "text-to-text", "text"))


CASES = [
    (model, kind, route, method)
    for model, kind, route in combinations()
    for method in METHODS
    if (method, route) != ("linear-probe", "text")
]


def task_of(kind: str) -> TaskSpec:
    data = DatasetRef("memory", {}, {}, {})
    return TaskSpec(f"tiny-{kind}", 1, kind, data, (INPUTS[kind],), LABELS[kind], (), ("en",), "CC0-1.0", "")


def cell_of(model: ModelSpec, kind: str, route: str, method: str, **values: Any) -> Cell:
    declared = catalog().method(method)
    backend = catalog().backend(model.backend)
    recipe = {option.name: option.default for option in backend.options(model)} | RECIPE | values
    options = {option.name: option.default for option in declared.options}
    return Cell(
        task_of(kind), model, method, options, "tiny", recipe, route, 0, None, None, (), {}, {}, "key", "protocol"
    )


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def model_of(name: str, checkpoints: Path) -> ModelSpec:
    text = name if name in SCRATCH else f"{name}={tiny_models.make(name, checkpoints)}"
    return catalog().model(text, offline=True)[1]


@pytest.mark.parametrize(("name", "kind", "route", "method"), CASES)
def test_trains_what_it_declares_and_comes_back(
    name: str, kind: str, route: str, method: str, checkpoints: Path, tmp_path: Path
) -> None:
    model = model_of(name, checkpoints)
    backend, context = catalog().backend(model.backend), CellContext(catalog(), "cpu", offline=True)
    cell = cell_of(model, kind, route, method)
    assert route in backend.routes(model)
    assert catalog().method(method).refuse(model, route, cell.method_options) is None
    rows = Split(ROWS[kind])
    observed: list[int] = []
    job = Job(cell, rows, Split(), context, lambda predictions: 0.0, lambda step, values: observed.append(step))
    ((_, learner),) = backend.fit([job])
    if isinstance(learner, Exception):
        raise learner
    assert learner.cost["steps"] == (0 if method == "none" else STEPS)

    # the same model before training: what moved since, and only that, was declared
    tasktype = catalog().tasktype(kind)
    texts = TrainTexts(rows, cell.task, tasktype, route)
    before, _ = open_session(
        backend.load_backbone(model, route, cell.task, texts, cell.recipe_values, cell.seed, context),
        cell,
        context,
        STEPS,
    )
    parts = {"": (learner.session.backbone.module, before.backbone.module)}
    if before.module is not None:
        parts["head."] = (learner.session.module, before.module)
    moved = set()
    for prefix, (now, then) in parts.items():
        old = dict(then.named_parameters())
        assert old.keys() == dict(now.named_parameters()).keys()
        moved |= {prefix + name for name, value in now.named_parameters() if not torch.equal(value, old[name])}
    assert moved == set(before.named_trained())
    assert learner.cost["trainable_params"] == sum(value.numel() for value in before.named_trained().values())
    assert bool(moved) == (method != "none")

    predictions = list(learner.predict(rows))
    assert [prediction["id"] for prediction in predictions] == [row["id"] for row in rows]
    if (kind, route) != ("classification", "text"):
        assert [tasktype.check_prediction(prediction, cell.task) for prediction in predictions] == [None] * len(rows)
    learner.save(tmp_path)
    again = backend.load(replace(cell, seed=99), tmp_path, context)
    assert list(again.predict(rows)) == predictions
    saved = dict(learner.session.backbone.module.named_parameters())
    for name, value in again.session.backbone.module.named_parameters():
        assert torch.equal(value, saved[name]), name
