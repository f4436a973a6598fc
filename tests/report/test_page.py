"""The HTML page: one file that needs no network, names that stay inert, and (in a browser) sorting and filtering."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_board import made_board, made_row

from xbench_report import Html

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Elements(HTMLParser):
    """Every start tag with its attributes, and each table row's texts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def page(*more: dict) -> str:
    return Html().render(made_board(*more)).decode("utf-8")


def test_every_row_stands_in_the_page_without_scripts() -> None:
    rows = Elements(page()).rows
    header, alpha = rows[0], rows[1]
    row = dict(zip(header, alpha, strict=True))
    assert (row["Task"], row["Rank"], row["Tie"], row["Model"]) == ("tnews", "1", "a", "alpha")
    assert (row["Score"], row["95 % interval"], row["Gain"], row["Trainable"]) == (
        "0.9100",
        "0.8900–0.9300",
        "+0.5000",
        "1.5 M",
    )
    assert [r[4] for r in rows[1:6]] == ["alpha", "beta", "lucky", "broken", "alpha"]
    assert "diverged 2/3 seeds subset 2000/9000 train" in rows[4][-1]


def test_it_refers_to_nothing_outside_itself() -> None:
    text = page()
    for _, attributes in Elements(text).tags:
        assert not {"src", "href", "style", "onclick"} & attributes.keys()
    assert "url(" not in text
    assert "@import" not in text


def test_the_policy_allows_its_own_script_and_style_alone() -> None:
    text = page()
    (policy,) = [a["content"] for tag, a in Elements(text).tags if tag == "meta" and "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_hostile_names_are_text_wherever_they_stand() -> None:
    row = made_row(HOSTILE, 0.5, 3, task=HOSTILE, method=HOSTILE, metric=HOSTILE, flags=HOSTILE, recipe=HOSTILE)
    row |= {"status": HOSTILE, "run_ids": HOSTILE, "protocol": HOSTILE, "language": HOSTILE, "signature": HOSTILE}
    found = Elements(page(row))
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not [tag for tag, _ in found.tags if tag == "img"]
    assert any(HOSTILE in cell for cells in found.rows for cell in cells)


def test_headers_are_buttons_and_numbers_stand_right() -> None:
    tags = Elements(page()).tags
    heads = [i for i, (tag, a) in enumerate(tags) if tag == "th" and "aria-sort" in a]
    assert len(heads) == 23
    assert all(tags[i + 1] == ("button", {"type": "button"}) for i in heads)
    assert "number" in str(tags[heads[6]][1]["class"])


def test_recipes_stand_beside_what_they_tell_apart() -> None:
    def recipe(text: str) -> str:
        return str([a["class"] for tag, a in Elements(text).tags if tag == "th" and "aria-sort" in a][12])

    assert recipe(page()) == "text more"
    assert recipe(page(made_row("alpha", 0.8, 3, recipe="quick"))) == "text"


def test_flags_and_statistics_are_explained() -> None:
    text = page()
    assert "one seed only: the interval is that of this one trained model" in text
    assert "Holm" in text
    assert "0.0310" in text  # the smallest detectable difference


def seen_by_browser(text: str, folder: Path, actions: str = "") -> Elements:
    """The page as Chromium leaves it. With actions, the policy (which would refuse them) is taken out."""
    if actions:
        text = re.sub(r"<meta http-equiv=.*?>", "", text).replace("</body>", f"<script>{actions}</script></body>")
    path = folder / "board.html"
    path.write_text(text, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run([*command, "--dump-dom", path.as_uri()], capture_output=True, timeout=60, check=True)
    return Elements(done.stdout.decode("utf-8"))


def visible(found: Elements) -> list[list[str]]:
    """Model, rank and tie letter of each row that is shown."""
    rows = [attributes for tag, attributes in found.tags if tag == "tr" and "data-contest" in attributes]
    texts = [cells for cells in found.rows if len(cells) == 23][1:]
    both = zip(rows, texts, strict=True)
    return [[cells[4], cells[2], cells[3]] for attributes, cells in both if "hidden" not in attributes]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
class TestBrowser:
    def test_the_script_runs_under_the_policy_and_hostile_names_do_not(self, tmp_path: Path) -> None:
        found = seen_by_browser(page(made_row(HOSTILE, 0.5, 3)), tmp_path)
        assert [a for tag, a in found.tags if a.get("id") == "controls"] == [{"id": "controls"}]  # no longer hidden
        assert not [tag for tag, _ in found.tags if tag == "img"]
        assert len(visible(found)) == 6

    def test_a_click_sorts_and_what_is_missing_stands_last(self, tmp_path: Path) -> None:
        score = "document.querySelectorAll('#board thead button')[6]"
        found = seen_by_browser(page(), tmp_path, f"{score}.click();")
        assert [row[0] for row in visible(found)] == ["alpha", "lucky", "alpha", "beta", "broken"]
        found = seen_by_browser(page(), tmp_path, f"{score}.click();{score}.click();")
        assert [row[0] for row in visible(found)] == ["beta", "alpha", "lucky", "alpha", "broken"]

    def test_a_filter_that_takes_ranked_rows_away_hides_the_ranks(self, tmp_path: Path) -> None:
        choose = "const s = document.querySelector('[data-filter={}]'); s.value = '{}'; s.dispatchEvent({});"
        event = "new Event('input', {bubbles: true})"
        found = seen_by_browser(page(), tmp_path, choose.format("model", "alpha", event))
        assert visible(found) == [["alpha", "", ""], ["alpha", "1", "a"]]  # wmt14 lost no row
        found = seen_by_browser(page(), tmp_path, choose.format("task", "tnews", event))
        assert visible(found)[:2] == [["alpha", "1", "a"], ["beta", "2", "b"]]
