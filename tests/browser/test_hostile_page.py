"""Hostile names and texts, in every field that a page shows: they stand there as text, and nothing else happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hostile import PAYLOADS
from made_board import COLUMNS, made_row, made_run

from xbench.records import Board
from xbench_report.markup import visible

pytestmark = pytest.mark.browser

FIELDS = (
    *("task", "task_type", "language", "model", "backend", "method", "recipe", "route", "metric", "tie_group"),
    *("status", "flags", "protocol", "signature", "revision", "device", "seed_scores"),
)


def board_of(text: str, number: int = 0) -> Board:
    """One contest of two rows, with the text in every field that holds text; run ids end in a number."""
    run_id = f"{text}{number}".replace(";", ",")
    row = made_row("plain", 0.5, 1) | dict.fromkeys(FIELDS, text)
    row |= {"run_ids": run_id, "flags": text.replace(";", ",")}  # a list's separator
    other = {**row, "model": "other", "score": 0.4, "rank": 2, "rank_max": 2, "run_ids": f"other{number}"}
    error = {"stage": text, "type": text, "message": text, "hint": text}
    environment = {"python": text, "platform": text, "gpu": text, "cores": text, "packages": {text: text}}
    environment["git"] = {"commit": text, "dirty": True}
    run = made_run(
        0, 0.5, key=text, status="ok", scores={text: 0.5}, error=error, command=text, environment=environment
    )
    run |= {"cost": {"device": text}, "recipe_values": {text: text}, "started": text, "finished": text}
    sample = {"id": text, "input": {text: text, "more": text}, "target": text, "prediction": text, "right": False}
    task = {"description": text, "licence": text, "citation": text, "redistributable": True}
    return Board(
        columns=COLUMNS,
        rows=(row, other),
        comparisons=(),
        curves={run_id: {text: [[0, 1.0], [1, 0.5]], "loss": [[0, 1.0], [1, 0.5]]}},
        samples={run_id: [sample]},
        runs={run_id: run},
        tasks={f"{text}@1": task},
    )


def all_in_one() -> Board:
    """A contest for each payload."""
    boards = [board_of(text, number) for number, text in enumerate(PAYLOADS)]
    merged: dict[str, dict[str, Any]] = {}
    for name in ("curves", "samples", "runs", "tasks"):
        merged[name] = {key: value for board in boards for key, value in getattr(board, name).items()}
    return replace(boards[0], rows=tuple(row for board in boards for row in board.rows), **merged)


def elements(page: Any) -> Counter[str]:
    return Counter(page.eval_on_selector_all("*", "all => all.map(e => e.localName)"))


def test_nothing_happens_and_all_of_it_is_text(open_board: Any) -> None:
    opened = open_board(all_in_one())
    page = opened.page
    for button in page.locator("tr[data-row] .open").all():  # the tie letters of hostile rows are none: nothing hides
        button.evaluate("button => button.click()")
    page.locator("#more").check()
    page.wait_for_timeout(300)
    assert opened.quiet, opened
    assert page.evaluate("document.title") == "Leaderboard"
    found = elements(page)
    assert found["script"] == 2  # the data and the script
    assert found["style"] == 1
    for name in (
        "img",
        "iframe",
        "object",
        "form",
        "base",
        "link",
        "math",
        "body",
        "input",
        "animate",
        "use",
        "template",
    ):
        assert found[name] == {"form": 1, "body": 1, "input": 2}.get(name, 0), name
    attributes = page.eval_on_selector_all("*", "all => all.flatMap(e => e.getAttributeNames())")
    assert not {
        name for name in attributes if name.startswith("on") or name in ("src", "srcdoc", "action", "style")
    } - {"style"}


@pytest.fixture(scope="module")
def plain(open_once: Any) -> Counter[str]:
    """The elements of a page of a harmless text, its row opened."""
    page = open_once(board_of("harmless")).page
    page.locator("#c0 .open").first.click()
    return elements(page)


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_a_payload_adds_no_element_and_reads_as_written(open_board: Any, plain: Counter[str], number: int) -> None:
    text = PAYLOADS[number]
    opened = open_board(board_of(text))
    page = opened.page
    page.locator("#c0 .open").first.click(force=True)
    assert opened.quiet, opened
    shown = visible(text).encode("utf-8", "backslashreplace").decode().replace("\r", "\n")
    assert page.locator("#c0 tr[data-row='0'] .open").evaluate("e => e.firstChild.data") == shown
    assert page.locator("pre code").first.evaluate("e => e.textContent") == visible(text)
    assert page.locator(".samples td").nth(2).evaluate("e => e.textContent") == visible(text)
    assert not set(elements(page) - plain) - {"i", "b"}  # a tie group's letters
    page.fill("#text", "no such row")
    page.locator("#controls button[type=reset]").click()
    page.locator("[data-lang=zh]").click()
    assert opened.quiet, opened
