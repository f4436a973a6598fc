"""Small tasks, models and jobs on the spot, without catalog or store."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import xbench_torch
from xbench.errors import CellError
from xbench.methods import CoreMethod
from xbench.protocols import Context, Job, Part
from xbench.specs import Cell, DatasetRef, Example, Json, ModelSpec, Prediction, TaskSpec
from xbench.tasktypes import Classification, Tagging, TextToText
from xbench_scratch.backbone import ScratchBackbone
from xbench_scratch.config import Config
from xbench_scratch.tokenizer import train_tokenizer
from xbench_torch.backend import TorchBackend
from xbench_torch.contract import Applied, Head, Limits
from xbench_torch.device import Precision
from xbench_torch.learner import TorchLearner
from xbench_torch.session import Session

WORDS = ("red", "blue", "green", "cat", "dog", "house", "tree", "sky", "one", "two", "three")
FP32 = Precision("fp32", torch.device("cpu"))
LIMITS = Limits(64, 32)


class Split(list[Example]):
    """Rows in memory."""

    fingerprint = "toy"


def task(kind: str, inputs: Sequence[str], labels: Sequence[str] = (), **changes: Any) -> TaskSpec:
    data = DatasetRef("memory", {}, {}, {})
    spec = TaskSpec("toy", 1, kind, data, tuple(inputs), tuple(labels), ("accuracy",), ("en",), "CC0-1.0", "")
    return dataclasses.replace(spec, **changes)


TASKS = {
    "classification": task("classification", ["text"], ["neg", "pos"]),
    "tagging": task("tagging", ["tokens"], ["COLOUR"]),
    "text-to-text": task("text-to-text", ["source"]),
}
GOLD = {"classification": "label", "tagging": "tags", "text-to-text": "target"}


def rows(kind: str, count: int, seed: int = 0, longest: int = 9) -> Split:
    """More "red" than "blue" is "pos"; colours are tagged; a translation says each word backwards."""
    draw, split = random.Random(seed), Split()
    for index in range(count):
        words = [draw.choice(WORDS) for _ in range(draw.randint(2, longest))]
        example: dict[str, Any] = {"id": f"{seed}-{index}"}
        if kind == "classification":
            example |= {"text": " ".join(words), "label": "pos" if words.count("red") > words.count("blue") else "neg"}
        elif kind == "tagging":
            example |= {"tokens": words, "tags": ["B-COLOUR" if word in WORDS[:3] else "O" for word in words]}
        else:
            example |= {"source": " ".join(words), "target": " ".join(word[::-1] for word in words)}
        split.append(example)
    return split


def tokenizer() -> Any:
    return train_tokenizer([*WORDS, *(word[::-1] for word in WORDS), *WORDS], 300)


def backbone(shape: str, seed: int = 0, dropout: float = 0.0) -> ScratchBackbone:
    words = tokenizer()
    return ScratchBackbone.fresh(Config(shape, 32, 4, 64, 2, len(words), dropout=dropout), words, seed)


def session(kind: str, shape: str, head: Callable[[Any], Head], seed: int = 0, **options: Any) -> Session:
    """All parameters trained unless `applied` says otherwise."""
    base = backbone(shape, seed)
    made = head(base)
    torch.manual_seed(seed)
    module = made.build(base, TASKS[kind])
    applied = options.pop("applied", None) or Applied([name for name, _ in base.module.named_parameters()])
    return Session(base, made, TASKS[kind], LIMITS, applied, FP32, module=module, **options)


class ToyBackend(TorchBackend):
    """The scratch Transformer, a tenth of its tiny size."""

    name = "toy"
    keeps_base = True

    def models(self) -> Iterable[ModelSpec]:
        return ()

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return None

    def recipe_defaults(self, model: ModelSpec) -> Mapping[str, Any]:
        return {"lr": 3e-3, "max_length": 64, "max_target_length": 32, "epochs": 1}

    def load_backbone(
        self,
        spec: ModelSpec,
        route: str,
        task: TaskSpec,
        train_texts: Iterable[str],
        options: Json,
        seed: int,
        context: Context,
    ) -> ScratchBackbone:
        if spec.source:
            return ScratchBackbone.read(Path(spec.source))
        words = train_tokenizer(train_texts, 300)
        return ScratchBackbone.fresh(Config(spec.shape, 32, 4, 64, 2, len(words)), words, seed)


class ToyContext:
    """A catalog of the core's methods and task types, and of the engine's parts."""

    device = "cpu"
    offline = True

    def __init__(self, methods: Sequence[Any] = (), parts: Sequence[Part] = ()) -> None:
        self.methods = {method.name: method for method in (CoreMethod("none"), CoreMethod("full"), *methods)}
        self.more = tuple(parts)

    def declared(self, kind: str, name: str) -> Any:
        types = {kind.name: kind for kind in (Classification(), Tagging(), TextToText())}
        return {"tasktype": types, "method": self.methods}[kind][name]

    def parts(self, kind: str) -> Sequence[Part]:
        return [part for part in (*xbench_torch.xbench_parts(), *self.more) if part.kind == kind]


def cell(kind: str, shape: str, route: str, method: str = "full", seed: int = 0, **values: Any) -> Cell:
    model = ModelSpec("toy", f"toy-{shape}", None, shape, family="toy")
    options = {option.name: option.default for option in ToyBackend().options(model)}
    recipe = {**options, **values}
    return Cell(TASKS[kind], model, method, {}, "toy", recipe, route, seed, None, None, (), {}, {}, "key", "protocol")


def job(
    made: Cell,
    train: Split,
    validation: Split,
    context: ToyContext | None = None,
    observe: Callable[[int, Mapping[str, float]], None] = lambda step, values: None,
) -> Job:
    """Selected by the share of predictions that are right."""

    def share(predictions: Sequence[Prediction]) -> float:
        return right(validation, predictions, GOLD[made.task.type])

    return Job(made, train, validation, context or ToyContext(), share, observe)


def right(examples: Sequence[Example], predictions: Sequence[Prediction], gold: str) -> float:
    pairs = zip(examples, predictions, strict=True)
    return sum(example[gold] == prediction["prediction"] for example, prediction in pairs) / len(examples)


def fitted(made: Any, train: Split, validation: Split, **options: Any) -> TorchLearner:
    """The learner, or the cell's failure raised."""
    ((_, outcome),) = ToyBackend().fit([job(made, train, validation, **options)])
    if isinstance(outcome, CellError):
        raise outcome
    assert isinstance(outcome, TorchLearner)
    return outcome
