"""A page of a thousand rows: a person does not wait for it."""

from __future__ import annotations

from typing import Any

import pytest
from made_board import COLUMNS, made_row, made_run

from xbench.records import Board
from xbench_report import Html

pytestmark = pytest.mark.browser

ROWS, TASKS, SEEDS = 1000, 20, 3
CURVE = {
    "loss": [[step, 1 / (1 + step)] for step in range(60)],
    "validation": [[step, step / 60] for step in range(60)],
}


def large() -> Board:
    """20 contests of 50 rows, three runs each, every run with a curve."""
    rows, runs = [], {}
    for number in range(ROWS):
        task, place = divmod(number, ROWS // TASKS)
        ids = [f"run-{number}-{seed}" for seed in range(SEEDS)]
        runs |= {run_id: made_run(seed, 0.9) for seed, run_id in enumerate(ids)}
        row = made_row(f"model-{place}", 0.9 - place / 100, 1, task=f"task-{task}", run_ids=";".join(ids))
        rows.append(
            {
                **row,
                "rank": place + 1,
                "rank_max": place + 1,
                "seed_scores": "0.5;0.6;0.7",
                "tie_group": "ab",
                "flags": "seen-task;truncation",
            }
        )
    return Board(COLUMNS, tuple(rows), (), dict.fromkeys(runs, CURVE), {}, runs, {})


def test_a_thousand_rows_open_sort_and_filter(open_board: Any) -> None:
    """Playwright gives each action a few seconds: a page that hangs on its rows fails here."""
    board = large()
    assert len(Html().render(board)) < 12_000_000  # bytes: what 3,000 curves and 1,000 rows of pictures take
    page = open_board(board).page
    rows = page.locator("tr[data-row]:visible")
    page.locator("#c7 th.c-score button").click()
    page.locator("#c7 th.c-score button").click()
    assert "model-49" in page.locator("#c7 tr[data-row]").first.inner_text()
    page.locator("#text").fill("model-31")
    assert rows.count() == TASKS
    page.locator("#text").fill("")
    assert rows.count() == ROWS
    page.locator("[data-lang=zh]").click()
    assert rows.count() == ROWS
