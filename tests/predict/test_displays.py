"""What the API returns shows itself: tables in a notebook, lines elsewhere; and hostile names do nothing there."""

from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.api.displays import Predictions, Records, ShownBoard, ShownSummary
from xbench.api.notebook import PlainLines
from xbench.records import Board

FAKES = ("xbench.testing",)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b[2J&amp;</td>"


class Tags(HTMLParser):
    """Names of tags and attributes, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(markup: str) -> Tags:
    tags = Tags()
    tags.feed(markup)
    return tags


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    place = tmp_path_factory.mktemp("shown")
    (place / "bare.toml").write_text("steps = 2\n", encoding="utf-8")
    asked: dict[str, Any] = {"recipe": str(place / "bare.toml"), "plugins": FAKES, "results": place / "results"}
    return place / "results", api.run(["ok", "raises"], "fake", seeds=1, **asked)


def inert(markup: str) -> Tags:
    found = parsed(markup)
    assert found.tags <= {"div", "table", "thead", "tbody", "tr", "th", "td", "p"}
    assert found.attributes <= {"style"}
    assert "\x1b" not in markup
    return found


def test_a_run_tells_how_it_ended(run: tuple[Path, Any]) -> None:
    results, summary = run
    assert isinstance(summary, ShownSummary)
    assert repr(summary).startswith("<run: 1 ok, 1 failed, in ")
    assert repr(summary).endswith(f"results in {results}>")
    assert inert(summary._repr_html_()).text in repr(summary)
    hostile = replace(summary, results=HOSTILE)
    assert "alert(1)" in inert(hostile._repr_html_()).text


def test_a_board_and_records_are_tables(run: tuple[Path, Any]) -> None:
    board, records = api.leaderboard(run[0], plugins=FAKES), api.load(run[0])
    assert isinstance(board, Board)
    found = inert(board._repr_html_())
    assert {"table", "td"} <= found.tags
    assert "fake_accuracy" in found.text
    assert found.text.endswith("2 rows")
    assert repr(board).splitlines()[0] == "<a board of 2 rows>"
    assert "raises" in repr(board)
    assert repr(records).splitlines()[0] == "<2 records>"
    assert inert(records._repr_html_()).text.endswith("2 records")
    assert [record.status for record in records] == ["ok", "failed"]


def test_hostile_names_and_texts_are_inert(run: tuple[Path, Any]) -> None:
    record = api.load(run[0])[0]
    cell = replace(record.cell, model=replace(record.cell.model, name=HOSTILE))
    told = Predictions(
        [{"text": HOSTILE, HOSTILE: 1, "prediction": HOSTILE, "spans": [{"type": HOSTILE, "text": "a"}]}]
    )
    board = api.leaderboard(run[0], plugins=FAKES)
    hostile = ShownBoard.of(replace(board, rows=tuple({**row, "model": HOSTILE} for row in board.rows)))
    for shown in (told, Records([replace(record, cell=cell)]), hostile):
        assert "<script>alert(1)</script>" in inert(shown._repr_html_()).text
        assert "\x1b" not in repr(shown)


def test_a_cut_board_says_what_has_the_rest(run: tuple[Path, Any]) -> None:
    board = api.leaderboard(run[0], plugins=FAKES)
    assert "all of them" not in repr(board)
    long = ShownBoard.of(replace(board, rows=board.rows[:1] * 60))
    mend = "shown; all of them: board.rows, or xbench.board.frame(board)"
    assert repr(long).startswith(f"<a board of 60 rows, the first 10 {mend}>")
    assert f"60 rows, the first 50 {mend}" in inert(long._repr_html_()).text


def test_predictions_are_a_list_of_dicts_with_a_face() -> None:
    told = Predictions([{"text": "a" * 300, "prediction": "yes", "score": 0.98765, "scores": {"yes": 0.98765}}] * 60)
    assert told[0]["prediction"] == "yes"
    found = inert(told._repr_html_())
    assert "60 predictions, the first 50 shown" in found.text
    assert "0.9877" in found.text
    assert "a" * 200 not in found.text
    assert repr(Predictions()) == "<0 predictions>"
    assert repr(Predictions([{"text": "a"}])).startswith("<1 prediction>")
    lines = repr(told).splitlines()
    assert (lines[0], len(lines)) == ("<60 predictions, the first 10 shown>", 12)


def test_a_notebook_sees_a_line_for_each_cell(run: tuple[Path, Any], tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text("steps = 2\n", encoding="utf-8")
    stream = io.StringIO()
    lines = PlainLines(stream)
    api.run(
        ["ok", "raises"],
        "fake",
        recipe=str(tmp_path / "bare.toml"),
        plugins=FAKES,
        seeds=1,
        results=tmp_path / "results",
        on_plan=lines.plan,
        on_event=lines.event,
    )
    first, ok, failed = stream.getvalue().splitlines()
    assert first == "2 cells to run, 0 done before, 0 skipped"
    assert ok.startswith("1/2 fake ok+full seed 0: fake_accuracy ")
    assert failed == "2/2 fake raises+full seed 0: failed: a plugin's own mistake"


def test_ideographs_take_two_places_in_a_table_of_text() -> None:
    told = repr(Predictions([{"text": "天气很好", "label": "good"}, {"text": "bad news", "label": "bad"}]))
    assert told.splitlines()[1:] == ["text      label", "天气很好  good", "bad news  bad"]
