"""All hooks, by life cycle. A plugin is a module (or object) whose functions bear these names and `@hookimpl`.

Declaring hooks return values and never call back; observing hooks return nothing.
Register the module under `[project.entry-points.xbench]`, as the built-ins do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from typing import Any

import pluggy

from xbench.protocols import Backend, Method, Metric, Part, Reader, Renderer, TaskType
from xbench.records import Record
from xbench.specs import Cell, TaskSpec

PROJECT = "xbench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

# --- collect: asked once, when the catalog loads ------------------------------------------------------------------


@hookspec
def xbench_tasktypes() -> Iterable[TaskType]:  # type: ignore[empty-body]
    """Task types: what an example and a prediction are."""


@hookspec
def xbench_tasks() -> Iterable[TaskSpec | Traversable]:  # type: ignore[empty-body]
    """Tasks, as specs or as TOML cards (the core parses them)."""


@hookspec
def xbench_readers() -> Iterable[Reader]:  # type: ignore[empty-body]
    """Readers: where rows come from."""


@hookspec
def xbench_backends() -> Iterable[Backend]:  # type: ignore[empty-body]
    """Families of models that fit and predict."""


@hookspec
def xbench_methods() -> Iterable[Method]:  # type: ignore[empty-body]
    """What of a model is trained."""


@hookspec
def xbench_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Scores over the field's reference implementations."""


@hookspec
def xbench_parts() -> Iterable[Part]:  # type: ignore[empty-body]
    """Heads, techniques, ...: consumed by a family of backends, passed through by the core."""


@hookspec
def xbench_recipes() -> Iterable[Traversable]:  # type: ignore[empty-body]
    """TOML files of values for declared options; the file's stem is the recipe's name."""


@hookspec
def xbench_renderers() -> Iterable[Renderer]:  # type: ignore[empty-body]
    """Formats that a board can be drawn in."""


# --- observe: each plugin has a thread of its own; a slow one loses progress events and never slows a run ----------


@hookspec
def xbench_run_started(plan: Any) -> None:
    """Once, before the first cell. plan: `xbench.plan.Plan`."""


@hookspec
def xbench_cell_started(cell: Cell) -> None:
    """A worker took up this cell."""


@hookspec
def xbench_cell_progress(cell: Cell, step: int, values: Mapping[str, float]) -> None:
    """Now and then while it trains; may be dropped. values: loss, lr, validation score, ..."""


@hookspec
def xbench_cell_finished(record: Record) -> None:
    """The cell's record is published."""


@hookspec
def xbench_run_finished(summary: Mapping[str, Any]) -> None:
    """Once, at the end: counts of ok, failed, skipped, done before."""
