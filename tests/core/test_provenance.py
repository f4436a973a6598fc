"""What a board tells of its runs and tasks: all that repeats and judges them, no place of this machine."""

from __future__ import annotations

import json
from pathlib import Path

from made_cells import made_cell, made_record, made_task

from xbench import provenance
from xbench.board import build

ENVIRONMENT = {
    "python": "3.11.7",
    "gpu": None,
    "git": {"commit": "c0ffee", "dirty": True},
    "data": {"reader": "jsonl", "location": {"folder": "/home/me/secret"}},
}


def test_a_run_says_what_repeats_and_judges_it() -> None:
    record = made_record(made_cell(7), "r1", environment=ENVIRONMENT, command="xbench run -m fake")
    run = provenance.runs([record])["r1"]
    assert (run["seed"], run["status"], run["scores"]) == (7, "ok", {"accuracy": 0.5})
    assert (run["command"], run["key"]) == ("xbench run -m fake", record.key)
    assert run["environment"] == {"python": "3.11.7", "git": {"commit": "c0ffee", "dirty": True}}
    assert run["recipe_values"] == {"lr": 1e-3, "epochs": 3}
    assert "/" not in json.dumps(run)  # no folder: not the model's, not the data's


def test_tasks_are_told_by_version() -> None:
    tasks = [made_task(), made_task(version=2, redistributable=True, licence="CC-BY", citation="A (2020)")]
    told = provenance.tasks(made_record(made_cell(task=task)) for task in tasks)
    assert told["tnews@1"]["redistributable"] is False
    assert told["tnews@2"] == {"description": "", "licence": "CC-BY", "citation": "A (2020)", "redistributable": True}


def test_every_run_of_a_row_is_on_the_board(tmp_path: Path) -> None:
    records = [made_record(made_cell(seed), f"r{seed}") for seed in range(3)]
    board = build(iter(records), lambda record: tmp_path, lambda name: None)  # type: ignore[arg-type, return-value]
    (row,) = board.rows
    assert row["run_ids"].split(";") == list(board.runs) == list(board.curves) == ["r0", "r1", "r2"]
    assert f"{row['task']}@{row['task_version']}" in board.tasks
    assert dict(board.samples) == {}
