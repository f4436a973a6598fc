"""Which columns are taken for which fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from xbench.abilities import Column, Reading
from xbench.errors import UserError
from xbench.owndata.languages import language_of
from xbench.owndata.recognition import in_order
from xbench.owndata.summaries import summarise
from xbench.tasktypes import Classification, Tagging, TextToText

TEXT = [f"some words of row {number} that differ" for number in range(100)]
OTHER = [f"and other words, {number} of them" for number in range(100)]
FEW = ["yes" if number % 3 else "no" for number in range(100)]
PATHS = [f"shop.{number}.clean/train.txt" for number in range(100)]
CHINESE = [f"第{number}家店的菜很好吃" for number in range(100)]
NUMBERS = [str(number) for number in range(100)]
SCORES = [f"{number / 7:.2f}" for number in range(100)]
LETTERS = ["ABCD"[number % 4] for number in range(100)]


def columns(**values: Sequence[object]) -> list[Column]:
    rows = ({name: column[row] for name, column in values.items()} for row in range(100))
    found, seen = summarise(values, {"train": rows})
    assert seen == {"train": 100}
    return found


def best(readings: Iterable[Reading]) -> list[tuple[int, dict[str, str]]]:
    """The readings that are taken unless a person says otherwise."""
    return [(reading.sure, dict(reading.fields)) for reading in readings if reading.sure]


@pytest.mark.parametrize(
    ("given", "fields", "sure"),
    [
        ({"text": TEXT, "label": FEW}, {"text": "text", "label": "label"}, 3),
        ({"Label": FEW, "Review Text": TEXT}, {"text": "Review Text", "label": "Label"}, 2),
        ({"标签": FEW, "内容": TEXT}, {"text": "内容", "label": "标签"}, 3),
        ({"类别": FEW, "文本": TEXT, "编号": NUMBERS}, {"text": "文本", "label": "类别"}, 3),
        (
            {"sentence1": TEXT, "sentence2": OTHER, "label": FEW},
            {"text": "sentence1", "text_pair": "sentence2", "label": "label"},
            3,
        ),
        ({"a": TEXT, "b": OTHER, "c": FEW}, {"text": "a", "text_pair": "b", "label": "c"}, 1),
        ({"title": OTHER, "text": TEXT, "label": FEW, "date": OTHER}, {"text": "text", "label": "label"}, 3),
        ({"id": FEW, "msg": TEXT, "stars": [str(n % 5 + 1) for n in range(100)]}, {"text": "msg", "label": "stars"}, 2),
        ({"userId": FEW, "msg": TEXT, "kind": FEW}, {"text": "msg", "label": "kind"}, 1),
        ({"ref": PATHS, "worte": TEXT, "kind": FEW}, {"text": "worte", "label": "kind"}, 1),
        ({"店名": CHINESE, "kind": FEW}, {"text": "店名", "label": "kind"}, 1),
        (
            {"query": TEXT, "title": OTHER, "label": FEW},
            {"text": "query", "text_pair": "title", "label": "label"},
            3,
        ),
        ({"title": OTHER, "review": TEXT, "topic": FEW}, {"text": "review", "label": "topic"}, 3),
        ({"text": TEXT, "label": FEW, "sentiment": FEW[::-1]}, {"text": "text", "label": "label"}, 3),
        ({"text": TEXT, "split": FEW, "c": FEW[::-1]}, {"text": "text", "label": "c"}, 2),
        ({"text": TEXT, "age": [18 + n % 9 for n in range(100)], "c": FEW}, {"text": "text", "label": "c"}, 2),
        ({"text": TEXT, "spam": [number % 2 == 0 for number in range(100)]}, {"text": "text", "label": "spam"}, 2),
    ],
)
def test_a_label_and_its_texts(given: dict[str, Sequence[object]], fields: dict[str, str], sure: int) -> None:
    assert best(Classification().recognise(columns(**given))) == [(sure, fields)]
    assert best(TextToText().recognise(columns(**given))) == []


@pytest.mark.parametrize(
    "given",
    [
        {"text": TEXT, "age": [18 + number % 9 for number in range(100)]},
        {"text": TEXT, "split": FEW},
        {"name": PATHS, "label": FEW},
        {"abstract": TEXT, "keywords": [["a", "b"]] * 100, "label": FEW},  # the label is of both
        {"text": TEXT},
        {"id": NUMBERS, "label": FEW},
        {"a": NUMBERS, "b": FEW},
        {"Question": TEXT, "A": PATHS, "B": PATHS, "C": PATHS, "D": PATHS, "Answer": LETTERS},  # one of four choices
        {"question": TEXT, "choices": [["a", "b"]] * 100, "label": FEW},
        {"text": TEXT, "target": [{"from": 1, "to": 4}] * 100, "label": FEW},  # about a part of the text
    ],
)
def test_no_task_of_a_built_in_type(given: dict[str, Sequence[object]]) -> None:
    for tasktype in (Classification(), TextToText(), Tagging()):
        assert best(tasktype.recognise(columns(**given))) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": TEXT, "label": ["one"] * 100}, r"column 'label' has one value only, 'one': nothing to learn"),
        ({"text": TEXT, "label": [""] * 100}, r"column 'label' is empty"),
        ({"text": TEXT, "label": OTHER}, r"column 'label' holds 100 values in 100 rows: a label stands in several"),
        ({"text": TEXT, "labels": [["a", "b"]] * 100}, r"column 'labels' holds lists: several labels a row are not"),
        (
            {"sentence1": TEXT, "sentence2": OTHER, "score": SCORES},
            r"column 'score' holds decimals: a score is no label",
        ),
        ({"text": TEXT, "label": NUMBERS}, r"column 'label' holds nearly as many numbers as rows: .* not supported"),
        *(
            ({"text": TEXT, name: SCORES}, rf"column '{name}' holds decimals: a score is")
            for name in ("score", "label")
        ),
    ],
)
def test_what_is_meant_as_a_label_and_can_be_none(given: dict[str, Sequence[object]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        list(Classification().recognise(columns(**given)))
    for tasktype in (TextToText(), Tagging()):
        assert best(tasktype.recognise(columns(**given))) == []


def test_two_labels_and_two_texts_are_two_readings() -> None:
    given = columns(a=TEXT, b=OTHER, c=FEW, d=FEW[::-1])
    assert [sure for sure, _ in best(Classification().recognise(given))] == [1, 1]


@pytest.mark.parametrize(
    "given",
    [
        {"text": TEXT, "sentiment": FEW, "topic": FEW[::-1]},
        {"review": TEXT, "question": OTHER, "label": FEW},
    ],
)
def test_names_that_say_two_things_are_a_question(given: dict[str, Sequence[object]]) -> None:
    first, second, *_ = best(Classification().recognise(columns(**given)))
    assert first[0] == second[0]


@pytest.mark.parametrize(
    ("given", "sources"),
    [
        ({"instruction": OTHER, "input": TEXT, "output": CHINESE}, ["instruction", "input"]),
        ({"question": [OTHER[n % 9] for n in range(100)], "context": TEXT, "answer": CHINESE}, ["question", "context"]),
    ],
)
def test_two_sources_of_one_target_are_a_question(given: dict[str, Sequence[object]], sources: list[str]) -> None:
    assert [(sure, fields["source"]) for sure, fields in best(TextToText().recognise(columns(**given)))] == [
        (3, source) for source in sources
    ]
    assert best(Classification().recognise(columns(**given))) == []


def test_tags_that_are_no_bio_are_refused_by_their_column() -> None:
    tokens = [["Jo", f"{number}"] for number in range(100)]
    for tags in ([["B-PER", "E-PER"]] * 100, [[1, 2]] * 100):
        with pytest.raises(UserError, match=r"column 'ner_tags' holds lists that are no BIO tags"):
            list(Tagging().recognise(columns(tokens=tokens, ner_tags=tags)))


def test_of_two_nameless_texts_each_is_offered_alone() -> None:
    readings = list(Classification().recognise(columns(a=TEXT, b=OTHER, label=FEW)))
    assert [(reading.sure, sorted(reading.fields)) for reading in readings] == [
        (2, ["label", "text", "text_pair"]),
        (0, ["label", "text"]),
        (0, ["label", "text"]),
    ]


def test_the_text_that_is_much_longer_than_two_others() -> None:
    long = [text * 9 for text in TEXT]
    assert best(Classification().recognise(columns(a=TEXT, b=OTHER, c=long, label=FEW))) == [
        (2, {"text": "c", "label": "label"})
    ]


@pytest.mark.parametrize(
    ("given", "fields", "sure", "language", "metrics"),
    [
        ({"source": TEXT, "target": OTHER}, ("source", "target"), 3, (), ("bleu", "chrf")),
        ({"de": TEXT, "en": OTHER}, ("de", "en"), 3, ("de", "en"), ("bleu", "chrf")),
        ({"pair.en": TEXT, "pair.zh": OTHER}, ("pair.en", "pair.zh"), 3, ("en", "zh"), ("bleu(tokenize=zh)", "chrf")),
        ({"摘要": OTHER, "正文": TEXT}, ("正文", "摘要"), 3, (), ("bleu", "chrf")),
        (
            {"a": TEXT, "b": [OTHER[n % 50] for n in range(100)]},
            ("a", "b"),
            0,
            (),
            ("bleu", "chrf"),
        ),  # classes, perhaps
        ({"a": TEXT, "b": OTHER, "c": SCORES}, ("a", "b"), 0, (), ("bleu", "chrf")),  # how alike the two are
        ({"input": TEXT, "target": OTHER}, ("input", "target"), 3, (), ("bleu", "chrf")),
        ({"title": OTHER, "content": TEXT, "summary": OTHER}, ("content", "summary"), 3, (), ("bleu", "chrf")),
        ({"file": PATHS, "a": TEXT}, ("file", "a"), 0, (), ("bleu", "chrf")),
        ({"a": TEXT, "genres": PATHS}, ("a", "genres"), 0, (), ("bleu", "chrf")),
        ({"a": TEXT, "b": [text * 9 for text in TEXT]}, ("a", "b"), 0, (), ("bleu", "chrf")),  # the wrong way round
        ({"id": NUMBERS, "a": TEXT, "b": OTHER}, ("a", "b"), 1, (), ("bleu", "chrf")),
    ],
)
def test_a_text_into_a_text(
    given: dict[str, Sequence[object]],
    fields: tuple[str, str],
    sure: int,
    language: tuple[str, ...],
    metrics: tuple[str, ...],
) -> None:
    (reading,) = TextToText().recognise(columns(**given))
    assert reading.fields == dict(zip(("source", "target"), fields, strict=True))
    assert (reading.sure, reading.language, reading.metrics) == (sure, language, metrics)
    assert best(Classification().recognise(columns(**given))) == []


def test_tokens_and_tags() -> None:
    tokens = [["Jo", f"{number}", "sings"] for number in range(100)]
    tags = [["B-PER", "I-PER", "O"]] * 99 + [["B-LOC", "O", "O"]]
    (reading,) = Tagging().recognise(columns(id=NUMBERS, tokens=tokens, ner_tags=tags))
    assert reading.fields == {"tokens": "tokens", "tags": "ner_tags"}
    assert (reading.labels, reading.metrics, reading.sure) == (("LOC", "PER"), ("entity_f1",), 3)


def test_labels_are_in_the_order_of_numbers_where_all_are() -> None:
    assert in_order(["10", "9", "-1"]) == ("-1", "9", "10")
    assert in_order(["b", "10", "9"]) == ("10", "9", "b")


def test_what_a_column_holds() -> None:
    rows = [
        {"a": "x y", "b": 1, "c": 2.5, "d": ["p", "q"], "e": {"f": 1}, "g": "3"},
        {"a": "", "b": True, "c": 4, "g": "n/a"},
    ]
    found, seen = summarise("abcdeg", {"train": rows})
    told = {column.name: column for column in found}
    kinds = ("text", "number", "decimal", "texts", "other", "text")
    assert (seen, tuple(column.kind for column in found)) == ({"train": 2}, kinds)
    assert (told["a"].rows, told["a"].values, told["a"].length) == (1, {"x y": 1}, 3.0)
    assert told["b"].values == {"1": 1, "true": 1}
    assert (told["d"].values, told["d"].length) == ({"p": 1, "q": 1}, 2.0)


def test_very_many_values_are_not_counted() -> None:
    (column,), _ = summarise(["n"], {"train": ({"n": number} for number in range(2000))})
    assert (column.rows, column.values) == (2000, {})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("今天天气很好，我们去公园。", "zh"),
        ("iPhone 15 手机的屏幕很好", "zh"),
        ("今日はとても暑いですね", "ja"),
        ("오늘은 날씨가 좋습니다", "ko"),
        ("วันนี้อากาศดีมาก", "th"),
        ("The weather is fine and we go to the park.", "en"),
        ("Das Wetter ist heute schön, und wir gehen in den Park.", "und"),
        ("Сегодня хорошая погода", "und"),
        ("12 34 !!", "und"),
        ("", "und"),
    ],
)
def test_languages(text: str, code: str) -> None:
    assert language_of([text]) == code


def test_texts_among_other_things_are_no_texts() -> None:
    (column,), _ = summarise(["a"], {"train": [{"a": "one"}, {"a": {"b": 1}}]})
    assert column.kind == "other"
