"""Curves of a board's runs: read when asked for, thinned, whatever a killed writer left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_cells import made_cell, made_record

from xbench.curves import POINTS, Curves, read, thinned


def test_series_are_told_apart_and_clocks_left_out(tmp_path: Path) -> None:
    path = tmp_path / "curve.jsonl"
    path.write_text(
        '{"step":1,"seconds":0.5,"loss":2.0}\n{"step":2,"seconds":1.0,"loss":null}\n'
        '{"step":3,"seconds":1.5,"loss":1.0,"validation":0.25}\n{"step":4,"lo'
    )
    assert read(path) == {"loss": [(1, 2.0), (3, 1.0)], "validation": [(3, 0.25)]}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n", b"[1]\n", b'{"loss":1}\n', b'{"step":"1","loss":1}\n'])
def test_what_is_no_curve_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "curve.jsonl").write_bytes(content)
    assert read(tmp_path / "curve.jsonl") == {}
    assert read(tmp_path / "none.jsonl") == {}


@pytest.mark.parametrize("size", [0, 1, POINTS, POINTS + 1, 1000])
def test_thinning_keeps_the_ends_and_the_order(size: int) -> None:
    points = [(step, step / 10) for step in range(size)]
    kept = thinned(points)
    assert len(kept) == min(size, POINTS)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(points)
    assert kept[:1] == points[:1]
    assert kept[-1:] == points[-1:]


def test_a_board_opens_the_file_of_the_run_that_is_asked_for(tmp_path: Path) -> None:
    opened: list[str] = []
    records = [made_record(made_cell(seed), f"r{seed}") for seed in range(2)]

    def folder_of(record: object) -> Path:
        opened.append(record.run_id)  # type: ignore[attr-defined]
        return tmp_path

    (tmp_path / "curve.jsonl").write_text(json.dumps({"step": 1, "loss": 3}))
    curves = Curves(records, folder_of)
    assert (list(curves), len(curves), opened) == (["r0", "r1"], 2, [])
    assert curves["r1"] == {"loss": [(1, 3)]}
    assert opened == ["r1"]
