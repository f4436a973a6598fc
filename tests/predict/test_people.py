"""Task types that answer a person: texts to tokens, tags to spans, probabilities in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from xbench.errors import CellError, PluginError, UserError
from xbench.predicting import Input, Trained
from xbench.protocols import TaskType
from xbench.specs import DatasetRef, TaskSpec
from xbench.tasktypes import Classification, Tagging, TextToText, entities, words

DATA = DatasetRef("memory", {}, {}, {})
TAGGED = TaskSpec("toy", 1, "tagging", DATA, ("tokens",), ("person", "place"), ("f1",), ("en",), "CC0-1.0", "")
LABELLED = replace(TAGGED, type="classification", inputs=("text",), labels=("a", "b", "c"))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Angela's e-mail cost $1,000.50.", "en", ["Angela", "'s", "e-mail", "cost", "$", "1,000.50", "."]),
        ("在 Berlin 住", "en", ["在", "Berlin", "住"]),
        ("李明 住 NYC", "zh", ["李", "明", "住", "N", "Y", "C"]),
        ("李明", "zh-CN", ["李", "明"]),
        ("Köln, São Paulo", "de", ["Köln", ",", "São", "Paulo"]),
    ],
)
def test_a_text_is_split_as_tagging_data_are(text: str, language: str, expected: list[str]) -> None:
    found = words(text, [language])
    assert [word for word, _ in found] == expected
    assert all(text[start : start + len(word)] == word for word, start in found)


def test_spans_are_what_strict_f1_counts() -> None:
    tags = ["I-a", "B-a", "I-a", "I-b", "B-b", "B-b", "O", "I-b"]
    assert entities(tags) == [("a", 1, 2), ("b", 4, 4), ("b", 5, 5)]


def test_spans_stand_where_they_stand_in_the_text() -> None:
    text = "Yes:  Jordan Lake met Jordan"
    example = Tagging().read({"tokens": text}, TAGGED)
    assert example["tokens"] == ["Yes", ":", "Jordan", "Lake", "met", "Jordan"]
    prediction = {
        "prediction": ["O", "O", "B-place", "I-place", "O", "B-person"],
        "scores": [0.9, 1, 0.5, 0.7, 1, 0.25],
    }
    answer = Tagging().answer(example, prediction, TAGGED)
    assert (answer["text"], answer["tokens"]) == (text, example["tokens"])
    assert answer["spans"] == [
        {"type": "place", "text": "Jordan Lake", "start": 6, "end": 17, "score": pytest.approx(0.6)},
        {"type": "person", "text": "Jordan", "start": 22, "end": 28, "score": 0.25},
    ]
    assert Tagging().line(answer) == "place 'Jordan Lake' 6-17 0.600; person 'Jordan' 22-28 0.250"
    bare = Tagging().answer(example, {"prediction": ["O"] * 5 + ["B-person"]}, TAGGED)
    assert Tagging().line(bare) == "person 'Jordan' 22-28"
    assert Tagging().line(Tagging().answer(example, {"prediction": ["O"] * 6}, TAGGED)) == "no spans"


@pytest.mark.parametrize(("language", "end"), [("en", 5), ("zh", 4)])
def test_tokens_are_joined_as_the_language_is_written(language: str, end: int) -> None:
    task = replace(TAGGED, language=(language,))
    example = Tagging().read({"tokens": ["ab", "cd"]}, task)
    (span,) = Tagging().answer(example, {"prediction": ["B-person", "I-person"]}, task)["spans"]
    assert (span["start"], span["end"]) == (0, end)


@pytest.mark.parametrize("value", [[], ["a", ""], ["a", 3], 7, None, "  "])
def test_what_is_no_tokens_is_refused(value: object) -> None:
    with pytest.raises(UserError, match="field tokens: "):
        Tagging().read({"tokens": value}, TAGGED)


def test_probabilities_come_best_first() -> None:
    prediction = {"prediction": "b", "scores": {"a": 0.1, "b": 0.6, "c": 0.3}}
    answer = Classification().answer({}, prediction, LABELLED)
    assert (answer["score"], list(answer["scores"])) == (0.6, ["b", "c", "a"])
    assert Classification().line({"prediction": "b", **answer}) == "b  0.600  (next: c 0.300)"
    assert Classification().answer({}, {"prediction": "b"}, LABELLED) == {}
    assert Classification().line({"prediction": "b"}) == "b"
    one = {"prediction": "b", "scores": {"b": 1.0}}
    assert Classification().line({**one, **Classification().answer({}, one, LABELLED)}) == "b  1.000"


def test_a_generated_text_is_one_line() -> None:
    assert TextToText().line({"prediction": "two\nlines "}) == "two lines"


# --- a task type that says nothing of people, and learners that break their word --------------------------------------


class Stars:
    """A task type of the least that there may be."""

    name, result_version = "stars", 1
    fields: Mapping[str, str] = {"text": "text"}
    targets: Mapping[str, str] = {"stars": "number"}

    def check(self, example: Any, task: TaskSpec) -> None:
        return None

    def check_prediction(self, prediction: Any, task: TaskSpec) -> str | None:
        return None if isinstance(prediction["prediction"], float) else "prediction: expected a number"


def trained(predict: Callable[[Iterable[Any]], Iterable[Any]]) -> Trained:
    task = replace(LABELLED, type="stars")
    record: Any = SimpleNamespace(cell=SimpleNamespace(task=task))
    learner: Any = SimpleNamespace(predict=predict, counts={})
    return Trained(record, Path(), cast(TaskType, Stars()), learner, "made")


ASKED = [Input("good", "line 1"), Input({"text": "bad", "id": "b"}, "line 2")]


def test_a_type_without_the_ability_gives_the_bare_prediction() -> None:
    model = trained(lambda examples: ({"id": one["id"], "prediction": float(len(one["text"]))} for one in examples))
    answers = list(model.predict(ASKED))
    assert answers == [{"text": "good", "prediction": 4.0}, {"text": "bad", "id": "b", "prediction": 3.0}]
    assert model.line(answers[0]) == "4.0"


@pytest.mark.parametrize(
    ("predict", "told"),
    [
        (lambda examples: [{"id": one["id"], "prediction": 1.0} for one in examples][:1], "1 answers short"),
        (lambda examples: [{"id": "x", "prediction": 1.0} for _ in examples], "something else than an answer to each"),
        (lambda examples: [{"id": one["id"], "prediction": "5"} for one in examples], "expected a number"),
        (
            lambda examples: [{"id": str(at), "prediction": 1.0} for at in range(len(list(examples)) + 1)],
            "something else",
        ),
    ],
)
def test_a_learner_that_breaks_its_word_is_named(predict: Any, told: str) -> None:
    with pytest.raises(PluginError, match=told):
        list(trained(predict).predict(ASKED))


def test_a_cells_own_failure_is_told_as_the_users() -> None:
    def predict(examples: Iterable[Any]) -> Iterable[Any]:
        list(examples)
        raise CellError("out_of_memory", "predict", "no room", "take a smaller batch")

    with pytest.raises(UserError, match=r"no room .take a smaller batch."):
        list(trained(predict).predict(ASKED))


def test_one_text_is_too_little_for_a_pair() -> None:
    model = trained(list)
    model.task = replace(model.task, inputs=("text", "text_pair"))
    with pytest.raises(
        UserError, match=r'line 1: a text alone is too little for toy .write {"text": "...", "text_pair"'
    ):
        list(model.predict(ASKED[:1]))
    with pytest.raises(UserError, match=r"line 2: no field text_pair: it has id .toy reads text, text_pair."):
        list(model.predict(ASKED[1:]))
