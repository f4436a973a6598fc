"""Cells and records made by hand, for tests that need no catalog and no training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xbench.identity import image, make_cell, method_image, model_image, recipe_image, task_image
from xbench.methods import CoreMethod
from xbench.protocols import Part
from xbench.records import SCHEMA, Record
from xbench.specs import Cell, DatasetRef, ModelSpec, Option, TaskSpec
from xbench.tasktypes import Classification

OPTIONS = (
    Option("lr", "float", 1e-3),
    Option("epochs", "int", 3),
    Option("label_smoothing", "float", 0.0, neutral=0.0),
)
FINGERPRINTS = {"train": "c0ffee", "validation": "beef", "test": "f00d"}


def made_task(name: str = "tnews", **changes: Any) -> TaskSpec:
    ref = DatasetRef("jsonl", {"folder": name}, {"text": "sentence", "label": "label"}, {"train": "train.json"})
    return replace(
        TaskSpec(name, 1, "classification", ref, ("text",), ("a", "b"), ("accuracy",), ("en",), "CC0", "Nobody (2026)"),
        **changes,
    )


def made_model(name: str = "fake", **changes: Any) -> ModelSpec:
    return replace(ModelSpec("fakes", name, "a1b2", "encoder", source="/somewhere/on/this/machine"), **changes)


def made_cell(
    seed: int = 0,
    task: TaskSpec | None = None,
    model: ModelSpec | None = None,
    method: str = "full",
    values: dict[str, Any] | None = None,
    limit_train: int | None = None,
    fingerprints: dict[str, str] | None = None,
    result_version: int = 1,
    options: tuple[Option, ...] = OPTIONS,
    techniques: tuple[Part, ...] = (),
    route: str = "",
) -> Cell:
    task, model = task or made_task(), model or made_model()
    values = {"lr": 1e-3, "epochs": 3, **(values or {})}
    images = {
        "task": task_image(task, Classification(), fingerprints or FINGERPRINTS, limit_train, None),
        "reader": image("jsonl@1"),
        "model": model_image(model, CoreMethod("fakes", result_version), options),
        "method": method_image(CoreMethod(method), {}, ()),
        "recipe": recipe_image(values, options, techniques),
    }
    return make_cell(task, model, method, {}, "default", values, route, seed, images, limit_train=limit_train)


def made_record(cell: Cell, run_id: str = "r1", **changes: Any) -> Record:
    return replace(
        Record(
            schema=SCHEMA,
            key=cell.key,
            run_id=run_id,
            status="ok",
            cell=cell,
            main_metric="accuracy",
            scores={"accuracy": 0.5},
            train_score=0.75,
            validation_score=None,
            signatures={"accuracy": "accuracy:1"},
            counts={"test": 4},
            cost={"train_seconds": 1.5},
            flags=(),
            error=None,
            environment={},
            attempts=1,
            command="xbench run",
            started="2026-01-01T00:00:00Z",
            finished="2026-01-01T00:00:01Z",
        ),
        **changes,
    )


class Share:
    """A metric of right answers by examples: additive, as accuracy is; its pseudo-values are the answers themselves."""

    name, result_version, bounds, options = "accuracy", 1, (0.0, 1.0), ()

    def __init__(self, higher_is_better: bool = True) -> None:
        self.higher_is_better = higher_is_better

    def score(self, sums: Any) -> Any:
        return sums[..., 0] / sums[..., 1]
