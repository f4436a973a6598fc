"""The HTML page as a file: whole without scripts, names that stay text, both languages, data for opened rows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from made_board import made_board, made_row, made_whole_board

from xbench.records import Board
from xbench_report import Html, notes
from xbench_report.bars import Scale
from xbench_report.contests import Contest
from xbench_report.markup import data, text
from xbench_report.table import COLUMNS
from xbench_report.words import LANGUAGES, words

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&"


class Elements(HTMLParser):
    """Every start tag with its attributes, each table row's texts by its columns' classes, and the page's data."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[dict[str, str]] = []
        self.data = ""
        self._column = self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self._open = str(given.get("id") or "")
        if tag == "tr":
            self.rows.append({})
        elif tag in ("td", "th"):
            self._column = next(name[2:] for name in str(given["class"]).split() if name.startswith("c-"))
            self.rows[-1][self._column] = ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""
        if tag in ("td", "th"):
            self._column = ""

    def handle_data(self, data: str) -> None:
        if self._open == "data":
            self.data += data
        elif self.rows and self._column:
            self.rows[-1][self._column] += data


def page(*more: dict[str, Any]) -> str:
    return Html().render(made_board(*more)).decode("utf-8")


def carried(board: Board) -> dict[str, Any]:
    return json.loads(Elements(Html().render(board).decode("utf-8")).data)


def test_every_row_stands_in_the_page_without_scripts() -> None:
    _, alpha, beta, lucky, broken, *_ = Elements(page()).rows
    shown = ("1best", "a", "alpha full", "full", "0.9100", "0.8900–0.9300", "+0.5000", "90 s", "1.5 M", "3")
    names = ("rank", "tie", "model", "method", "score", "interval", "gain", "time", "trainable", "seeds")
    assert tuple(alpha[name] for name in names) == shown
    assert beta["gain"] == "\u22120.0123"
    assert (lucky["rank"], lucky["flags"]) == ("not ranked", "one-seed")
    assert (broken["score"], broken["flags"]) == ("no score", "diverged 2/3 seeds")


def test_each_contest_has_a_section_that_says_what_it_is() -> None:
    found = Elements(page())
    sections = [a for tag, a in found.tags if tag == "section" and a["class"] == "contest"]
    assert [(a["data-task"], a["data-metric"]) for a in sections] == [("tnews", "accuracy"), ("wmt14", "bleu")]
    whole = page()
    assert "part of the data: 2000/9000 train" in whole
    assert "smallest detectable difference 0.0310" in whole
    counts = re.findall(r"<span data-w=\"page\.(rows|runs|tasks)\".*?>(.*?)</span>", whole)
    assert counts == [("rows", "5 rows"), ("runs", "5 runs"), ("tasks", "2 tasks")]


def test_nobody_is_best_where_nobody_else_is_ranked() -> None:
    found = Elements(page())
    kinds = [a["class"] for tag, a in found.tags if tag == "tr" and "data-row" in a]
    assert kinds == ["best", "ranked", "unranked", "unranked", "ranked"]  # alpha is alone on wmt14
    cards = re.findall(r'class="overview".*?</nav>', page(), re.DOTALL)[0]
    assert cards.count("significantly better than all other ranked rows") == 1
    assert cards.count("only one row is ranked") == 1
    tied = page(made_row("gamma", 0.90, 1, tie_group="a"))
    assert "1 other row is not told apart from it" in tied


def test_it_refers_to_nothing_outside_itself() -> None:
    whole = page()
    for _, attributes in Elements(whole).tags:
        assert not {"src", "style", "onclick", "action", "background"} & attributes.keys()
        assert str(attributes.get("href", "#")).startswith("#")
    assert "url(" not in whole
    assert "@import" not in whole
    assert "http://" not in whole.replace("http://www.w3.org/2000/svg", "")  # a name, not an address
    assert "https://" not in whole


def test_the_policy_allows_its_own_script_and_style_alone() -> None:
    whole = page()
    (policy,) = [a["content"] for tag, a in Elements(whole).tags if tag == "meta" and "http-equiv" in a]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", whole, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_hostile_names_are_text_wherever_they_stand() -> None:
    row = made_row(HOSTILE, 0.5, 3, task=HOSTILE, method=HOSTILE, metric=HOSTILE, flags=HOSTILE, recipe=HOSTILE)
    row |= {"status": HOSTILE, "run_ids": HOSTILE, "protocol": HOSTILE, "language": HOSTILE, "signature": HOSTILE}
    found = Elements(page(row))
    assert [tag for tag, _ in found.tags].count("script") == 2  # the data and the script
    assert not [tag for tag, _ in found.tags if tag == "img"]
    assert any(HOSTILE in cells["method"] for cells in found.rows)
    assert json.loads(found.data)["rows"][4]["model"] == HOSTILE


def test_what_cannot_be_seen_is_written_out() -> None:
    assert text("a\u202eb\x00c") == "a[U+202E]b[U+0000]c"
    assert text("\u05d0\u200f é 😀\n") == "\u05d0\u200f é 😀\n"  # letters of any script stay as they are
    assert data({"</script>": "<!--\u2066"}) == '{"\\u003c/script\\u003e":"\\u003c!--[U+2066]"}'


def test_headings_are_buttons_that_say_what_they_mean() -> None:
    tags = Elements(page()).tags
    heads = [i for i, (tag, a) in enumerate(tags) if tag == "th" and "aria-sort" in a]
    assert len(heads) == 2 * len(COLUMNS)
    named = {a["id"] for _, a in tags if "id" in a}
    for i in heads:
        assert tags[i + 1][0] == "button"
        assert tags[i + 1][1]["aria-describedby"] in named


def test_flags_point_to_their_meaning() -> None:
    tags = Elements(page(made_row("odd", 0.5, 3, flags="strange"))).tags
    flags = {a["data-tip"]: a["aria-describedby"] for tag, a in tags if tag == "button" and a.get("class") == "flag"}
    assert flags == {"flag.one-seed": "flag-one-seed", "flag.seeds": "flag-seeds", "flag.other": "flag-other"}
    assert set(flags.values()) <= {a.get("id") for _, a in tags}
    assert notes.meaning("2/3 seeds").startswith("some seed failed")
    assert notes.meaning("strange") == ""


def test_methods_say_more_only_where_that_tells_rows_apart() -> None:
    assert Elements(page()).rows[1]["method"] == "full"
    assert Elements(page(made_row("alpha", 0.8, 3, recipe="quick"))).rows[1]["method"] == "fulldefault[lr=3e-05]"


def test_the_score_on_train_stands_beside_the_score() -> None:
    shown = Elements(page(made_row("fitted", 0.5, 3, train_score=0.99))).rows
    assert [row["score"] for row in shown if row["model"].startswith(("fitted", "beta"))] == [
        "0.7500",
        "0.5000train 0.9900",
    ]


def test_a_gain_has_a_colour_only_where_letters_tell_it_apart() -> None:
    untrained = made_row("gamma", 0.50, 3, method="none", tie_group="c")
    rows = [made_row("gamma", 0.52, 3, gain=0.02, tie_group=tie, method=f"lora[r={tie}]") for tie in ("bc", "b")]
    cells = re.findall(r'c-gain"[^>]*>(<span class="\w*">\+0\.02)', page(untrained, *rows))
    assert cells == ['<span class="">+0.02', '<span class="up">+0.02']


def test_letters_stand_in_places_of_their_own() -> None:
    row = made_row("between", 0.8, 2, tie_group="ab")
    bands = re.findall(r'class="held slots n2">(.*?)</span>', page(row))
    assert bands[:3] == ["<i>a</i><b></b>", "<b></b><i>b</i>", ""]
    assert "<i>a</i><i>b</i>" in bands


@pytest.mark.parametrize(
    ("values", "ticks", "decimals"),
    [
        ((0.0, 1.0), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), 1),
        ((25.0, 30.0), (25, 26, 27, 28, 29, 30), 0),
        ((0.5,), (0.48, 0.49, 0.5, 0.51, 0.52), 2),
    ],
)
def test_a_scale_has_round_numbers(values: tuple[float, ...], ticks: tuple[float, ...], decimals: int) -> None:
    rows = tuple(made_row("m", value, 1, ci_low=value, ci_high=value) for value in values)
    scale = Scale.of(Contest(rows, ()))
    assert scale is not None
    assert scale.low < min(values) <= max(values) < scale.high
    assert scale.decimals == decimals
    assert scale.ticks == pytest.approx(ticks)


def test_a_bar_reaches_from_end_to_end_of_its_interval() -> None:
    rows = tuple(made_row("m", value, 1, ci_low=value, ci_high=value) for value in (0.0, 1.0))
    scale = Scale.of(Contest(rows, ()))
    assert scale is not None
    assert (scale.at(0.0), scale.at(0.5), scale.at(1.0)) == ("3.7%", "50%", "96.3%")  # 0.04 / 1.08 on either side
    assert Scale.of(Contest((made_row("m", None, None),), ())) is None


def test_languages_have_the_same_words_and_places() -> None:
    tables = {language: words(language) for language in LANGUAGES}
    places = {
        language: {key: sorted(re.findall(r"{(\w+)}", value)) for key, value in table.items()}
        for language, table in tables.items()
    }
    assert places["en"] == places["zh"]
    assert all(value.strip() for table in tables.values() for value in table.values())
    same = {key for key in tables["en"] if tables["en"][key] == tables["zh"][key]}
    assert same == set()


def test_every_word_that_the_page_asks_for_is_there() -> None:
    whole = Html().render(made_whole_board()).decode("utf-8")
    asked = set(re.findall(r'data-(?:w|tip|w-label|w-placeholder)="([^"]+)"', whole))
    asked |= set(
        re.findall(
            r'"((?:row|column|filter|page)\.[a-z-]+)"', re.findall(r"<script>(.*?)</script>", whole, re.DOTALL)[0]
        )
    )
    assert asked <= words("en").keys()
    assert len(asked) > 80


def test_an_opened_row_carries_its_runs() -> None:
    told = carried(made_whole_board())
    row = told["rows"][0]
    runs = [told["runs"][number] for number in row["runs"]]
    assert [(run["id"], run["seed"], run["scores"]["accuracy"]) for run in runs] == [
        ("alpha-0", 0, 0.9),
        ("alpha-1", 1, 0.91),
        ("alpha-2", 2, 0.92),
    ]
    assert runs[0]["curve"] == {
        "loss": [[1, 50, 100], [2.5, 1.25, 0.5]],
        "validation": [[50, 100], [0.7, 0.9]],
    }  # the learning rate is the recipe's
    assert [sample["right"] for sample in runs[0]["samples"]] == [False, True]
    assert "samples" not in runs[1]  # one seed's are enough
    assert told["shared"][runs[0]["command"]] == "xbench run -m alpha -t tnews --seeds 3"
    assert runs[0]["command"] == runs[2]["command"]  # said once
    assert row["open"] is True


def test_a_board_without_records_is_a_page_too() -> None:
    told = carried(made_board())
    assert (told["runs"][0]["id"], told["runs"][0]["curve"]) == ("alpha-0", {})
    assert "status" not in told["runs"][0]
    assert "Leaderboard" in Html().render(Board((), (), (), {}, {})).decode("utf-8")


def test_numbers_that_json_lacks_are_refused_and_not_written() -> None:
    board = replace(made_board(), curves={"alpha-0": {"loss": [[1, float("nan")]]}})
    with pytest.raises(ValueError, match="JSON"):
        Html().render(board)
