"""What is said of a file or folder that cannot be read, or can be taken in more than one way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from made_files import ROWS, csv_text, look, write

from xbench.errors import UserError


def test_a_file_that_its_reader_refuses_is_named(tmp_path: Path) -> None:
    """Not the other readers' doubts about the folder."""
    write(tmp_path / "train.csv", csv_text())
    write(tmp_path / "val.tsv", csv_text(delimiter="\t"))
    with pytest.raises(UserError, match=r"val\.tsv:1: the header is a single column"):
        look(tmp_path)


def test_a_message_names_the_first_of_very_many_columns(tmp_path: Path) -> None:
    row = json.dumps({"text": {str(number): "x" for number in range(500)}})
    with pytest.raises(UserError, match=r"\.\.\. 500 columns in all") as caught:
        look(write(tmp_path / "a.json", f"{row}\n{row}\n"))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["one.csv", "two.csv"], "none of one.csv, two.csv is called train"),
        (["train.a.csv", "train.b.csv"], "both train.a.csv and train.b.csv could be train"),
        (["test.csv", "notes.csv"], "none of notes.csv, test.csv is called train"),
    ],
)
def test_a_folder_that_does_not_say_which_is_which(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        write(tmp_path / name, csv_text())
    with pytest.raises(UserError, match=message):
        look(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", r"a\.csv: is empty"),
        ("a.csv", "text,label\n", r"a\.csv: no rows"),
        ("a.csv", csv_text() + "x,y,z\n", r"a\.csv:42: expected 2 fields \(text, label\), found 3"),
        ("a.csv", csv_text() + '"open,a\nx,b\n', r"a\.csv:42: a quote opens in this row and never closes"),
        ("a.csv", csv_text((('"a" b', "x"), ('"c, d"', "y"))), r"a\.csv:2: text follows a closing quote"),
        ("a.csv", csv_text().replace("\n", "\r"), r"a\.csv:1: a carriage return inside the line.*tr '\\r' '\\n'"),
        ("a.csv", "text\nfoo\n", r"a\.csv: a single column, text \(1 value\), in one column, UTF-8, a"),
        ("a.csv", "text~label\nfoo~x\n", r"a\.csv:1: no comma or tab or semicolon or bar in the first line"),
        ("a.csv", csv_text().encode("utf-16"), r"a\.csv:1: byte 0xff is no UTF-8 .*iconv -f UTF-16"),
        ("a.csv", "文本,标签\n".encode("gb18030"), r"a\.csv:1: byte 0x\w\w is no UTF-8 .*iconv -f GB18030"),
        ("a.csv", csv_text((("x", "1.5"), ("y", "2.5"), ("z", "3.5"))), r"a\.csv: column 'label' holds decimals"),
        ("a.csv", csv_text((("1", "7"), ("2", "8")), header="n,m"), r"cannot tell input .* xbench new task a"),
        ("a.csv", csv_text(header="text,text"), r"a\.csv:1: column 'text' stands twice in the header"),
        ("a.jsonl", '{"text": "x"', r"a\.jsonl:1: no JSON"),
        ("a.jsonl", "", r"a\.jsonl: is empty"),
        ("a.json", '[{"text": "x"}]', r"a\.json:1: expected a JSON object, found a list \(one object a line: jq -c"),
        ("a.json", '[\n{"text": "x"}]', r"a\.json:1: no JSON: .* jq -c \.\[\] a\.json"),
        (
            "a.json",
            '{"text": "in Rome", "label": {"x": {"Rome": [[0, 3]]}}}\n',
            r"a\.json:1: .* does not stand at \[0, 3\]",
        ),
        ("a.conll", "Jo B-PER\nsings\n\n", r"a\.conll:2: expected 2 columns at least, found 1"),
        ("a.conll", "Jo sings\nAl reads\n", r"a\.conll: no column of tags"),
        ("a.parquet", "nothing", r"a\.parquet: no Parquet file"),
        ("a.xlsx", "PK", r"a\.xlsx: not a text file \(save the sheet as CSV in UTF-8\)"),
        ("a.zip", "PK", r"a\.zip: not a text file \(unpack it\)"),
        ("a.docx", "PK", r"a\.docx: no reader knows what this is \(known: \.csv"),
        ("a.csv", csv_text((("x", "y"),)), r"a\.csv: a single row, in comma-separated"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        look(write(tmp_path / name, content))
    assert "\n" not in str(caught.value)


def test_more_than_one_way_is_a_question_with_its_mend(tmp_path: Path) -> None:
    rows = tuple((a, f"other words {n}", b, "pq"[n % 3 == 0]) for n, (a, b) in enumerate(ROWS))
    path = write(tmp_path / "four.csv", csv_text(rows, header="a,b,c,d"))
    with pytest.raises(UserError) as caught:
        look(path)
    assert str(caught.value) == (
        f"{path}: it can be taken as classification (text = a, text_pair = b, label = c) or as "
        "classification (text = a, text_pair = b, label = d) or as classification (text = a, label = c) "
        f"(choose in a card: xbench new task four --from {path})"
    )


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UserError, match=r"pipe\.csv: neither a file nor a folder"):
        look(tmp_path / "pipe.csv")


def test_one_folder_in_two_layouts_is_a_question_too(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", csv_text())
    write(tmp_path / "train.jsonl", "".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in ROWS))
    with pytest.raises(UserError, match=r"or as classification \(text = text, label = label\) by reader jsonl"):
        look(tmp_path)


def test_a_wrong_path_names_the_nearest_file(tmp_path: Path) -> None:
    write(tmp_path / "reviews.csv", csv_text())
    with pytest.raises(UserError, match=r"no such file or folder \(did you mean .*reviews\.csv\?\)"):
        look(tmp_path / "review.csv")
    with pytest.raises(UserError, match=r"no such file or folder \(check the name\)"):
        look(tmp_path / "else" / "zz.jsonl")
