"""Runs that keep their models, what the test split held, and `xbench predict` as a test asks it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.api.places import dataset
from xbench.catalog import Catalog
from xbench.cli import main
from xbench.records import Settings

FAKES = ("xbench.testing",)
BUDGET = {"max_steps": 3, "batch_size": 4, "max_length": 48, "max_target_length": 8, "num_beams": 1}


def keep(results: Path, models: Sequence[str], tasks: Sequence[str], **asked: Any) -> None:
    """Trains a little, and keeps the models."""
    given = {"seeds": 1, "limit_train": 60, "limit_eval": 12, "save_model": True, "sets": BUDGET, **asked}
    summary = api.run(models, tasks, results=results, **given)
    assert (summary.failed, summary.left) == (0, 0), [record.error for record in api.load(results)]


def folders(results: Path) -> list[Path]:
    return sorted(path.parent for path in results.glob("*/*/record.json"))


def stored(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]


def asked(model: api.Model, cache: Path) -> list[dict[str, Any]]:
    """The test split's inputs, with their ids."""
    cell = model.record.cell
    data = dataset(cell.task, Catalog.load(), Settings(cache=cache), cell.limit_train, cell.limit_eval)
    return [{name: row[name] for name in ("id", *cell.task.inputs)} for row in data.rows("test")]


def predict(capsys: pytest.CaptureFixture[str], run: str, *arguments: str, code: int = 0) -> tuple[list[str], str]:
    """The lines on standard output, and standard error."""
    assert main(("predict", run, "-p", "xbench.testing", *arguments)) == code
    out, err = capsys.readouterr()
    return out.splitlines(), err
