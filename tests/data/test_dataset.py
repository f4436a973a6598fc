"""From files to the splits that a cell sees."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import made_tasks
import pytest
from made_tasks import dataset

from xbench.data import Dataset
from xbench.errors import MissingData, UserError
from xbench.specs import DatasetRef, Json

COLUMNS = {"text": "text", "label": "label"}
CSV = made_tasks.ref("csv", COLUMNS, {"train": "train.csv", "test": "test.csv"}, 0.2)
JSONL = made_tasks.ref("jsonl", COLUMNS, {"train": "train.jsonl", "test": "test.jsonl"}, 0.2)
TRAIN = [(f"text {number}, with a comma", "ab"[number >= 80]) for number in range(100)]  # sorted by class
TEST = [("Text 3,  with A comma", "a"), ("unseen", "b"), ("text 3, with a comma", "b")]


def write(root: Path, rows: dict[str, list[tuple[str, str]]], ending: str) -> None:
    folder = root / "made"
    folder.mkdir(parents=True, exist_ok=True)
    for split, pairs in rows.items():
        if ending == "csv":
            lines = ["text,label", *(f'"{text}",{label}' for text, label in pairs)]
        else:
            lines = [json.dumps({"label": label, "spare": 1, "text": text}) for text, label in pairs]
        (folder / f"{split}.{ending}").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, {"train": TRAIN, "test": TEST}, "csv")
    return tmp_path


def test_a_share_of_train_is_carved_by_label(root: Path) -> None:
    data = dataset(root, made_tasks.task("classification", CSV))
    train, validation, test = (list(data.rows(split)) for split in ("train", "validation", "test"))
    assert Counter(example["label"] for example in train) == {"a": 64, "b": 16}
    assert Counter(example["label"] for example in validation) == {"a": 16, "b": 4}
    assert sorted((e["text"], e["label"]) for e in train + validation) == sorted(TRAIN)
    assert [(example["text"], example["label"]) for example in test] == TEST
    assert [example["id"] for example in test] == ["test-0", "test-1", "test-2"]
    assert all(
        example["text"] == f"text {example['id'].removeprefix('train-')}, with a comma" for example in validation
    )


def test_carve_first_then_limit(root: Path) -> None:
    task = made_tasks.task("classification", CSV)
    whole = dataset(root, task)
    limited = dataset(root, task, limit_train=10, limit_eval=2)
    assert Counter(example["label"] for example in limited.rows("train")) == {"a": 8, "b": 2}
    for split in ("train", "validation", "test"):
        everything = list(whole.rows(split))
        assert all(example in everything for example in limited.rows(split))
        assert len(limited.rows(split)) == len(list(limited.rows(split)))
        assert limited.rows(split).fingerprint == whole.rows(split).fingerprint == whole.fingerprints[split]
    counts = limited.counts
    assert [counts[split] for split in ("train", "validation", "test")] == [10, 2, 2]
    assert counts["full"] == {"train": 80, "validation": 20, "test": 3}


def test_a_limit_above_the_size_takes_all(root: Path) -> None:
    data = dataset(root, made_tasks.task("classification", CSV), limit_train=10_000)
    assert len(data.rows("train")) == data.counts["train"] == 80


def test_a_limit_below_one_row(root: Path) -> None:
    with pytest.raises(UserError, match="--limit-eval 0"):
        dataset(root, made_tasks.task("classification", CSV), limit_eval=0)


def test_rows_are_iterable_again_and_lazily(root: Path) -> None:
    rows = dataset(root, made_tasks.task("classification", CSV)).rows("train")
    assert next(iter(rows)) == next(iter(rows))
    assert list(rows) == list(rows)


def test_test_rows_that_stand_in_train_are_counted_but_kept(root: Path) -> None:
    data = dataset(root, made_tasks.task("classification", CSV))
    assert data.counts["duplicates"] == 2  # two rows, both "text 3, with a comma" but for case and spaces
    assert len(data.rows("test")) == 3


def test_a_test_row_that_stands_twice_in_train_is_one(root: Path) -> None:
    write(root, {"train": [*TRAIN, TRAIN[3]]}, "csv")
    assert dataset(root, made_tasks.task("classification", CSV)).counts["duplicates"] == 2


def test_the_same_content_has_the_same_fingerprint_from_any_reader(root: Path) -> None:
    write(root, {"train": TRAIN, "test": TEST}, "jsonl")
    csv, jsonl = (dataset(root, made_tasks.task("classification", ref)) for ref in (CSV, JSONL))
    assert csv.fingerprints == jsonl.fingerprints
    write(root, {"train": TRAIN, "test": TEST[::-1]}, "jsonl")
    other = dataset(root, made_tasks.task("classification", JSONL))
    assert other.fingerprints["train"] == csv.fingerprints["train"]
    assert other.fingerprints["test"] != csv.fingerprints["test"]


def test_a_label_written_as_a_number_is_its_text(root: Path) -> None:
    lines = "".join(json.dumps({"text": f"t{number}", "label": number % 2}) + "\n" for number in range(4))
    for split in ("train", "test"):
        (root / "made" / f"{split}.jsonl").write_text(lines)
    data = dataset(root, made_tasks.task("classification", JSONL, labels=("0", "1")))
    assert [example["label"] for example in data.rows("test")] == ["0", "1", "0", "1"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"text": "x", "label": "c"}, "field label: 'c' is none of the task's 2 labels"),
        ({"text": None, "label": "a"}, "field text: expected text, found NoneType"),
        ({"text": " ", "label": "a"}, "field text: empty text"),
        ({"text": "\ud800", "label": "a"}, "lone surrogates are no text"),
    ],
)
def test_a_malformed_row_names_file_line_and_field(root: Path, row: Json, problem: str) -> None:
    write(root, {"train": TRAIN, "test": TEST}, "jsonl")
    with (root / "made" / "train.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")
    with pytest.raises(UserError) as caught:
        dataset(root, made_tasks.task("classification", JSONL)).rows("train")
    assert "train.jsonl:101" in caught.value.message
    assert problem in caught.value.message
    assert list((root / "cache" / "data").iterdir()) == []


def test_a_task_without_validation_has_an_empty_one(root: Path) -> None:
    data = dataset(root, made_tasks.task("classification", replace(CSV, validation_share=0.0)))
    assert list(data.rows("validation")) == []
    assert len(data.rows("train")) == 100


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_split_without_rows_is_named(root: Path, split: str) -> None:
    write(root, {"train": TRAIN, "test": TEST, split: []}, "csv")
    with pytest.raises(UserError, match=rf"made: {split} \({split}\.csv\) has no rows"):
        dataset(root, made_tasks.task("classification", CSV)).rows("train")


def test_an_official_validation_split_is_read_not_carved(root: Path) -> None:
    write(root, {"dev": TEST}, "csv")
    ref = replace(CSV, splits={**CSV.splits, "validation": "dev.csv"})
    data = dataset(root, made_tasks.task("classification", ref))
    assert [example["text"] for example in data.rows("validation")] == [text for text, _ in TEST]
    assert len(data.rows("train")) == 100


def test_ids_of_the_source_are_kept_and_must_differ(root: Path) -> None:
    folder = root / "made"
    (folder / "train.jsonl").write_text('{"text": "x", "label": "a", "n": 7}\n')
    (folder / "test.jsonl").write_text('{"text": "x", "label": "a", "n": 7}\n{"text": "y", "label": "a", "n": 8}\n')
    ref = replace(JSONL, columns={**COLUMNS, "id": "n"}, validation_share=0.0)
    task = made_tasks.task("classification", ref)
    assert [example["id"] for example in dataset(root, task).rows("test")] == ["7", "8"]
    (folder / "test.jsonl").write_text('{"text": "x", "label": "a", "n": 7}\n{"text": "y", "label": "a", "n": 7}\n')
    with pytest.raises(UserError, match=r"test\.jsonl:2: field id: '7' stands twice in test"):
        dataset(root, task).rows("test")


def test_a_mirror_serves_where_the_first_source_is_absent(root: Path) -> None:
    absent = replace(JSONL, location={"folder": "elsewhere"})
    data = dataset(root, made_tasks.task("classification", absent, CSV))
    assert len(data.rows("test")) == 3
    assert (data.source["reader"], data.source["location"]) == ("csv", {"folder": "made"})
    assert data.source["stamp"].startswith("made/train.csv:")


def test_a_malformed_first_source_is_not_hidden_by_a_mirror(root: Path) -> None:
    (root / "made" / "train.jsonl").write_text("no json\n")
    (root / "made" / "test.jsonl").write_text('{"text": "x", "label": "a"}\n')
    with pytest.raises(UserError, match=r"train\.jsonl:1: no JSON"):
        dataset(root, made_tasks.task("classification", JSONL, CSV)).rows("train")


def test_where_nothing_is_at_hand_every_place_is_named(tmp_path: Path) -> None:
    hub = DatasetRef("hub", {"id": "some-owner/some-set"}, COLUMNS, {"train": "train", "test": "test"})
    with pytest.raises(MissingData) as caught:
        dataset(tmp_path, made_tasks.task("classification", CSV, hub)).rows("train")
    message = str(caught.value)
    for part in (
        str(tmp_path / "made"),
        "test.csv",
        "some-owner/some-set",
        "--data-dir",
        "XBENCH_DATA_DIR",
        "--offline",
    ):
        assert part in message
    assert "\n" not in message


def test_pinned_fingerprints_are_compared(root: Path) -> None:
    found = dataset(root, made_tasks.task("classification", CSV)).fingerprints
    dataset(root, made_tasks.task("classification", replace(CSV, fingerprints=found))).rows("train")
    wrong = replace(CSV, fingerprints={"test": "0" * 64})
    with pytest.raises(UserError, match=r"test from reader csv has fingerprint .* but its card pins 000"):
        dataset(root, made_tasks.task("classification", wrong)).rows("train")


def test_a_record_never_shows_where_a_folder_lies(root: Path) -> None:
    ref = replace(CSV, location={"folder": str(root / "made")})
    data = Dataset(made_tasks.task("classification", ref), made_tasks.Lookups(), None, True, root / "cache")
    assert len(data.rows("test")) == 3
    assert str(root) not in json.dumps(data.source)


def test_mean_tokens_counts_ideographs_and_words(tmp_path: Path) -> None:
    write(tmp_path, {"train": [("three short words", "a"), ("四个汉字 word", "b")], "test": TEST}, "csv")
    data = dataset(tmp_path, made_tasks.task("classification", replace(CSV, validation_share=0.0)))
    assert data.counts["mean_tokens"] == pytest.approx((3 * 1.3 + 4 + 1.3) / 2)
