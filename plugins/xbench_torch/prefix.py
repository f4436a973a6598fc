"""The text that a family of checkpoints was trained to find before a task's source ("summarize: ")."""

from __future__ import annotations

from xbench.specs import Example, ModelSpec, TaskSpec

PREFIX = "_prefix"


def prefix_of(task: TaskSpec, model: ModelSpec, route: str) -> str:
    """Only the text route has one: a head reads the source as it stands."""
    return task.prefixes.get(model.family, "") if route == "text" else ""


def with_prefix(example: Example, prefix: str) -> Example:
    """The example with `prefix` beside its fields: a text head sets it before all that it makes of them."""
    return {**example, PREFIX: prefix} if prefix else example
