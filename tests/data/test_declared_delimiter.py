"""`sep=;`, the line that a spreadsheet puts before the header."""

from __future__ import annotations

from pathlib import Path

import pytest

from xbench import api
from xbench.errors import UserError
from xbench_data.sniffing import declared

ROWS = "".join(f"fine, number {number};{'ab'[number % 2]}\r\n" for number in range(40))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [("sep=;\r\n", ";"), ('"sep=,"\n', ","), ("SEP=\t\n", "\t"), ("sep=:", ":"), ("sep=a\n", None), ("sep=;x\n", None)],
)
def test_the_delimiter_is_the_one_that_is_named(line: str, delimiter: str | None) -> None:
    assert declared(line) == delimiter


def test_the_line_sets_the_delimiter_and_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbfsep=;\r\ntext;label\r\n" + ROWS.encode())
    told = api.describe("excel.csv")
    assert sum(told.sizes.values()) == 40
    assert told.task.data.location["delimiter"] == ";"
    assert told.labels.keys() == {"a", "b"}


def test_an_uncommon_delimiter_that_is_named_is_taken(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("sep=:\ntext:label\n" + ROWS.replace(";", ":"))
    assert api.describe("odd.csv").task.data.location["delimiter"] == ":"


def test_lines_keep_their_number(tmp_path: Path) -> None:
    (tmp_path / "excel.csv").write_text("sep=;\ntext;label\nfine;a;b\n" + ROWS)
    with pytest.raises(UserError, match=r"excel\.csv:3: expected 2 fields"):
        api.describe("excel.csv")
