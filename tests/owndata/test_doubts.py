"""What is asked, or said, where names and values of columns leave a doubt."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import ROWS, csv_text, look, write

from xbench.errors import UserError


def test_a_label_that_says_nothing_is_told(tmp_path: Path) -> None:
    rows = (*ROWS, *((f"more words {n}", "-") for n in range(9)))
    assert look(write(tmp_path / "a.csv", csv_text(rows))).told[1].endswith("mind that '-' is a label like the others")


def test_a_document_of_many_characters(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.csv", csv_text((("word " * 40_000, "a"), *ROWS))))
    assert found.task.labels == ("a", "b")


def test_a_reading_that_nothing_confirms_is_a_question(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"it may be text-to-text .*, but neither names nor values say so"):
        look(write(tmp_path / "a.csv", csv_text(tuple((f"words of {n}", f"label{n}") for n in range(9)))))
