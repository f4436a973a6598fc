"""A page of a thousand rows: a person does not wait for it."""

from __future__ import annotations

import time
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


def test_a_thousand_rows_open_sort_and_filter_at_once(open_board: Any) -> None:
    board = large()
    assert len(Html().render(board)) < 12_000_000  # bytes: what 3,000 curves and 1,000 rows of pictures take
    page = open_board(board).page
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert loaded < 3000, f"{loaded} ms until the page could be used"
    for what in (
        "document.querySelector('#c7 th.c-score button').click()",
        "text.value = 'model-3'; text.dispatchEvent(new Event('input', {bubbles: true}))",
        "text.value = ''; text.dispatchEvent(new Event('input', {bubbles: true}))",
        "document.querySelector('[data-lang=zh]').click()",
    ):
        timed = (
            f"const begun = performance.now(); {what}; document.body.offsetHeight; return performance.now() - begun;"
        )
        took = page.evaluate(f"(() => {{ {timed} }})()")
        assert took < 1000, f"{took} ms for {what}"
    assert page.locator("tr[data-row]:visible").count() == ROWS


def test_rendering_takes_a_moment() -> None:
    begun = time.process_time()
    Html().render(large())
    assert time.process_time() - begun < 5
