"""The built-in task types. They are registered by entry point, like any other.

classification   text[, text_pair] -> label
tagging          tokens -> tags (BIO over the task's labels)
text-to-text     source -> target
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import pluggy

from xbench.abilities import Column, Reading
from xbench.errors import UserError
from xbench.names import label_text
from xbench.owndata import recognition
from xbench.protocols import TaskType
from xbench.specs import Example, Json, Prediction, TaskSpec

hookimpl = pluggy.HookimplMarker("xbench")

UNSPACED = frozenset({"zh", "ja", "th"})
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_CHARACTER = re.compile(r"\S")
_WORD = re.compile(rf"[{_IDEOGRAPH}]|(?:(?![{_IDEOGRAPH}])\w)+(?:-(?:(?![{_IDEOGRAPH}])\w)+|[.,]\d+)*|['’]\w+|[^\w\s]")


_SHOWN = 5  # labels that an error names


def _listed(labels: Sequence[str]) -> str:
    """`2 labels: good, bad`, with the first few of many."""
    more = ", ..." if len(labels) > _SHOWN else ""
    return f"{len(labels)} labels: {', '.join(map(label_text, labels[:_SHOWN]))}{more}"


def bio_tags(labels: Iterable[str]) -> tuple[str, ...]:
    """The tag set of a tagging task: ("O", "B-x", "I-x", ...) in the order of its labels."""
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def entities(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """(type, first, last token) of each B- and the I- of its type that follow: what strict entity F1 counts."""
    found: list[tuple[str, int, int]] = []
    for index, tag in enumerate(tags):
        if tag.startswith("B-"):
            found.append((tag[2:], index, index))
        elif tag.startswith("I-") and found and found[-1][2] == index - 1 and found[-1][0] == tag[2:]:
            found[-1] = (found[-1][0], found[-1][1], index)
    return found


def unspaced(language: Iterable[str]) -> bool:
    """Whether all of these languages are written without spaces between words."""
    codes = {code.partition("-")[0] for code in language}
    return bool(codes) and codes <= UNSPACED


def words(text: str, language: Iterable[str]) -> list[tuple[str, int]]:
    """Tokens of a text as tagging data sets have them, with the character where each begins.

    Every character that is no space in a language without spaces; else words, numbers and single other characters, and
    an ideograph is a word.
    """
    pattern = _CHARACTER if unspaced(language) else _WORD
    return [(found.group(), found.start()) for found in pattern.finditer(text)]


def _typed(given: Json, name: str) -> str:
    """A text that is one. Raises UserError, the field named."""
    value = given[name]
    if not isinstance(value, str):
        raise UserError(f"field {name}: expected text, found {type(value).__name__}")
    if not value.strip():
        raise UserError(f"field {name}: empty text")
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise UserError(f"field {name}: lone surrogates are no text") from problem
    return value


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
        if label in (None, "") or label != label:  # the last: what is not a number
            return "field label: it is empty"
        if label not in task.labels:
            return f"field label: {label!r} is none of the task's {_listed(task.labels)}"
        return None

    def check_prediction(self, prediction: Prediction, task: TaskSpec) -> str | None:
        label = prediction.get("prediction")
        return None if isinstance(label, str) else f"prediction: expected a label, found {type(label).__name__}"

    def recognise(self, columns: Sequence[Column]) -> Iterable[Reading]:
        return recognition.classification(columns)

    def read(self, given: Json, task: TaskSpec) -> Json:
        return {name: _typed(given, name) for name in task.inputs}

    def answer(self, example: Example, prediction: Prediction, task: TaskSpec) -> Json:
        """score, scores: the label's probability, and every label's, best first; none where the model gives none."""
        scores = prediction.get("scores")
        if not scores:
            return {}
        ordered = sorted(scores.items(), key=lambda item: -item[1])
        return {"score": scores.get(prediction["prediction"]), "scores": dict(ordered)}

    def line(self, answer: Json) -> str:
        label, scores = answer["prediction"], answer.get("scores", {})
        if answer.get("score") is None:
            return str(label)
        others = (f"{name} {score:.3f}" for name, score in scores.items() if name != label)
        second = next(others, None)
        return f"{label}  {answer['score']:.3f}" + (f"  (next: {second})" if second else "")


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

    def recognise(self, columns: Sequence[Column]) -> Iterable[Reading]:
        return recognition.tagging(columns)

    def read(self, given: Json, task: TaskSpec) -> Json:
        """Tokens, or a text that is split as `words` does."""
        (name,) = task.inputs
        value = given[name]
        if isinstance(value, str):
            return {name: [word for word, _ in words(_typed(given, name), task.language)], "_text": value}
        if not isinstance(value, (list, tuple)) or not value or not all(isinstance(t, str) and t for t in value):
            raise UserError(f"field {name}: expected a text, or a non-empty list of non-empty strings")
        return {name: list(value), "_text": ("" if unspaced(task.language) else " ").join(value)}

    def answer(self, example: Example, prediction: Prediction, task: TaskSpec) -> Json:
        """text, tokens, and spans: type, text, start, end (characters of the text, end exclusive), score where given.

        Tokens that were given as such are joined to a text. A span's score is the mean of its tokens'. Only what counts
        in the score is a span: a B- and its I- tags.
        """
        tokens, whole = example[task.inputs[0]], example["_text"]
        places, at = [], 0
        for token in tokens:
            start = whole.index(token, at)
            at = start + len(token)
            places.append((start, at))
        spans = []
        for kind, first, last in entities(prediction["prediction"]):
            start, end = places[first][0], places[last][1]
            span: dict[str, Any] = {"type": kind, "text": whole[start:end], "start": start, "end": end}
            if prediction.get("scores"):
                span["score"] = fmean(prediction["scores"][first : last + 1])
            spans.append(span)
        return {"text": whole, "tokens": list(tokens), "spans": spans}

    def line(self, answer: Json) -> str:
        told = []
        for span in answer["spans"]:
            score = f" {span['score']:.3f}" if "score" in span else ""
            told.append(f"{span['type']} {span['text']!r} {span['start']}-{span['end']}{score}")
        return "; ".join(told) or "no spans"

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

    def recognise(self, columns: Sequence[Column]) -> Iterable[Reading]:
        return recognition.text_to_text(columns)

    def read(self, given: Json, task: TaskSpec) -> Json:
        return {name: _typed(given, name) for name in task.inputs}

    def answer(self, example: Example, prediction: Prediction, task: TaskSpec) -> Json:
        return {}

    def line(self, answer: Json) -> str:
        return " ".join(str(answer["prediction"]).split())


@hookimpl
def xbench_tasktypes() -> Iterable[TaskType]:
    return (Classification(), Tagging(), TextToText())
