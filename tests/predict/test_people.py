"""Task types that answer a person: texts to tokens, tags to spans, probabilities in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xbench.errors import UserError
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
