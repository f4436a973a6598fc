"""The file readers on ugly files."""

from __future__ import annotations

import csv as writing
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import made_tasks
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.errors import MissingData, UserError
from xbench.specs import DatasetRef
from xbench_data.delimited import CsvReader
from xbench_data.spans import bio

TEXT = {"text": "text", "label": "label"}


def read(root: Path, ref: DatasetRef, content: bytes | dict[str, bytes], split: str = "test") -> list[dict[str, Any]]:
    """The rows of files that are written first, without where they stood."""
    (root / "made").mkdir(exist_ok=True)
    for name, data in (content if isinstance(content, dict) else {ref.splits[split]: content}).items():
        (root / "made" / name).write_bytes(data)
    rows = made_tasks.Lookups().reader(ref.reader).rows(ref, split, root, True)
    return [{key: value for key, value in row.items() if key != "_at"} for row in rows]


def csv(**location: Any) -> DatasetRef:
    return made_tasks.ref("csv", TEXT, {"test": "test.csv"}, **location)


def tsv() -> DatasetRef:
    return csv(delimiter="\t", quoting=False, header=["text", "label"])


def jsonl(columns: dict[str, str] = TEXT, **location: Any) -> DatasetRef:
    return made_tasks.ref("jsonl", columns, {"test": "test.jsonl"}, **location)


def spans() -> DatasetRef:
    return made_tasks.ref("spans", {"tokens": "text", "tags": "label"}, {"test": "dev.json"})


def conll() -> DatasetRef:
    return made_tasks.ref("conll", {"tokens": "1", "tags": "2"}, {"test": "test.txt"})


def parallel(**location: Any) -> DatasetRef:
    splits = {split: split for split in location.pop("splits", ["test"])}
    return made_tasks.ref("parallel", {"source": "en", "target": "de"}, splits, **location)


def texts(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["text"], row["label"]) for row in rows]


def test_csv_quotes_newlines_and_windows_ends(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbftext,label\r\n"one, ""two""\r\nthree",a\r\n\r\n plain ,b'
    assert texts(read(tmp_path, csv(), content)) == [('one, "two"\r\nthree', "a"), (" plain ", "b")]


def test_tsv_without_quoting_keeps_quotes(tmp_path: Path) -> None:
    content = '"狐狸"说：\u2028好\tnews_car\n"半\tnews_edu\n'.encode()
    assert texts(read(tmp_path, tsv(), content)) == [('"狐狸"说：\u2028好', "news_car"), ('"半', "news_edu")]


def test_csv_counts_the_line_on_which_a_row_begins(tmp_path: Path) -> None:
    content = b'text,label\n"two\nlines",a\nx,b,c\n'
    with pytest.raises(UserError, match=r"test\.csv:4: expected 2 fields \(text, label\), found 3"):
        read(tmp_path, csv(), content)


def test_csv_quote_that_never_ends(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"test\.csv:2: a quote opens in this row and never closes"):
        read(tmp_path, csv(), b'text,label\n"one,a\ntwo,b\n')


def test_a_field_longer_than_the_csv_module_allows_by_default(tmp_path: Path) -> None:
    long = "x" * 200_000
    assert texts(read(tmp_path, csv(), f"text,label\n{long},a\n".encode())) == [(long, "a")]


def test_a_missing_column_names_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"test\.csv:2: field label: no column 'label' \(columns here: text, topic\)"):
        read(tmp_path, csv(), b"text,topic\none,a\n")


@pytest.mark.parametrize("ref", [csv(), jsonl(), spans()], ids=lambda ref: ref.reader)
def test_another_encoding_is_named_with_file_line_and_mend(tmp_path: Path, ref: DatasetRef) -> None:
    good = {"csv": b"text,label\n", "jsonl": b'{"text": "x", "label": "a"}\n', "spans": b'{"text": "x", "label": {}}\n'}
    content = good[ref.reader] + "标题,a\n".encode("gb18030")
    with pytest.raises(UserError, match=r":2: byte 0x\w\w is no UTF-8 .*convert it: iconv"):
        read(tmp_path, ref, content)


def test_utf16_is_refused_on_its_first_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"test\.csv:1: byte 0xff is no UTF-8"):
        read(tmp_path, csv(), "text,label\none,a\n".encode("utf-16"))


def test_jsonl_nested_columns_values_and_empty_lines(tmp_path: Path) -> None:
    ref = jsonl({"text": "pair.en", "label": "y"}, values={"label": {"0": "no", "1": "yes"}})
    content = b'{"pair": {"en": "one"}, "y": 1}\r\n\r\n{"y": 0, "pair.en": "dotted"}'
    assert texts(read(tmp_path, ref, content)) == [("one", "yes"), ("dotted", "no")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "test.jsonl:2: no JSON"),
        ("[1]", "test.jsonl:2: expected a JSON object, found a list"),
        ("{} {}", ":2: no JSON"),
    ],
)
def test_jsonl_line_that_is_no_object(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UserError, match=message.replace(".", r"\.")):
        read(tmp_path, jsonl(), f'{{"text": "x", "label": "a"}}\n{line}\n'.encode())


def test_spans_become_tags_by_character(tmp_path: Path) -> None:
    line = {"text": "叶老桂在浙商银行", "label": {"name": {"叶老桂": [[0, 2]]}, "company": {"浙商银行": [[4, 7]]}}}
    (row,) = read(tmp_path, spans(), json.dumps(line).encode())
    assert row["tokens"] == list("叶老桂在浙商银行")
    assert row["tags"] == ["B-name", "I-name", "I-name", "O", "B-company", "I-company", "I-company", "I-company"]
    assert row["_repaired"] == 0


def test_of_overlapping_spans_the_longest_then_the_first_stays(tmp_path: Path) -> None:
    label = {
        "address": {"北京": [[0, 1]]},
        "organization": {"北京大学": [[0, 3]]},
        "scene": {"学校": [[3, 4]], "校园": [[4, 5]]},
    }
    (row,) = read(tmp_path, spans(), json.dumps({"text": "北京大学校园", "label": label}).encode())
    assert row["tags"] == ["B-organization", *["I-organization"] * 3, "B-scene", "I-scene"]
    assert row["_repaired"] == 2


@pytest.mark.parametrize("place", [[1, 2], [0, 9], [-3, -2], [1, 0], [0], ["0", "1"], 0])
def test_a_span_that_does_not_cover_its_surface(tmp_path: Path, place: object) -> None:
    line = {"text": "北京在", "label": {"address": {"北京": [place]}}}
    with pytest.raises(UserError, match=r"dev\.json:1: field tags: address '北京' does not stand at"):
        read(tmp_path, spans(), json.dumps(line).encode())


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 5), st.sampled_from("xyz")), max_size=8))
def test_every_span_is_tagged_or_counted(pieces: list[tuple[int, int, str]]) -> None:
    found = [(first, min(19, first + more), kind) for first, more, kind in pieces]
    tags, dropped = bio(20, found)
    assert sum(tag.startswith("B-") for tag in tags) == len(found) - dropped
    assert (tags, dropped) == bio(20, found[::-1])
    for position, tag in enumerate(tags):  # an inside tag goes on with its entity
        if tag.startswith("I-"):
            assert position
            assert tags[position - 1].endswith(tag[1:])


def test_parallel_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    files = {"test.en": "one\u2028still one\r\ntwo\x0c\n".encode(), "test.de": b"eins\nzwei"}
    assert read(tmp_path, parallel(), files) == [
        {"source": "one\u2028still one", "target": "eins"},
        {"source": "two\x0c", "target": "zwei"},
    ]


def test_parallel_files_of_unequal_length_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"test\.en 3 and .*test\.de 2"):
        read(tmp_path, parallel(), {"test.en": b"1\n2\n3\n", "test.de": b"1\n2\n"})


def test_blank_pairs_are_left_out_and_counted_only_where_the_card_says_so(tmp_path: Path) -> None:
    ref = parallel(splits=["train", "test"], skip_blank=["train"])
    files = {f"{split}.{ending}": b"1\n \n3\n\n" for split in ("train", "test") for ending in ("en", "de")}
    found = read(tmp_path, ref, files, "train")
    assert [(row["source"], row["_repaired"]) for row in found] == [("1", 0), ("3", 2)]
    assert [row["source"] for row in read(tmp_path, ref, files)] == ["1", " ", "3", ""]


def test_absent_files_are_named_with_their_folder(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with pytest.raises(MissingData, match=r"made has no train\.en, train\.de, test\.en, test\.de .*--data-dir or"):
        list(made_tasks.Lookups().reader("parallel").rows(parallel(splits=["train", "test"]), "test", tmp_path, True))
    with pytest.raises(MissingData, match="folder made lies under a data folder, and none is named"):
        list(made_tasks.Lookups().reader("csv").rows(csv(), "test", None, True))


@pytest.mark.parametrize("ref", [csv(), jsonl(), spans(), parallel(), conll()], ids=lambda ref: ref.reader)
def test_a_stamp_follows_the_files(tmp_path: Path, ref: DatasetRef) -> None:
    reader = made_tasks.Lookups().reader(ref.reader)
    assert reader.stamp(ref, tmp_path) is None
    (tmp_path / "made").mkdir()
    for stem in ref.splits.values():
        for name in [stem] if "." in stem else [f"{stem}.en", f"{stem}.de"]:
            (tmp_path / "made" / name).write_bytes(b"x\n")
    first = reader.stamp(ref, tmp_path)
    assert first == reader.stamp(ref, tmp_path)
    (tmp_path / "made" / name).write_bytes(b"longer\n")
    assert reader.stamp(ref, tmp_path) != first
    assert str(tmp_path) not in str(first)


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_back_by_looking(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str
) -> None:
    folder = tmp_path_factory.mktemp("written")
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = writing.writer(file, delimiter=delimiter)
        writer.writerows([("text", "label"), *rows])
    reader = CsvReader()
    look = reader.look(folder / "a.csv")
    assert look is not None
    assert look.ref.location["delimiter"] == delimiter
    assert texts(list(reader.rows(look.ref, "train", folder, True))) == [row for row in rows if any(row)]
