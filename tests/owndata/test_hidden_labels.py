"""Test files whose labels are hidden, as benchmarks publish them: left out, and dev is the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_files import csv_text, look, splits, write

from xbench.errors import UserError
from xbench.owndata.looking import Found

Row = dict[str, object]


def rows(number: int, name: str = "row") -> list[Row]:
    return [
        {"sentence1": f"some words of {name} {n}", "sentence2": f"and of {name} {n}", "label": f"{n % 2}"}
        for n in range(number)
    ]


def lines(given: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in given)


def folder(place: Path, test: list[Row]) -> Found:
    for name, given in {"train": rows(40), "dev": rows(12, "dev"), "test": test}.items():
        write(place / f"{name}.json", lines(given))
    return look(place)


def without(*names: str) -> list[Row]:
    return [{"id": n, **{name: row[name] for name in row if name not in names}} for n, row in enumerate(rows(9, "t"))]


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (without("label"), "it has no 'label'"),
        ([{**row, "label": None} for row in rows(9, "t")], "its 'label' is empty"),
        ([{**row, "label": -1} for row in rows(9, "t")], "its 'label' is always '-1'"),
    ],
)
def test_a_test_file_without_labels_is_left_out(tmp_path: Path, test: list[Row], why: str) -> None:
    found = folder(tmp_path / "pairs", test)
    assert f"test.json left out: {why}); 52 rows, dev.json serves as test, 10 % of train drawn" in found.told[0]
    assert found.task.data.columns == {"text": "sentence1", "text_pair": "sentence2", "label": "label"}
    assert found.task.labels == ("0", "1")
    parts = splits(found, tmp_path / "cache")
    assert {split: len(examples) for split, examples in parts.items()} == {"train": 36, "validation": 4, "test": 12}
    assert all("dev" in example["text"] for example in parts["test"])


def test_it_is_not_the_label_that_another_column_would_give(tmp_path: Path) -> None:
    """As in TNEWS, whose test file holds the sentence and a few keywords."""
    both = [{"label": f"{n % 2}", "sentence": f"words of {n}", "keywords": "ab"[n % 3 == 0]} for n in range(60)]
    write(tmp_path / "news" / "train.json", lines(both))
    write(tmp_path / "news" / "test.json", lines([{k: row[k] for k in ("sentence", "keywords")} for row in both[:9]]))
    found = look(tmp_path / "news")
    assert found.task.data.columns == {"text": "sentence", "label": "label"}
    assert found.task.data.splits == {"train": "train.json"}


@pytest.mark.parametrize(
    ("name", "train", "test"),
    [
        ("csv", csv_text(), "text\nwords of a test\nand others\n"),
        (
            "json",
            lines([{"text": "in Rome", "label": {"place": {"Rome": [[3, 6]]}}} for _ in range(20)]),
            lines([{"id": n, "text": "to Rome"} for n in range(5)]),
        ),
    ],
)
def test_in_tables_and_spans_too(tmp_path: Path, name: str, train: str, test: str) -> None:
    write(tmp_path / "own" / f"train.{name}", train)
    write(tmp_path / "own" / f"test.{name}", test)
    found = look(tmp_path / "own")
    assert f"test.{name} left out: it has no 'label'" in found.told[0]
    assert found.task.data.splits == {"train": f"train.{name}"}


def test_a_test_file_without_an_input_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"test\.json has no column 'sentence2'"):
        folder(tmp_path / "pairs", without("sentence2"))


def test_a_label_more_in_test_is_no_placeholder(tmp_path: Path) -> None:
    found = folder(tmp_path / "pairs", [*rows(8, "t"), {**rows(1, "t9")[0], "label": "2"}])
    assert found.task.labels == ("0", "1", "2")
    assert "left out" not in found.told[0]


def test_class_names_that_datasets_keeps_are_hidden_by_minus_one(tmp_path: Path) -> None:
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    kinds = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})

    def part(name: str, labels: list[int]) -> Dataset:
        texts = [f"some words of {name} {n}" for n in range(len(labels))]
        return Dataset.from_dict({"text": texts, "label": labels}, features=kinds)

    DatasetDict(train=part("train", [0, 1] * 20), test=part("test", [-1] * 9)).save_to_disk(str(tmp_path / "saved"))
    found = look(tmp_path / "saved")
    assert "test left out: its 'label' is empty); 40 rows, divided 80/10/10" in found.told[0]
    assert found.task.labels == ("bad", "good")
