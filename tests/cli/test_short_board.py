"""The board as `xbench leaderboard` prints it: what training gained, train beside test, and 80 columns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_cells import Share, made_cell, made_model, made_record, made_task
from rich.cells import cell_len

from xbench import api, board
from xbench.cli.short import table
from xbench.records import Board, Record
from xbench.testing.fake_task import FakeReader
from xbench_report import markdown


@pytest.fixture
def made(tmp_path: Path) -> Board:
    """none: 2 and 4 of 10 right, full: 7 and 8, on train 0.9 and 1.0: a gain of 0.75 - 0.3, and 0.95 on train."""
    rows = {"none": ((2, 0.25), (4, 0.35)), "full": ((7, 0.9), (8, 1.0))}
    records: list[Record] = []
    for method, seeds in rows.items():
        for seed, (right, train) in enumerate(seeds):
            cell = made_cell(seed, task=made_task("films"), model=made_model("one"), method=method)
            hits = np.array([1.0] * right + [0.0] * (10 - right))
            (tmp_path / cell.key).mkdir()
            np.savez_compressed(tmp_path / cell.key / "stats.npz", accuracy=np.stack([hits, np.ones(10)], axis=1))
            flags = ("untrained-head",) if method == "none" else ()
            changes = {"scores": {"accuracy": right / 10}, "train_score": train, "counts": {"test": 10}, "flags": flags}
            records.append(made_record(cell, f"{method}-{seed}", **changes))
    metric: Any = Share()
    return board.build(records, lambda record: tmp_path / record.key, lambda text: metric)


def test_gain_and_train_score_stand_beside_the_score(made: Board) -> None:
    lines = list(table(made))
    assert lines[1] == "films  accuracy  (n=10, recipe default)"
    assert lines[2].split() == ["rank", "model+method", "score", "95", "%", "gain", "train", "seeds", "notes"]
    full, none = (next(line.split() for line in lines[3:] if f"one+{name}" in line) for name in ("full", "none"))
    assert full[full.index("one+full") + 1] == "0.7500"
    assert full[-3:] == ["+0.4500", "0.9500", "2"]
    assert none[none.index("one+none") + 1] == "0.3000"
    assert none[-3:] == ["0.3000", "2", "untrained-head"]  # 0.3 on train too, and no gain over itself


def test_the_markdown_board_has_both_columns(made: Board) -> None:
    text = markdown.render(made).decode()
    header = next(line for line in text.splitlines() if line.startswith("| rank"))
    names = [cell.strip() for cell in header.strip("|").split("|")]
    line = next(line for line in text.splitlines() if "| full |" in line)
    cells = dict(zip(names, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
    assert (cells["score"], cells["gain"], cells["train score"]) == ("0.7500", "+0.4500", "0.9500")


def test_on_80_columns_notes_go_below_their_row(made: Board) -> None:
    long = [{**row, "recipe": f"{row['recipe']}[batch_size=8,epochs=20,lr=3e-05]"} for row in made.rows]
    shown = Board(made.columns, tuple(long), (), {}, {})
    lines = list(table(shown, 80))
    assert all(cell_len(line) <= 80 for line in lines)
    at = next(number for number, line in enumerate(lines) if "one+none" in line)
    assert lines[at + 1].strip() == "batch_size=8,epochs=20,lr=3e-05, untrained-head"
    assert any("one+none" in line and "untrained-head" in line for line in table(shown))  # a pipe gets whole lines


def test_a_subset_is_told_by_the_heading_and_not_by_every_row(made: Board) -> None:
    limited = tuple({**row, "flags": "subset 7/9 train"} for row in made.rows)
    lines = list(table(Board(made.columns, limited, (), {}, {})))
    assert lines[1] == "films  accuracy  (n=10, recipe default, subset 7/9 train)"
    assert not any("subset" in line for line in lines[2:])


def test_a_failed_row_shows_its_status_and_no_score(made: Board) -> None:
    failed = {**made.rows[0], "score": None, "ci_low": None, "gain": None, "rank": None, "tie_group": None}
    (line,) = list(table(Board(made.columns, ({**failed, "status": "diverged"},), (), {}, {})))[3:]
    assert line.split()[-1] == "diverged"
    assert "0.75" not in line


def test_train_score_is_the_main_metric_on_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake model says the majority label before training, so its train score is that label's share of train."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "bare.toml").write_text('description = "nothing"\n', encoding="utf-8")
    asked = {"recipe": str(tmp_path / "bare.toml"), "results": tmp_path / "results", "seeds": 1}
    api.run("ok", "fake", "none", limit_train=20, plugins=("xbench.testing",), **asked)
    (record,) = api.load(tmp_path / "results")
    # As many examples as the test split has, at most: all 20. Limits are stratified: 20 of 60 keep the shares.
    labels = Counter(str(row["label"]) for row in FakeReader().rows(record.cell.task.data, "train", None, True))
    ((_, most),) = labels.most_common(1)
    assert record.train_score is not None
    assert record.train_score * 20 == pytest.approx(round(record.train_score * 20))  # of 20 examples
    assert round(record.train_score * 20) in (most * 20 // 60, -(-most * 20 // 60))


def test_a_rank_is_a_range_where_the_data_leave_several(made: Board) -> None:
    open_ = tuple({**row, "rank": 1, "rank_max": 2, "tie_group": "a"} for row in made.rows)
    lines = list(table(Board(made.columns, open_, (), {}, {})))
    assert all(line.startswith("  1-2 a  one+") for line in lines[3:])
