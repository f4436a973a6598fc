"""What is asked, or said, where names and values of columns leave a doubt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_files import ROWS, csv_text, look, splits, write

from xbench.errors import UserError


def test_a_label_that_says_nothing_is_told(tmp_path: Path) -> None:
    rows = (*ROWS, *((f"more words {n}", "-") for n in range(9)))
    assert look(write(tmp_path / "a.csv", csv_text(rows))).told[1].endswith("mind that '-' is a label like the others")


def test_a_document_of_many_characters(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.csv", csv_text((("word " * 40_000, "a"), *ROWS))))
    assert found.task.labels == ("a", "b")


def test_a_reading_that_nothing_confirms_is_a_question(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"it may be text-to-text .*, but names and values do not settle it"):
        look(write(tmp_path / "a.csv", csv_text(tuple((f"words of {n}", f"code{n}") for n in range(9)), header="a,b")))


def test_a_column_that_not_all_rows_have_is_not_used(tmp_path: Path) -> None:
    write(
        tmp_path / "csv" / "train.csv",
        csv_text(tuple((f"7,{text}", label) for text, label in ROWS), header="n,text,label"),
    )
    write(tmp_path / "csv" / "test.csv", csv_text())
    lines = [
        json.dumps({"text": text, "label": label} | ({"n": 1} if text.endswith("7") else {})) for text, label in ROWS
    ]
    write(tmp_path / "json" / "train.jsonl", "\n".join(lines))
    for folder, line, told in (("csv", 1, "; not used: n"), ("json", 0, ", without n, which some lines lack")):
        found = look(tmp_path / folder)
        assert found.task.data.columns == {"text": "text", "label": "label"}
        assert told in found.told[line]
        splits(found, tmp_path / "cache" / folder)


def test_labels_that_train_lacks_and_labels_of_labels_are_told(tmp_path: Path) -> None:
    write(tmp_path / "data" / "train.csv", csv_text())
    write(tmp_path / "data" / "test.csv", csv_text((*ROWS[:4], ("x", "c"), ("y", "d"))))
    assert look(tmp_path / "data").told[1].endswith("; mind that 'c' and 1 more stand in no row of train")
    rows = (*ROWS, *((f"more words {n}", '"a, b"') for n in range(9)))
    told = look(write(tmp_path / "a.csv", csv_text(rows))).told[1]
    assert told.endswith("; mind that 'a, b' is one label, not several")


def test_a_torn_folder_of_a_program_is_named_for_what_it_is(tmp_path: Path) -> None:
    write(tmp_path / "saved" / "dataset_dict.json", "{")
    with pytest.raises(UserError, match="does not name the parts"):
        look(tmp_path / "saved")
    write(tmp_path / "saved" / "dataset_dict.json", '{"splits": ["train_a", "train_b"]}')
    with pytest.raises(UserError, match="both train_a and train_b could be train"):
        look(tmp_path / "saved")


@pytest.mark.parametrize("label", ["null", "NaN", '""'])
def test_a_row_without_a_label_is_named(tmp_path: Path, label: str) -> None:
    lines = [f'{{"text": "{text}", "label": {number % 2}}}' for number, (text, _) in enumerate(ROWS)]
    found = look(write(tmp_path / "a.jsonl", "\n".join([*lines, f'{{"text": "x", "label": {label}}}'])))
    with pytest.raises(UserError, match=r"a\.jsonl:41: field label: it is empty"):
        splits(found, tmp_path / "cache")
