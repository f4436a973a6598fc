"""Markdown: one table for each task and metric, notes that explain it, and names that stay names."""

from __future__ import annotations

import pytest
from made_board import made_board, made_row

from xbench_report import Markdown
from xbench_report.contests import cost, count, seconds, standing
from xbench_report.markdown import escape


def lines(*more: dict) -> list[str]:
    return Markdown().render(made_board(*more)).decode("utf-8").splitlines()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_one_section_for_each_task_and_metric() -> None:
    heads = [line for line in lines() if line.startswith("## ")]
    assert heads == ["## tnews: accuracy (subset 2000/9000 train)", "## wmt14: bleu", "## Notes"]


def test_rows_are_written_for_people() -> None:
    found = lines()
    start = next(i for i, line in enumerate(found) if line.startswith("| rank"))
    header, alpha, beta, lucky, broken = (cells(found[start + i]) for i in (0, 2, 3, 4, 5))
    row = dict(zip(header, alpha, strict=True))
    assert (row["rank"], row["tie"], row["model"], row["score"]) == ("1", "a", "alpha", "0.9100")
    assert (row["95 % interval"], row["gain"], row["trainable"], row["train time"]) == (
        "0.8900–0.9300",
        "+0.5000",
        "1.5 M",
        "90 s",
    )
    assert dict(zip(header, beta, strict=True))["gain"] == "−0.0123"
    assert dict(zip(header, beta, strict=True))["method"] == r"lora\[r=16\]"
    assert dict(zip(header, lucky, strict=True))["rank"] == ""
    last = dict(zip(header, broken, strict=True))
    assert (last["score"], last["status"], last["flags"]) == ("", "diverged", "2/3 seeds")


def test_bleu_has_two_decimals() -> None:
    assert any("| 27.52 | 26.50–28.50 |" in line for line in lines())


def test_notes_explain_statistics_flags_and_cost() -> None:
    text = "\n".join(lines())
    assert "Holm" in text
    assert "`one-seed`: one seed only" in text
    assert "Smallest difference that this board would find four times in five: 0.0310." in text
    assert "5 rows from 5 runs" in text


def test_names_cannot_break_the_table_or_become_markup() -> None:
    hostile = "a|b\n<img src=x onerror=alert(1)> [x](http://evil) *b* `c`"
    (line,) = [line for line in lines(made_row(hostile, 0.5, 3)) if "onerror" in line]
    assert "<img" not in line
    assert r"a\|b &lt;img" in line
    assert r"\[x\](http://evil) \*b\* \`c\`" in line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("macro_f1", "macro_f1"), ("__init__", r"\_\_init\_\_"), (None, ""), (3, "3"), ("a\\|", r"a\\\|")],
)
def test_escape(raw: object, shown: str) -> None:
    assert escape(raw) == shown


def test_a_run_in_several_rows_is_paid_once() -> None:
    row = made_row("alpha", 0.9, 1, run_ids="r0;r1;r2")
    assert cost([row, row | {"metric": "macro_f1"}]) == (3, 270.0, 30.0)


def test_units() -> None:
    assert [seconds(x) for x in (None, 0.42, 12.4, 210, 9000)] == ["", "0.4 s", "12 s", "3.5 min", "2.5 h"]
    assert [count(x) for x in (None, 812, 66_400, 110_100_000, 7e9)] == ["", "812", "66.4 k", "110.1 M", "7.0 G"]
    assert standing({"rank": 2, "rank_max": 4}) == "2–4"
