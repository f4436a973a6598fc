"""What a filter leaves of the page has nothing empty in it, and a table that goes on beyond its edge shows that."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from made_board import made_board, made_whole_board

from xbench_report.words import words

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def facts(page: Page, section: str) -> list[str]:
    """The parts that are seen, each with what stands before it."""
    return page.eval_on_selector_all(
        f"{section} .facts > *",
        """all => all.filter((one) => one.checkVisibility())
            .map((one) => getComputedStyle(one, "::before").content.replaceAll('"', "") + one.textContent)""",
    )


def test_a_card_that_tells_no_best_tells_how_many_rows_fit(open_board: Any) -> None:
    page = open_board(made_board()).page
    assert page.locator(".left:visible").count() == 0
    page.select_option("[data-filter=model]", "alpha")
    assert page.locator(".overview .left").all_inner_texts() == ["1 of 4 rows", ""]
    assert page.locator(".overview [data-contest=c0]").inner_text().splitlines()[-1] == "1 of 4 rows"
    page.locator("[data-lang=zh]").click()
    assert page.locator(".overview .left").first.inner_text() == "4 行中的 1 行"
    page.locator("#controls button[type=reset]").click()
    assert page.locator(".left:visible").count() == 0


def test_nothing_but_a_sentence_is_left_where_no_row_fits(open_board: Any) -> None:
    page = open_board(made_board()).page
    page.fill("#text", "nothing like it")
    assert page.locator(".overview").is_hidden()
    assert page.locator("#status").inner_text() == words("en")["filter.none"]
    page.fill("#text", "alpha")
    assert page.locator(".overview").is_visible()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 1280), ("zh", 390)])
def test_no_dot_stands_at_the_end_of_a_line(open_board: Any, language: str, width: int) -> None:
    page = open_board(made_board(), hash=f"#lang={language}", viewport={"width": width, "height": 900}).page
    last = words(language)["contest.detectable"].format(size="0.0310")
    assert facts(page, "#c0")[-1] == f"·{last}"
    page.select_option("[data-filter=model]", "alpha")
    assert facts(page, "#c0")[-1] == "·" + words(language)["contest.higher"]  # the hidden part took its dot along
    # A line's first dot is outside of what is seen, and its text begins where other texts do.
    at = page.locator("#c0 .facts > span").first.evaluate(
        "e => e.getBoundingClientRect().x + parseFloat(getComputedStyle(e).paddingLeft)"
    )
    assert abs(at - page.locator("#c0 h2").bounding_box()["x"]) < 1
    assert page.locator("#c0 .facts").evaluate("e => getComputedStyle(e).clipPath") != "none"


def test_a_table_that_goes_on_shows_where(open_board: Any) -> None:
    page = open_board(made_whole_board()).page

    def shades(wanted: list[bool]) -> list[bool]:
        """As they are when they are as wanted, or after ten seconds: they fade in, on a busy machine slowly."""
        deadline = time.monotonic() + 10
        while True:
            page.wait_for_timeout(300)
            seen: list[bool] = page.locator("#c0 .frame").evaluate(
                "e => ['::before', '::after'].map((side) => getComputedStyle(e, side).opacity === '1')"
            )
            if seen == wanted or time.monotonic() > deadline:
                return seen

    steps: list[tuple[Callable[[], Any], list[bool]]] = [
        (lambda: None, [False, False]),
        (lambda: page.check("#more"), [False, True]),
        (lambda: scroll.evaluate("e => { e.scrollLeft = 50; }"), [True, True]),
        (lambda: scroll.evaluate("e => { e.scrollLeft = e.scrollWidth; }"), [True, False]),
        (lambda: page.uncheck("#more"), [False, False]),
    ]
    scroll = page.locator("#c0 .scroll").first
    for act, wanted in steps:
        act()
        assert shades(wanted) == wanted


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_row_without_samples_names_the_key_that_shows_them(open_board: Any, language: str) -> None:
    page = open_board(made_whole_board(redistributable=False), hash=f"#lang={language}").page
    page.locator("#c0 .open").first.click()
    assert "redistributable = true" in page.locator(".samples").inner_text()


def test_the_head_of_ranks_explains_ranges(open_board: Any) -> None:
    page = open_board(made_board()).page
    page.locator("#c0 th.c-rank button").hover()
    assert "A range such as 2–4: the data leave open which" in page.locator("#tip").inner_text()
