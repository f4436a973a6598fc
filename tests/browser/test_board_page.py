"""The board in a browser: sorted, filtered, opened, read by keyboard, in two languages, on a phone and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from made_board import made_board, made_row, made_whole_board

from xbench.api.boards import leaderboard
from xbench_report.words import words

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def models(page: Page, section: str = "#c0") -> list[str]:
    """The first words of the rows that are shown, in order."""
    shown = page.locator(f"{section} tr[data-row]:visible .open")
    return [text.split()[0] for text in shown.all_text_contents()]


def column(page: Page, name: str, section: str = "#c0") -> list[str]:
    return page.locator(f"{section} tr[data-row]:visible .c-{name}").all_inner_texts()


def contrast(page: Page, selector: str) -> float:
    """WCAG 2's contrast of an element's text with what is painted behind it."""
    return page.eval_on_selector(
        selector,
        """(element) => {
          const parts = (text) => text.match(/[\\d.]+/g).map(Number);
          const light = (text) => {
            const linear = (v) => (v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
            const [r, g, b] = parts(text).slice(0, 3).map((value) => linear(value / 255));
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const ground = (node) => getComputedStyle(node).backgroundColor;
          let behind = element;
          while (behind !== document.body && parts(ground(behind))[3] === 0) behind = behind.parentElement;
          const pair = [light(getComputedStyle(element).color), light(ground(behind))];
          return (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
        }""",
    )


def test_it_opens_from_disk_and_asks_for_nothing(open_board: Any) -> None:
    opened = open_board(made_whole_board())
    opened.page.locator("#c0 .open").first.click()
    assert opened.page.locator("#controls").is_visible()
    assert opened.quiet, opened


def test_a_heading_sorts_and_what_is_missing_stands_last(open_board: Any) -> None:
    page = open_board(made_board()).page
    head = page.locator("#c0 th.c-score")
    assert models(page) == ["alpha", "beta", "lucky", "broken"]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert models(page) == ["lucky", "alpha", "beta", "broken"]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert models(page) == ["beta", "alpha", "lucky", "broken"]
    page.locator("#controls button[type=reset]").click()
    assert models(page) == ["alpha", "beta", "lucky", "broken"]
    assert head.get_attribute("aria-sort") == "none"


def test_the_keyboard_sorts_opens_and_explains(open_board: Any) -> None:
    page = open_board(made_whole_board()).page
    page.locator("#c0 th.c-model button").focus()
    page.keyboard.press("Enter")
    assert models(page) == ["alpha", "beta", "broken", "lucky"]
    assert page.locator("#tip").inner_text() == words("en")["help.model"]
    flag = page.locator("#c0 button.flag", has_text="one-seed")
    flag.focus()
    assert page.locator("#tip").inner_text() == words("en")["flag.one-seed"]
    assert page.locator(f"#{flag.get_attribute('aria-describedby')}").inner_text() == words("en")["flag.one-seed"]
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()
    page.locator("#c0 .open").first.focus()
    page.keyboard.press("Space")
    assert page.locator("#c0 .open").first.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Space")
    assert page.locator(".detail").count() == 0


def test_a_flag_says_what_it_means_on_hover(open_board: Any) -> None:
    page = open_board(made_board()).page
    page.locator("#c0 button.flag", has_text="2/3 seeds").hover()
    assert page.locator("#tip").inner_text() == words("en")["flag.seeds"]
    page.mouse.move(1, 1)
    assert page.locator("#tip").is_hidden()


def test_a_filter_that_takes_ranked_rows_away_hides_what_depends_on_the_field(open_board: Any) -> None:
    page = open_board(made_board()).page
    assert (column(page, "tie"), page.locator("#c0 .rank:visible").all_inner_texts()) == (
        ["a", "b", "", ""],
        ["1", "2"],
    )
    page.select_option("[data-filter=model]", "alpha")
    assert models(page) == models(page, "#c1") == ["alpha"]
    assert column(page, "tie") == [""]
    assert page.locator("#c0 .rank:visible").count() == 0
    assert page.locator("#c0 .facts", has_text="smallest detectable").locator(".held:visible").count() == 0
    assert page.locator(".overview [data-contest=c0] .winner:visible").count() == 0
    assert page.locator("#c1 .rank:visible").all_inner_texts() == ["1"]  # bleu lost no row
    assert "2 of 5 rows" in page.locator("#status").inner_text()
    assert words("en")["filter.held"] in page.locator("#status").inner_text()
    page.select_option("[data-filter=model]", "")
    page.select_option("[data-filter=task]", "tnews")
    assert page.locator("#c0 .rank:visible").all_inner_texts() == ["1", "2"]
    assert page.locator("#c1").is_hidden()
    assert words("en")["filter.held"] not in page.locator("#status").inner_text()


def test_a_search_that_takes_unranked_rows_away_leaves_ranks_alone(open_board: Any) -> None:
    page = open_board(made_board(made_row("gamma", 0.2, 3, method="lora"))).page
    page.fill("#text", "LORA 3e-05")
    assert models(page) == ["beta", "gamma"]
    page.fill("#text", "nothing like it")
    assert page.locator("#status").inner_text() == words("en")["filter.none"]
    page.fill("#text", "diverged")
    assert models(page) == ["broken"]


def test_a_row_opens_to_what_stands_behind_it(open_board: Any) -> None:
    page = open_board(made_whole_board()).page
    button = page.locator("#c0 .open").first
    button.click()
    sheet = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert sheet.locator(".seeds tbody tr").all_inner_texts()[2].split()[:4] == ["2", "0.9200", "0.9900", "0.9000"]
    charts = sheet.locator("svg.chart")
    assert [chart.get_attribute("aria-label") for chart in charts.all()] == ["Training loss", "Validation score"]
    assert charts.first.locator("polyline").count() == 3
    assert sheet.locator("pre").all_inner_texts() == ["xbench run -m alpha -t tnews --seeds 3"]
    told = sheet.locator(".provenance").inner_text()
    for part in ("torch 2.13.0", "0123456789ab", "lr=0.00003", "2026-01-02 03:04", "cpu", "default[lr=3e-05]"):
        assert part in told
    assert [row.split() for row in sheet.locator(".samples tbody tr").all_inner_texts()] == [
        ["wrong", "rain", "again", "weather", "sport"],
        ["right", "two", "goals", "sport", "sport"],
    ]
    button.click()
    assert button.get_attribute("aria-expanded") == "false"


def test_texts_stay_away_where_the_licence_does_not_let_them(open_board: Any) -> None:
    page = open_board(made_whole_board(redistributable=False)).page
    page.locator("#c0 .open").first.click()
    assert page.locator(".samples").inner_text().endswith(words("en")["row.licence-forbids"])
    assert "rain again" not in page.content()


def test_a_failed_row_says_what_went_wrong_and_a_bare_one_what_is_missing(open_board: Any) -> None:
    page = open_board(made_whole_board()).page
    page.locator("#c0 .open", has_text="broken").click()
    assert "NonFinite: loss is nan — a smaller lr" in page.locator(".error").inner_text()
    page.locator("#c0 .open", has_text="lucky").click()
    assert words("en")["row.nocurve"] in page.locator(".sheet .curves").first.inner_text()


def test_the_command_is_copied(open_board: Any) -> None:
    page = open_board(made_whole_board(), permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("#c0 .open").first.click()
    page.locator(".copy").click()
    page.wait_for_function("document.querySelector('.copy').textContent !== 'Copy'")
    assert page.evaluate("navigator.clipboard.readText()") == "xbench run -m alpha -t tnews --seeds 3"


def test_both_languages_are_whole(open_board: Any) -> None:
    opened = open_board(made_whole_board(), locale="zh-CN")
    page = opened.page
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert (page.title(), page.locator("h1").inner_text()) == ("排行榜", "排行榜")
    page.locator("#c0 .open").first.click()
    assert "复现命令" in page.locator(".sheet").inner_text()
    untranslated = page.eval_on_selector_all(
        "[data-w]", "all => all.filter(e => !/[\\u4e00-\\u9fff]/.test(e.textContent)).length"
    )
    assert untranslated == 0
    page.locator("[data-lang=en]").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "To run it again" in page.locator(".sheet").inner_text()  # an open row speaks the new language too
    assert page.url.endswith("#lang=en")
    page.reload()
    assert page.locator("h1").inner_text() == "Leaderboard"  # the hash outweighs the browser's language
    assert opened.quiet, opened


def test_jumps_within_the_page_keep_the_choices(open_board: Any) -> None:
    page = open_board(made_board(), hash="#lang=zh&theme=dark").page
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator(".overview a").nth(1).click()
    assert page.url.endswith("#lang=zh&theme=dark")
    assert page.evaluate("document.activeElement.id") == "c1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_contrast(open_board: Any, scheme: str) -> None:
    page = open_board(made_whole_board(), color_scheme=scheme).page
    page.locator("#c0 .open").first.click()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) > 384) == (scheme == "light")
    for selector in (
        *(
            ".summary",
            ".facts",
            ".facts .warn",
            "th button",
            "tr.best .rank",
            "tr.best td.c-score",
            "tr.best .c-score .below",
            ".open",
            ".up",
        ),
        *(".down", "td.c-method", "button.flag", ".failed", ".rival", ".overview .part", ".overview .score"),
        *(".slots i", "[aria-pressed=true]"),
        *(".sheet h3", ".inner td", ".wrong", ".right", ".provenance dt", "pre", ".key .s0", ".key .s1", ".key .s2"),
        *("td.c-rank", ".unranked td.c-score .quiet", "#status", ".notes dt", "footer p", ".basis summary"),
    ):
        assert contrast(page, selector) >= 4.5, selector


def test_a_chosen_theme_outweighs_the_system(open_board: Any) -> None:
    page = open_board(made_board(), color_scheme="light").page
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.select_option("#theme", "dark")
    assert page.evaluate(ground) == "rgb(18, 22, 27)"
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"  # paper is white


def test_a_phone_shows_cards_and_scrolls_one_way(open_board: Any) -> None:
    long = "m" * 3000
    page = open_board(made_whole_board(), viewport={"width": 390, "height": 844}, has_touch=True).page
    page.locator("#c0 .open").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    first, score = (page.locator(f"#c0 tr[data-row] td.c-{name}").first.bounding_box() for name in ("model", "score"))
    assert abs(first["y"] - score["y"]) < 12
    assert score["x"] + score["width"] <= 390
    assert page.locator("#c0 .scroll").first.evaluate("e => e.scrollWidth - e.clientWidth") == 0  # nor sideways inside
    assert page.locator("#c0 th.c-score button").is_visible()  # sorting stays at hand
    wide = open_board(made_board(made_row(long, 0.5, 3, task=long)), viewport={"width": 390, "height": 844}).page
    assert wide.evaluate("document.documentElement.scrollWidth") == 390


def test_paper_shows_all_rows_and_no_controls(open_board: Any) -> None:
    page = open_board(made_whole_board()).page
    page.emulate_media(media="print")
    for selector in ("#controls", "#choices", ".skip"):
        assert page.locator(selector).is_hidden()
    assert page.locator("tr[data-row]:visible").count() == 5
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_all_columns_are_one_click_away(open_board: Any) -> None:
    page = open_board(made_whole_board()).page
    assert page.locator("#c0 th.c-sd").is_hidden()
    page.check("#more")
    assert page.locator("#c0 th.c-sd").is_visible()
    assert column(page, "sd")[0] == "0.0100"
    assert page.locator("#c0 .ends").first.inner_text() == "0.8900–0.9300"


def test_letters_of_a_group_stand_under_each_other(open_board: Any) -> None:
    page = open_board(made_board(made_row("between", 0.8, 2, tie_group="ab"))).page
    boxes = [letter.bounding_box() for letter in page.locator("#c0 .slots i").all()]
    letters = page.locator("#c0 .slots i").all_inner_texts()
    places = {
        letter: {round(box["x"]) for name, box in zip(letters, boxes, strict=True) if name == letter} for letter in "ab"
    }
    assert [len(place) for place in places.values()] == [1, 1]
    assert places["a"] != places["b"]


def test_bars_stand_where_the_scale_says(open_board: Any) -> None:
    page = open_board(made_board()).page
    point = page.locator("#c0 tr[data-row='0'] .point").bounding_box()
    range_ = page.locator("#c0 tr[data-row='0'] .range").bounding_box()
    middle = range_["x"] + range_["width"] / 2  # 0.91 in the middle of 0.89 to 0.93
    assert abs(point["x"] + point["width"] / 2 - middle) < 2
    assert page.locator("#c0 tr[data-row='2'] .range").get_attribute("class") == "range hollow"  # one seed


@pytest.mark.parametrize("folder", ["results/quick", "results/floors"])
def test_the_committed_boards_open(open_board: Any, folder: str) -> None:
    opened = open_board(leaderboard(folder))
    opened.page.locator(".open").first.click()
    assert opened.page.locator(".sheet .seeds tbody tr").count() >= 1
    assert opened.quiet, opened


def test_a_tap_explains_a_flag(open_board: Any) -> None:
    page = open_board(made_board(), viewport={"width": 390, "height": 844}, has_touch=True).page
    page.locator("#c0 button.flag", has_text="one-seed").tap()
    assert page.locator("#tip").inner_text() == words("en")["flag.one-seed"]
    assert page.locator(".detail").count() == 0  # a flag's tap is not its row's
    box = page.locator("#tip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
