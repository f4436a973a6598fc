"""Sample predictions: a few wrong and right ones, and never a text that may not be passed on."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_cells import made_cell, made_record, made_task

from xbench.errors import MissingData
from xbench.records import Record
from xbench.samples import LENGTH, LOOKED_AT, Samples
from xbench.specs import Cell
from xbench.tasktypes import Classification, Tagging

TASK = made_task(redistributable=True)


def write(folder: Path, answers: str, gold: str = "a") -> None:
    lines = [{"id": f"t{n}", "target": gold, "prediction": answer} for n, answer in enumerate(answers)]
    (folder / "predictions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def samples(folder: Path, record: Record, asked: list[Collection[str]] | None = None) -> Any:
    def examples_of(cell: Cell, ids: Collection[str]) -> Mapping[str, Any]:
        if asked is not None:
            asked.append(ids)
        return {name: {"id": name, "text": f"text {name}", "label": "a"} for name in ids}

    return Samples([record], lambda _: folder, examples_of, lambda _: Classification())[record.run_id]


def test_three_wrong_and_two_right_ones_are_shown(tmp_path: Path) -> None:
    write(tmp_path, "abababab")
    shown = samples(tmp_path, made_record(made_cell(task=TASK)))
    assert [(one["id"], one["right"]) for one in shown] == [
        ("t1", False),
        ("t3", False),
        ("t5", False),
        ("t0", True),
        ("t2", True),
    ]
    assert shown[0] == {"id": "t1", "input": {"text": "text t1"}, "target": "a", "prediction": "b", "right": False}


def test_they_come_from_all_over_the_test_split(tmp_path: Path) -> None:
    write(tmp_path, "a" * 6400)
    asked: list[Collection[str]] = []
    samples(tmp_path, made_record(made_cell(task=TASK)), asked)
    assert asked == [{f"t{100 * n}" for n in range(LOOKED_AT)}]


def test_texts_that_may_not_be_passed_on_are_not_even_read(tmp_path: Path) -> None:
    write(tmp_path, "ab")
    asked: list[Collection[str]] = []
    assert samples(tmp_path, made_record(made_cell(task=replace(TASK, redistributable=False))), asked) == []
    assert samples(tmp_path, made_record(made_cell(task=TASK), status="diverged"), asked) == []
    assert asked == []


def test_committed_records_keep_no_predictions(tmp_path: Path) -> None:
    assert samples(tmp_path, made_record(made_cell(task=TASK))) == []
    (tmp_path / "predictions.jsonl").write_text('{"id": "t0", "target": "a", "predic')
    assert samples(tmp_path, made_record(made_cell(task=TASK))) == []


def test_data_that_are_not_on_this_machine_are_no_error(tmp_path: Path) -> None:
    write(tmp_path, "ab")

    def missing(cell: Cell, ids: Collection[str]) -> Mapping[str, Any]:
        raise MissingData("no data at hand")

    record = made_record(made_cell(task=TASK))
    assert Samples([record], lambda _: tmp_path, missing, lambda _: Classification())[record.run_id] == []


@pytest.mark.parametrize(
    ("language", "prediction", "told"),
    [
        ("en", ["B-a", "I-a", "O"], "a 'New York' 0-8"),
        ("zh", ["O", "O", "B-a"], "a '!' 7-8"),
        ("en", ["B-a", "I-a", "I-a", "I-a"], "B-a I-a I-a I-a"),  # more tags than tokens: as it stands
    ],
)
def test_tags_are_told_as_spans(tmp_path: Path, language: str, prediction: list[str], told: str) -> None:
    task = made_task(type="tagging", inputs=("tokens",), labels=("a",), language=(language,), redistributable=True)
    line = {"id": "t0", "target": ["O", "O", "O"], "prediction": prediction}
    (tmp_path / "predictions.jsonl").write_text(json.dumps(line))
    example = {"id": "t0", "tokens": ["New", "York", "!"]}
    record = made_record(replace(made_cell(), task=task))
    (shown,) = Samples([record], lambda _: tmp_path, lambda *_: {"t0": example}, lambda _: Tagging())["r1"]
    assert (shown["prediction"], shown["target"]) == (told, "no spans")
    assert shown["input"]["tokens"] == ("New York !" if language == "en" else "NewYork!")


def test_long_texts_are_cut(tmp_path: Path) -> None:
    write(tmp_path, "a")
    record = made_record(made_cell(task=TASK))
    example = {"id": "t0", "text": "x" * 1000, "label": "a"}
    (shown,) = Samples([record], lambda _: tmp_path, lambda *_: {"t0": example}, lambda _: Classification())["r1"]
    assert shown["input"]["text"] == "x" * (LENGTH - 1) + "…"
