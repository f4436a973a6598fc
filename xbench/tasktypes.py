"""The built-in task types. They are registered by entry point, like any other.

classification   text[, text_pair] -> label
tagging          tokens -> tags (BIO over the task's labels)
text-to-text     source -> target
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pluggy

from xbench.protocols import TaskType
from xbench.specs import Example, Prediction, TaskSpec

hookimpl = pluggy.HookimplMarker("xbench")


def bio_tags(labels: Iterable[str]) -> tuple[str, ...]:
    """The tag set of a tagging task: ("O", "B-x", "I-x", ...) in the order of its labels."""
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def _text_problem(example: Example, fields: Iterable[str]) -> str | None:
    for name in fields:
        value = example.get(name)
        if not isinstance(value, str):
            return f"field {name}: expected text, found {type(value).__name__}"
        if not value.strip():
            return f"field {name}: empty text"
    return None


@dataclass(frozen=True, slots=True)
class Classification:
    """One label for one or two texts."""

    name: str = "classification"
    result_version: int = 1

    @property
    def fields(self) -> Mapping[str, str]:
        return {"text": "text", "text_pair": "text"}

    @property
    def targets(self) -> Mapping[str, str]:
        return {"label": "label"}

    def check(self, example: Example, task: TaskSpec) -> str | None:
        problem = _text_problem(example, task.inputs)
        if problem:
            return problem
        label = example.get("label")
        if label not in task.labels:
            return f"field label: {label!r} is none of the task's {len(task.labels)} labels"
        return None

    def check_prediction(self, prediction: Prediction, task: TaskSpec) -> str | None:
        label = prediction.get("prediction")
        return None if isinstance(label, str) else f"prediction: expected a label, found {type(label).__name__}"


@dataclass(frozen=True, slots=True)
class Tagging:
    """One BIO tag for each token (a word, or a character in Chinese)."""

    name: str = "tagging"
    result_version: int = 1

    @property
    def fields(self) -> Mapping[str, str]:
        return {"tokens": "tokens"}

    @property
    def targets(self) -> Mapping[str, str]:
        return {"tags": "tags"}

    def check(self, example: Example, task: TaskSpec) -> str | None:
        tokens, tags = example.get("tokens"), example.get("tags")
        if not isinstance(tokens, (list, tuple)) or not tokens or not all(isinstance(t, str) and t for t in tokens):
            return "field tokens: expected a non-empty list of non-empty strings"
        return self._tags_problem("field tags", tags, len(tokens), task)

    def check_prediction(self, prediction: Prediction, task: TaskSpec) -> str | None:
        tags = prediction.get("prediction")
        return self._tags_problem("prediction", tags, None, task)

    @staticmethod
    def _tags_problem(where: str, tags: object, length: int | None, task: TaskSpec) -> str | None:
        if not isinstance(tags, (list, tuple)):
            return f"{where}: expected a list of tags, found {type(tags).__name__}"
        if length is not None and len(tags) != length:
            return f"{where}: {len(tags)} tags for {length} tokens"
        known = set(bio_tags(task.labels))
        unknown = next((tag for tag in tags if tag not in known), None)
        return None if unknown is None else f"{where}: unknown tag {unknown!r}"


@dataclass(frozen=True, slots=True)
class TextToText:
    """A text for a text: translation, summarisation, dialogue."""

    name: str = "text-to-text"
    result_version: int = 1

    @property
    def fields(self) -> Mapping[str, str]:
        return {"source": "text"}

    @property
    def targets(self) -> Mapping[str, str]:
        return {"target": "text"}

    def check(self, example: Example, task: TaskSpec) -> str | None:
        return _text_problem(example, (*task.inputs, "target"))

    def check_prediction(self, prediction: Prediction, task: TaskSpec) -> str | None:
        text = prediction.get("prediction")
        return None if isinstance(text, str) else f"prediction: expected text, found {type(text).__name__}"


@hookimpl
def xbench_tasktypes() -> Iterable[TaskType]:
    return (Classification(), Tagging(), TextToText())
