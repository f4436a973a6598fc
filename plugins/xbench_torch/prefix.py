"""The text that a family of checkpoints was trained to find before a task's source ("summarize: ")."""

from __future__ import annotations

from xbench.specs import Example, ModelSpec, TaskSpec


def prefix_of(task: TaskSpec, model: ModelSpec, route: str) -> str:
    """Only the text route has one: a head reads the source as it stands."""
    return task.prefixes.get(model.family, "") if route == "text" else ""


def with_prefix(example: Example, task: TaskSpec, prefix: str) -> Example:
    """The example with `prefix` before its first input."""
    if not prefix:
        return example
    field = task.inputs[0]
    return {**example, field: prefix + example[field]}
