"""Contests: whole data before a part of it, alike ones told apart, and words at one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from made_board import made_board, made_row

from xbench.records import Board
from xbench_report import Html, Markdown
from xbench_report.contests import Contest, contests, told_apart, whole_first

PART = {"protocol": "s" * 64, "flags": "subset 200/9000 train", "n_train": 200, "run_ids": "part-0"}


def board_of(*rows: dict[str, Any]) -> Board:
    return Board(tuple(rows[0]), rows, (), {}, {})


def two_protocols() -> Board:
    """A part of the data first, as a board may have it; then all of it, then another task."""
    return board_of(
        made_row("alpha", 0.5, 1, **PART),
        made_row("beta", 0.4, 2, **PART),
        made_row("alpha", 0.9, 1, n_train=9000),
        made_row("beta", 0.7, 2, n_train=9000),
        made_row("alpha", 0.3, 1, task="other"),
    )


def page(board: Board) -> str:
    return Html().render(board).decode("utf-8")


def test_all_of_the_data_stands_before_a_part_of_it() -> None:
    board = two_protocols()
    found = [(contest.first["task"], contest.subset) for contest in whole_first(contests(board))]
    assert found == [("tnews", ""), ("tnews", "200/9000 train"), ("other", "")]
    told = re.search(r'<script type="application/json" id="data">(.*?)</script>', page(board))
    assert told is not None
    assert [row["decimals"] and row["task"] for row in json.loads(told[1])["rows"]] == ["tnews"] * 4 + ["other"]
    sections = re.findall(r'<section class="contest".*?</section>', page(board), re.DOTALL)
    assert ["part of the data" in section for section in sections] == [False, True, False]
    assert re.findall(r'data-row="(\d)"', page(board)) == list("01234")  # numbered as the page has them
    assert contests(board)[0].subset == "200/9000 train"  # the board's order stays


def test_a_card_says_that_its_data_are_a_part() -> None:
    cards = re.findall(r"<li>(.*?)</li>", page(two_protocols()), re.DOTALL)
    assert ["subset: 200/9000 train" in card for card in cards] == [False, True, False]
    assert not any("protocol" in card for card in cards)  # the subset tells them apart


def test_contests_that_look_alike_are_told_apart() -> None:
    rows = [made_row("m", 0.5, 1, signature=name) for name in ("new", "old")]
    old, new, other = (Contest((row,), ()) for row in (*rows, made_row("m", 0.5, 1, protocol="q" * 64)))
    assert told_apart([old, new]) == ["new", "old"]
    assert told_apart([old, other]) == ["p" * 12, "q" * 12]
    assert told_apart([old]) == [""]
    assert "protocol qqqqqqqqqqqq" in page(board_of(old.first, other.first))


def test_a_head_says_that_ranks_are_ranges_where_they_are() -> None:
    tied = board_of(made_row("a", 0.6, 1, rank_max=2), made_row("b", 0.5, 1, rank_max=2))
    head = re.findall(r'<th scope="col" class="number c-rank".*?</th>', page(tied))
    assert ["from–to" in cell for cell in head] == [True]
    assert "from–to" not in re.findall(r"<thead>.*?</thead>", page(made_board()))[0]
    assert Markdown().render(tied).decode("utf-8").count("| 1–2 |") == 2


def test_every_sentence_about_the_scores_has_its_term() -> None:
    (basis, _) = re.findall(r'<details class="basis">.*?</details>', page(made_board()), re.DOTALL)
    outside = re.sub(r"<dl>.*?</dl>", "", basis)
    assert "<p" not in outside
    assert re.search(
        r">Smallest detectable difference</dt><dd><span class=\"held\">0\.0310</span><p [^>]*>The true difference ",
        basis,
    )
    assert re.search(r">Protocol</dt><dd><code>p{64}</code><p [^>]*>Hash of all", basis)


def test_a_difference_that_rounds_to_nothing_is_none() -> None:
    pairs = [{"verdict": "tied", "smallest_detectable": value} for value in (1e-17, 0.02, 0.3)]
    assert Contest((made_row("m", 0.5, 1),), tuple(pairs)).detectable() == "0.0200–0.3000"


def test_one_is_said_in_the_singular() -> None:
    single = board_of(made_row("m", 0.5, 1, n_train=1, n_test=1))
    assert ">1 training example<" in page(single)
    assert ">1 test example<" in page(single)
    text = Markdown().render(single).decode("utf-8")
    assert "1 row from 1 run. " in text
    assert "; 1 training example; 1 test example; " in text
    assert "2 rows from 2 runs. " in Markdown().render(replace(single, rows=made_board().rows[:2])).decode("utf-8")


def test_rows_that_share_any_letter_with_the_best_are_counted() -> None:
    """Ranks say who is significantly better than a row, letters who is told apart from it."""
    rows = [made_row(f"m{place}", 0.9 - place / 10, rank) for place, rank in enumerate((1, 1, 2, 2))]
    for row, letters in zip(rows, ("ab", "a", "b", "c2"), strict=True):
        row["tie_group"] = letters
    (contest,) = contests(board_of(*rows))
    assert [contest.tied(row) for row in contest.rows] == [2, 1, 1, 0]
    shown = page(board_of(*rows, made_row("x", 0.5, 1, task="other")))
    assert ">2 other rows are not told apart from it<" in shown


def test_a_low_bleu_is_written_on_its_own_scale() -> None:
    (contest,) = contests(board_of({**made_row("low", 0.17, 1), "scale": "0;100"}))
    assert contest.decimals == 2
