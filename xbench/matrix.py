"""What was asked for, and which tasks and models its names stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.names import split_method
from xbench.protocols import Backend
from xbench.specs import Json, ModelSpec, TaskSpec


@dataclass(frozen=True, slots=True)
class Matrix:
    """What was asked for.

    Args:
        models: names; `name+method` is that model with that method alone.
        sets: `--set` keys and values, texts or typed.
        seeds: their number: 0, 1, ...
        route: "auto", "head" or "text".
    """

    models: tuple[str, ...]
    tasks: tuple[str, ...]
    methods: tuple[str, ...] = ("full",)
    recipe: str = "default"
    sets: Json = field(default_factory=dict)
    seeds: int = 3
    limit_train: int | None = None
    limit_eval: int | None = None
    route: str = "auto"
    device: str = "auto"
    offline: bool = False


def tasks_of(matrix: Matrix, catalog: Catalog) -> list[TaskSpec]:
    """Each task once, in the order of asking. Raises UserError where two of them have one name."""
    found: dict[str, TaskSpec] = {}
    for text in matrix.tasks:
        for task in catalog.tasks_named(text):
            if found.setdefault(task.name, task) != task:
                raise UserError(
                    f"two tasks of the name {task.name!r}", "run them one by one, or name one: -t NAME=FILE"
                )
    return list(found.values())


def pairs_of(matrix: Matrix, catalog: Catalog) -> Iterator[tuple[Backend, ModelSpec, str]]:
    """Each model with each of its methods, once. Raises UserError where two models have one name."""
    seen: set[tuple[str, str]] = set()
    named: dict[str, tuple[str, str | None]] = {}
    for text in matrix.models:
        name, method = split_method(text, catalog.names("method"))
        backend, model = catalog.model(name, matrix.offline)
        if named.setdefault(model.name, (backend.name, model.revision)) != (backend.name, model.revision):
            raise UserError(f"two models of the name {model.name!r}", "tell them apart: -m LABEL=FOLDER")
        for chosen in matrix.methods if method is None else (method,):
            if (name, chosen) not in seen:
                seen.add((name, chosen))
                yield backend, model, chosen
