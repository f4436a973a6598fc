"""What plugins declare, and what the core hands them. Nothing here has behaviour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from xbench.errors import CellError
from xbench.records import Board, Event, Unit
from xbench.specs import Cell, DatasetRef, Example, Json, ModelSpec, Option, Prediction, TaskSpec


class Declared(Protocol):
    """`result_version` rises when, and only when, the same input may give another result."""

    @property
    def name(self) -> str: ...
    @property
    def result_version(self) -> int: ...


class TaskType(Declared, Protocol):
    """The shape of a problem: what an example and a prediction are. A plugin adds one without an edit of the core."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Input field -> kind ("text", "tokens", ...)."""

    @property
    def targets(self) -> Mapping[str, str]:
        """Target field -> kind ("label", "tags", "text", ...). Stratification looks for the kind "label"."""

    def check(self, example: Example, task: TaskSpec) -> str | None:
        """Why this example is malformed (the field named), or None."""

    def check_prediction(self, prediction: Prediction, task: TaskSpec) -> str | None:
        """Why this prediction is malformed, or None."""


class Reader(Declared, Protocol):
    """Yields rows under the task type's field names (`ref.columns` applied).

    A row may carry "_at" ("file:line") for error messages and "_repaired" (a count); the core takes both off.
    """

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        """Streamed. A malformed row raises UserError with file, line and field; absent data raises MissingData."""

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        """Cheap token (revision; path, size and mtime) under which a content fingerprint may be cached."""


class Rows(Protocol):
    """Validated examples of one split, in order, re-iterable."""

    @property
    def fingerprint(self) -> str: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Example]: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a family of backends consumes and the core only passes through.

    kind: "head", "technique", ...; its interface is set by its consumer.
    """

    kind: str
    name: str
    target: str  # "module:attribute", loaded when used
    result_version: int = 1
    options: tuple[Option, ...] = ()
    serves: Json = field(default_factory=dict)  # a head: {"task_type": ..., "shapes": [...], "routes": [...]}


class Context(Protocol):
    """What a running cell may reach, so that no plugin imports the catalog or the store."""

    @property
    def device(self) -> str: ...
    @property
    def offline(self) -> bool: ...
    def declared(self, kind: str, name: str) -> Any:
        """kind: "tasktype", "method", "metric", "reader", "backend"."""

    def parts(self, kind: str) -> Sequence[Part]: ...


@dataclass(frozen=True)
class Job:
    """One cell, ready to train. The test split is not reachable from here."""

    cell: Cell
    train: Rows
    validation: Rows
    context: Context
    # Main metric on the whole validation split, in order; larger is always better (negated where the metric falls).
    # Never called where validation is empty: the last state stands.
    select: Callable[[Sequence[Prediction]], float]
    observe: Callable[[int, Mapping[str, float]], None]  # step, values; raises Cancelled


class Learner(Protocol):
    """A fitted cell."""

    @property
    def cost(self) -> Json:
        """train_seconds, steps, train_examples_per_second, total_params, trainable_params, peak_memory_mib, ..."""

    @property
    def counts(self) -> Json:
        """truncated, unknown_tokens (a share), generation_cut (a share), ... as they stand after the last predict."""

    @property
    def flags(self) -> Sequence[str]:
        """What makes this cell's number doubtful: "untrained-head", "missing-prefix", ..."""

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        """In order."""

    def save(self, folder: Path) -> None:
        """What `Backend.load` reads, into a folder that is there and empty."""


class Backend(Declared, Protocol):
    """A family of models that fits and predicts."""

    def models(self) -> Iterable[ModelSpec]:
        """Named models; imports nothing heavy."""

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        """A name that nobody declared: a hub id or a folder."""

    def options(self, model: ModelSpec) -> Sequence[Option]:
        """Recipe and model options that this model reads; others never enter its cells' keys."""

    def refuse(self, cell: Cell) -> str | None:
        """Why the cell cannot run, from specs alone (shown by --dry-run)."""

    def routes(self, model: ModelSpec) -> Sequence[str]:
        """In order of preference; `auto` is the first that some head serves. Empty: no heads, the route is ""."""

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        """{"seconds", "memory_mib"}, rough; counts: train, validation, test, mean_tokens."""

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        """Cells that fit() trains together; default: one each."""

    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, Learner | CellError]]:
        """Train one group; yield each cell as it ends; one failure leaves the others. Frameworks are imported here."""

    def load(self, cell: Cell, folder: Path, context: Context) -> Learner:
        """What Learner.save wrote."""


class Method(Declared, Protocol):
    """What of the model is trained."""

    @property
    def options(self) -> Sequence[Option]: ...
    @property
    def defaults(self) -> Json:
        """Recipe fields that this method moves from the backend's default: {"lr": 3e-4}."""

    def refuse(self, model: ModelSpec, route: str, options: Json) -> str | None: ...


class Metric(Declared, Protocol):
    """Additive where it can be, so that every resample and every jackknife costs one product."""

    @property
    def higher_is_better(self) -> bool: ...
    @property
    def bounds(self) -> tuple[float, float] | None:
        """The scale of the score: (0, 1), (0, 100), or None."""

    @property
    def options(self) -> Sequence[Option]:
        """Typed parameters: `bleu(tokenize=zh)`."""

    def bind(self, parameters: Json) -> Metric:
        """The same metric with these (checked) parameters."""

    def signature(self, task: TaskSpec) -> str:
        """The exact variant: library, version, tokeniser, options."""

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        """float64 array (n, k) whose sum over examples determines the score; None where there is none (Spearman)."""

    def score(self, sums: Any) -> Any:
        """(..., k) -> (...)."""

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        """The reference implementation's own number; equals score(statistics.sum(0))."""


class Renderer(Protocol):
    """Draws a board in one format."""

    @property
    def name(self) -> str:
        """The format and file ending: "csv", "md", "html"."""

    def render(self, board: Board) -> bytes: ...


class Executor(Protocol):
    """Carries only: retry, ungrouping and publishing stand once, in driver.py."""

    @property
    def name(self) -> str: ...
    def free(self) -> int: ...
    def submit(self, unit: Unit) -> None: ...
    def poll(self, timeout: float) -> Iterator[Event]:
        """Exactly one of done, failed, lost for each unit."""

    def cancel(self, unit: str) -> None: ...
    def close(self) -> None: ...
