"""CSV: every column in order, numbers as they are, and no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from made_board import COLUMNS, made_board, made_row

from xbench_report import Csv, xbench_renderers


def table(*more: dict) -> list[dict[str, str]]:
    text = Csv().render(made_board(*more)).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_three_formats_are_declared() -> None:
    assert [renderer.name for renderer in xbench_renderers()] == ["csv", "md", "html"]


def test_columns_stand_in_the_order_of_the_board() -> None:
    assert Csv().render(made_board()).decode().splitlines()[0] == ",".join(COLUMNS)


def test_numbers_are_untouched_and_missing_values_empty() -> None:
    alpha, beta, _, broken, _ = table()
    assert (alpha["score"], alpha["rank"], alpha["higher_is_better"]) == ("0.91", "1", "true")
    assert beta["gain"] == "-0.0123"
    assert (broken["score"], broken["rank"], broken["flags"]) == ("", "", "2/3 seeds;subset 2000/9000 train")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_would_be_a_formula_gets_an_apostrophe(start: str) -> None:
    name = f'{start}HYPERLINK("http://evil","x")'
    assert [row["model"] for row in table(made_row(name, 0.5, 3))][4] == f"'{name}"


def test_quotes_commas_and_line_ends_come_back() -> None:
    name = 'a,"b"\nc'
    assert [row["model"] for row in table(made_row(name, 0.5, 3))][4] == name


def test_a_header_is_made_safe_too() -> None:
    board = made_board()
    changed = type(board)(("=cmd()", *board.columns), board.rows, (), {}, {})
    assert Csv().render(changed).decode().startswith("'=cmd(),task,")
