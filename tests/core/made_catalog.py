"""A catalog of hand-made components: two backends, four methods, two heads, two techniques, three recipes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from made_cells import made_task

from xbench import methods, tasktypes
from xbench.catalog import Catalog
from xbench.plugins import Plugin
from xbench.protocols import Part
from xbench.recipes import Recipe
from xbench.specs import Cell, Json, ModelSpec, Option, TaskSpec

FIELDS = (
    Option("lr", "float", 1e-3),
    Option("epochs", "int", 3),
    Option("max_examples_seen", "int", None),
    Option("num_beams", "int", 4, 1),
    Option("label_smoothing", "float", 0.0, 0.0),
    Option("techniques", "list", [], []),
)


@dataclass
class MadeBackend:
    """`nets`: three shapes by heads, two options of size. Nothing here trains."""

    name: str = "nets"
    result_version: int = 1
    fields: Sequence[Option] = FIELDS
    asked: list[str] = field(default_factory=list)  # what estimate() was called for

    def models(self) -> Iterable[ModelSpec]:
        shapes = ("encoder", "decoder", "encoder-decoder")
        return [ModelSpec(self.name, f"net-{shape}", None, shape, options={"layers": 2}) for shape in shapes]

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return ModelSpec(self.name, text.split("/", 1)[1], "rev1", "encoder") if text.startswith("hub/") else None

    def options(self, model: ModelSpec) -> Sequence[Option]:
        return (*self.fields, Option("model.layers", "int", None))

    def refuse(self, cell: Cell) -> str | None:
        return None

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return {"encoder": ("head",), "decoder": ("head", "text"), "encoder-decoder": ("text", "head")}[model.shape]

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        self.asked.append(f"{cell.task.name} {counts['train']} {device}")
        return {"seconds": 2.0, "memory_mib": 10}

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        together: dict[tuple[str, str, str], list[Cell]] = {}
        for cell in cells:
            together.setdefault((cell.task.name, cell.model.name, cell.method), []).append(cell)
        return together.values()

    def fit(self, jobs: Any) -> Any:
        raise AssertionError("a plan trains nothing")

    def load(self, cell: Cell, folder: Any, context: Any) -> Any:
        raise AssertionError("a plan loads nothing")


class MadeFloor(MadeBackend):
    """`floor`: deterministic, without heads, reads one option, fits as `full` only."""

    def __init__(self) -> None:
        super().__init__("floor", fields=(Option("smoothing", "float", 1.0),))

    def models(self) -> Iterable[ModelSpec]:
        return [ModelSpec("floor", "majority", None, "none", deterministic=True)]

    def options(self, model: ModelSpec) -> Sequence[Option]:
        return self.fields

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return None

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return ()

    def refuse(self, cell: Cell) -> str | None:
        return None if cell.method == "full" else "a baseline fits as full only"


@dataclass(frozen=True)
class MadeMethod:
    name: str = "lora"
    result_version: int = 1
    options: tuple[Option, ...] = (Option("r", "int", 8), Option("bias", "bool", False, False))
    defaults: Mapping[str, Any] = field(default_factory=lambda: {"lr": 1e-2})

    def refuse(self, model: ModelSpec, route: str, options: Json) -> str | None:
        return "lora finds no matrix in majority" if model.name == "majority" else None


class MadeReader:
    name = "jsonl"
    result_version = 1

    def rows(self, ref: Any, split: str, root: Any, offline: bool) -> Any:
        raise AssertionError("a plan reads nothing")

    def stamp(self, ref: Any, root: Any) -> None:
        return None


class MadeMetric:
    name = "accuracy"
    result_version = 1
    higher_is_better = True
    bounds = (0.0, 1.0)
    options: tuple[Option, ...] = ()

    def bind(self, parameters: Json) -> MadeMetric:
        return self

    def signature(self, task: TaskSpec) -> str:
        return "accuracy"

    statistics = score = direct = lambda self, *arguments: 0.0


HEADS = (
    Part(
        "head",
        "label",
        "m:a",
        1,
        (),
        {"task_type": "classification", "shapes": ["encoder", "decoder"], "routes": ["head"]},
    ),
    Part(
        "head",
        "label-text",
        "m:a",
        2,
        (),
        {"task_type": "classification", "shapes": ["encoder-decoder"], "routes": ["text"]},
    ),
)
TECHNIQUES = (
    Part("technique", "fgm", "m:a", 1, (Option("epsilon", "float", 1.0),)),
    Part("technique", "ema", "m:a", 1, (Option("decay", "float", 0.999),)),
)
RECIPES = (
    Recipe("default", {"max_examples_seen": 300_000}),
    Recipe("quick", {"max_examples_seen": 6_000, "num_beams": 1}),
    Recipe("full", {}),
    Recipe("adversarial", {"techniques": ["fgm"], "fgm.epsilon": 0.5}),
    Recipe("mistaken", {"lrate": 1.0}, origin="mistaken.toml"),
)
TASKS = (made_task("tnews"), made_task("other"), made_task("chat", type="text-to-text", inputs=("source",), labels=()))


class MadeFacts:
    """What a plan must know of a task's data."""

    def __init__(self, task: TaskSpec, read: list[str]) -> None:
        read.append(task.name)
        self.fingerprints = {"train": f"{task.name}-1", "validation": "beef", "test": "f00d"}
        self.counts: Json = {"train": 100, "validation": 10, "test": 10, "mean_tokens": 9.0}
        self.source: Json = {"reader": "jsonl"}


def made_catalog(backend: MadeBackend | None = None, **hooks: Any) -> Catalog:
    made = {
        "xbench_backends": lambda: [backend or MadeBackend(), MadeFloor()],
        "xbench_methods": lambda: [*methods.xbench_methods(), MadeMethod()],
        "xbench_tasktypes": tasktypes.xbench_tasktypes,
        "xbench_readers": lambda: [MadeReader()],
        "xbench_metrics": lambda: [MadeMetric()],
        "xbench_parts": lambda: [*HEADS, *TECHNIQUES],
        "xbench_recipes": lambda: list(RECIPES),
        "xbench_tasks": lambda: list(TASKS),
    }
    return Catalog([Plugin("made", "made_catalog", hooks={**made, **hooks})])
