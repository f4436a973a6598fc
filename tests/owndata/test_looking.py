"""Files and folders that no card describes: what each is taken for, and what its rows become."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_files import ROWS, csv_text, look, splits, write

from xbench.catalog import Catalog
from xbench.owndata.looking import Found

TAGGED = "".join(f"Mr O\nJo{number} B-PER\nParis B-LOC\n\n" for number in range(20))


def stamp(found: Found) -> str:
    """What its reader would have noticed by, had the data changed."""
    data = found.task.data
    told = Catalog.load().reader(data.reader).stamp(data, Path(data.root))
    assert told is not None
    return told


def texts(found: dict[str, list[dict[str, object]]]) -> list[object]:
    return sorted(example["text"] for examples in found.values() for example in examples)


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("a.csv", csv_text(), "comma-separated, UTF-8, a header line"),
        ("a.csv", csv_text(delimiter=";"), "semicolon-separated, UTF-8, a header line"),
        ("a.csv", csv_text(delimiter="\t"), "tab-separated, UTF-8, a header line"),
        ("a.tsv", csv_text(delimiter="\t"), "tab-separated, UTF-8, a header line"),
        ("a.txt", csv_text(delimiter="\t"), "tab-separated, UTF-8, a header line"),
        ("a.csv", b"\xef\xbb\xbf" + csv_text().replace("\n", "\r\n\r\n").encode(), "comma-separated, UTF-8, a header"),
        ("a.tsv", csv_text(delimiter="\t").partition("\n")[2], "tab-separated, UTF-8, no header line"),
        ("a.jsonl", "".join(json.dumps({"text": t, "label": y}) + "\r\n\r\n" for t, y in ROWS), "JSON lines, UTF-8"),
        ("a.json", "".join(json.dumps({"label": y, "text": t}) + "\n" for t, y in ROWS), "JSON lines, UTF-8"),
    ],
)
def test_the_same_rows_in_many_layouts(tmp_path: Path, name: str, content: str | bytes, note: str) -> None:
    found = look(write(tmp_path / name, content))
    task = found.task
    assert (task.name, task.type, task.inputs, task.labels) == ("a", "classification", ("text",), ("a", "b"))
    assert found.told[0].startswith(f"{name}: {note}")
    assert found.told[0].endswith("; 40 rows, divided 80/10/10 into train, validation and test by label")
    assert (task.licence, task.citation, task.redistributable) == ("unknown", "own data", False)
    read = splits(found, tmp_path / "cache")
    assert {split: len(examples) for split, examples in read.items()} == {"train": 32, "validation": 4, "test": 4}
    assert texts(read) == sorted(text for text, _ in ROWS)


def test_what_is_taken_is_said_in_two_lines(tmp_path: Path) -> None:
    rows = tuple((f"{n}", f"第{n}家店的菜很好", "好评" if n % 2 else "差评") for n in range(40))
    found = look(write(tmp_path / "评论.csv", csv_text(rows, header="编号,内容,标签")))
    assert found.told == (
        "评论.csv: comma-separated, UTF-8, a header line; 40 rows, "
        "divided 80/10/10 into train, validation and test by label",
        'classification: text from "内容", label from "标签" (好评, 差评); not used: 编号',
    )
    assert (found.task.name, found.task.language) == ("评论", ("zh",))


def test_quotes_that_set_fields_apart(tmp_path: Path) -> None:
    rows = tuple((f'"one, ""two"" and\n{number}"', label) for number, (_, label) in enumerate(ROWS))
    read = splits(look(write(tmp_path / "a.csv", csv_text(rows))), tmp_path / "cache")
    assert 'one, "two" and\n7' in texts(read)


def test_quotes_that_are_characters(tmp_path: Path) -> None:
    rows = (('"half', "a"), ('"whole"', "b"), *ROWS)
    read = splits(look(write(tmp_path / "a.tsv", csv_text(rows, "\t"))), tmp_path / "cache")
    assert {'"half', '"whole"'} < set(texts(read))


def test_pandas_writes_its_index_first_and_quotes_what_needs_it(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([('she said "no", twice', "a"), *ROWS], columns=["text", "label"])
    for name, separator in (("a.csv", ","), ("a.tsv", "\t")):
        frame.to_csv(tmp_path / name, sep=separator)
        found = look(tmp_path / name)
        assert found.told[1].endswith("; not used: (no name)")
        assert 'she said "no", twice' in texts(splits(found, tmp_path / "cache"))


def test_a_margin_without_a_name_is_no_reason_to_doubt_the_header(tmp_path: Path) -> None:
    rows = tuple((f"{text},{label}", "") for text, label in ROWS)
    for extra in (",", ",,,"):  # and lines of nothing else at its end, as spreadsheets write them
        text = csv_text(rows, header="text,label,").replace(",\n", f"{extra}\n") + f",{extra}\n" * 9
        found = look(write(tmp_path / "a.csv", text))
        assert found.task.labels == ("a", "b")
        assert "; 40 rows" in found.told[0]
        assert found.told[1].endswith("; not used: (no name)")
        assert sum(map(len, splits(found, tmp_path / "cache").values())) == 40


def test_a_link_is_named_by_itself(tmp_path: Path) -> None:
    blob = write(tmp_path / "blobs" / "0123abcd", csv_text())
    (tmp_path / "reviews.csv").symlink_to(blob)
    assert look(tmp_path / "reviews.csv").task.name == "reviews"


def test_a_folder_of_splits(tmp_path: Path) -> None:
    for name, size in (("train.csv", 40), ("dev.csv", 10), ("test.csv", 6), (".hidden.csv", 1), ("notes.md", 1)):
        write(tmp_path / "mine" / name, csv_text(ROWS[:size]))
    found = look(tmp_path / "mine")
    assert found.task.name == "mine"
    assert found.told[0].endswith("train.csv, dev.csv, test.csv; 56 rows, with its own train, validation and test")
    read = splits(found, tmp_path / "cache")
    assert {split: len(examples) for split, examples in read.items()} == {"train": 40, "validation": 10, "test": 6}


def test_splits_may_be_named_in_chinese(tmp_path: Path) -> None:
    for name, size in (("训练集.csv", 40), ("验证集.csv", 10), ("酒店测试.csv", 6)):
        write(tmp_path / name, csv_text(ROWS[:size]))
    read = splits(look(tmp_path), tmp_path / "cache")
    assert {split: len(examples) for split, examples in read.items()} == {"train": 40, "validation": 10, "test": 6}


def test_without_a_test_file_dev_is_test(tmp_path: Path) -> None:
    for name, size in (("train.csv", 40), ("valid.csv", 10)):
        write(tmp_path / name, csv_text(ROWS[:size]))
    found = look(tmp_path)
    assert "valid.csv serves as test, 10 % of train drawn by label for validation" in found.told[0]
    read = splits(found, tmp_path / "cache")
    assert {split: len(examples) for split, examples in read.items()} == {"train": 36, "validation": 4, "test": 10}


def test_the_plain_name_wins_over_a_longer_one(tmp_path: Path) -> None:
    for name in ("train.10k.csv", "train.csv", "test.csv"):
        write(tmp_path / name, csv_text())
    assert look(tmp_path).task.data.splits == {"train": "train.csv", "test": "test.csv"}


def test_parquet_in_parts_with_class_names_and_nested_columns(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    rows = [{"text": text, "label": "ab".index(label)} for text, label in ROWS]
    for part in (0, 1):
        half = datasets.Dataset.from_list(rows[part::2], features=features)
        half.to_parquet(tmp_path / "set" / f"train-0000{part}-of-00002.parquet")
    found = look(tmp_path / "set")
    assert (found.task.labels, found.task.data.splits) == (("no", "yes"), {"train": "train-*.parquet"})
    assert texts(splits(found, tmp_path / "cache")) == sorted(text for text, _ in ROWS)
    assert "train-00000-of-00002.parquet" in stamp(found)
    assert "train-00001-of-00002.parquet" in stamp(found)
    nested = [{"translation": {"en": text, "de": f"Satz {n} von vielen"}} for n, (text, _) in enumerate(ROWS)]
    datasets.Dataset.from_list(nested).to_parquet(tmp_path / "mt.parquet")
    task = look(tmp_path / "mt.parquet").task
    assert (task.type, task.data.columns) == (
        "text-to-text",
        {"source": "translation.en", "target": "translation.de"},
    )
    assert task.language == ("en", "de")


def test_a_folder_that_save_to_disk_wrote(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "tokens": datasets.Sequence(datasets.Value("string")),
            "ner_tags": datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER", "I-PER"])),
        }
    )
    rows = [{"tokens": ["Mr", f"Jo{n}", "K"], "ner_tags": [0, 1, 2]} for n in range(20)]
    whole = datasets.Dataset.from_list(rows, features=features)
    datasets.DatasetDict({"train": whole, "validation": whole, "test": whole}).save_to_disk(tmp_path / "many")
    found = look(tmp_path / "many")
    assert (found.task.type, found.task.labels) == ("tagging", ("PER",))
    read = splits(found, tmp_path / "cache")
    assert [example["tags"] for example in read["test"]] == [["O", "B-PER", "I-PER"]] * 20
    assert stamp(found) == stamp(look(tmp_path / "many"))
    assert "train/data-00000-of-00001.arrow" in stamp(found)
    assert str(tmp_path) not in stamp(found)
    whole.save_to_disk(tmp_path / "one")
    read = splits(look(tmp_path / "one"), tmp_path / "cache")
    assert {split: len(examples) for split, examples in read.items()} == {"train": 16, "validation": 2, "test": 2}


def test_parallel_files_beside_each_other(tmp_path: Path) -> None:
    for split, size in (("train", 40), ("val", 10), ("test", 6)):
        write(tmp_path / "mt" / f"{split}.de", "".join(f"Satz {n} von vielen\n" for n in range(size)))
        write(tmp_path / "mt" / f"{split}.en", "".join(f"one of the many sentences {n}\r\n" for n in range(size)))
    found = look(tmp_path / "mt")
    assert (found.task.data.columns, found.task.language) == ({"source": "de", "target": "en"}, ("de", "en"))
    assert found.task.data.splits == {"train": "train", "validation": "val", "test": "test"}
    alone = look(tmp_path / "mt" / "train.en")  # its own side is the source
    assert (alone.task.data.columns, alone.task.data.splits) == ({"source": "en", "target": "de"}, {"train": "train"})
    read = splits(alone, tmp_path / "cache")
    assert {"id": "row-0", "source": "one of the many sentences 0", "target": "Satz 0 von vielen"} in read["train"]


def test_spans_and_columns_of_tags(tmp_path: Path) -> None:
    lines = [
        {"text": f"{n}号浙商银行", "label": {"company": {"浙商银行": [[len(f"{n}号"), len(f"{n}号") + 3]]}}}
        for n in range(20)
    ]
    found = look(write(tmp_path / "a.json", "".join(json.dumps(line) + "\n" for line in lines)))
    assert (found.task.type, found.task.labels, found.task.language) == ("tagging", ("company",), ("zh",))
    assert found.task.data.columns == {"tokens": "text", "tags": "label"}
    found = look(write(tmp_path / "b.txt", TAGGED))
    assert (found.task.type, found.task.labels, found.task.data.reader) == ("tagging", ("LOC", "PER"), "conll")
    found = look(write(tmp_path / "c.bmes", "张 B-PER\n小 M-PER\n三 E-PER\n来 O\n\n" * 20))
    assert (found.task.type, found.task.labels) == ("tagging", ("PER",))
    found = look(write(tmp_path / "c.conll", TAGGED.replace("B-PER", "S-PER").replace("B-LOC", "S-LOC")))
    assert "BIOES made BIO" in found.told[0]
    assert splits(found, tmp_path / "cache")["test"][0]["tags"] == ["O", "B-PER", "B-LOC"]


def test_labels_that_are_probably_one_are_told(tmp_path: Path) -> None:
    rows = (*ROWS, *((f"more words {n}", "A ") for n in range(9)))
    found = look(write(tmp_path / "a.csv", csv_text(rows)))
    assert found.told[1].endswith("('A ', a, b); mind that 'A ' and 'a' are two labels")
