"""A unit of cells in this process: scored, saved, failed, and what its record says of the machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from fake_runs import planned, settings_of

from xbench import environment, wire
from xbench.catalog import Catalog
from xbench.errors import Cancelled, CellError, UserError
from xbench.outcome import failure, printed
from xbench.protocols import Job, Learner
from xbench.records import Event, Record, Settings, Unit
from xbench.runner import run_unit
from xbench.specs import Cell
from xbench.testing import FakeBackend


def run(
    tmp_path: Path, *models: str, seeds: int = 1, settings: Settings | None = None, events: list[Event] | None = None
) -> dict[str, Record]:
    """Runs one unit in this process; records by model and seed."""
    catalog, _, plan = planned(tmp_path / "results", models, seeds=seeds)
    told = [] if events is None else events
    spool = tmp_path / "unit"
    spool.mkdir()
    unit = Unit("u1", plan.to_run, "cpu", 1, 60.0)
    run_unit(unit, catalog, settings or settings_of(tmp_path / "results"), spool, told.append)
    records = [wire.convert(event.values, Record) for event in told if event.kind == "cell"]
    return {f"{record.cell.model.name}{record.cell.seed}": record for record in records}


def test_a_unit_scores_every_cell_and_one_that_diverges_leaves_the_others(tmp_path: Path) -> None:
    records = run(tmp_path, "ok", "diverges", "prints", seeds=2)
    assert {name: record.status for name, record in records.items()} == {
        "ok0": "ok",
        "ok1": "ok",
        "diverges0": "diverged",
        "diverges1": "diverged",
        "prints0": "ok",
        "prints1": "ok",
    }


def test_a_model_is_saved_where_that_is_asked_for(tmp_path: Path) -> None:
    events: list[Event] = []
    settings = replace(settings_of(tmp_path / "results"), save_model=True)
    run(tmp_path, "ok", settings=settings, events=events)
    files = next(event.files for event in events if event.kind == "cell")
    assert (files["model"] / "fake.json").is_file()


def test_the_test_split_is_not_in_a_job() -> None:
    assert {field.name for field in fields(Job)} == {"cell", "train", "validation", "context", "select", "observe"}


def test_where_fit_raises_with_several_cells_left_the_unit_raises(tmp_path: Path) -> None:
    events: list[Event] = []
    with pytest.raises(ValueError, match="a plugin's own mistake"):
        run(tmp_path, "ok", "raises", "prints", events=events)
    told = [wire.convert(event.values, Record) for event in events if event.kind == "cell"]
    assert [record.cell.model.name for record in told] == ["ok"]


class Forgetful(FakeBackend):
    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, Learner | CellError]]:
        yield from list(super().fit(jobs))[:-1]


def test_a_cell_that_fit_forgot_is_the_plugin_s_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalog, "backend", lambda self, name: Forgetful())
    record = run(tmp_path, "ok")["ok0"]
    assert record.status == "failed"
    assert record.error is not None
    assert record.error["message"] == "plugin fake: fit() ended without 1 of its 1 cells"


def test_a_cancellation_passes_through_the_backend_and_leaves_no_record(tmp_path: Path) -> None:
    catalog, _, plan = planned(tmp_path / "results", ("ok",))
    told: list[Event] = []

    def emit(event: Event) -> None:
        if event.values.get("step") == 2:
            raise Cancelled
        told.append(event)

    with pytest.raises(Cancelled):
        run_unit(Unit("u1", plan.to_run, "cpu", 1, 60.0), catalog, settings_of(tmp_path), tmp_path, emit)
    assert {event.kind for event in told} == {"progress"}


class OutOfMemoryError(RuntimeError):
    """As torch calls it."""


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (OutOfMemoryError("no room"), "out_of_memory", "OutOfMemoryError"),
        (MemoryError(), "out_of_memory", "MemoryError"),
        (CellError("diverged", "fit", "loss", kind="NonFinite"), "diverged", "NonFinite"),
        (UserError("no such file", "get it"), "failed", "UserError"),
        (RuntimeError("boom"), "failed", "RuntimeError"),
    ],
)
def test_an_exception_has_a_status_and_a_name(error: Exception, status: str, kind: str) -> None:
    found, told = failure(error, "fit")
    assert (found, told["type"], told["stage"]) == (status, kind, "fit")


def test_a_hint_reaches_the_record() -> None:
    assert failure(UserError("no such file", "get it"), "load")[1]["hint"] == "get it"


def test_the_environment_names_versions_and_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XBENCH_SECRET", "s3cr3t-value")
    told = wire.dumps(environment.describe()).decode()
    described: Any = environment.describe()
    assert described["packages"]["numpy"]
    assert described["cores"] >= 1
    assert "s3cr3t-value" not in told
    assert os.path.expanduser("~") not in told  # noqa: PTH111  as text


def test_train_is_scored_on_no_more_examples_than_test_has(tmp_path: Path) -> None:
    events: list[Event] = []
    run(tmp_path, "ok", events=events)
    sizes = {event.values["stage"]: event.values["of"] for event in events if "of" in event.values}
    assert sizes == {"train": 30, "validation": 20, "test": 30}  # of 60, 20 and 30


def test_the_commit_and_whether_files_were_changed(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        named = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
        subprocess.run(["git", *named, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "kept").write_text("one")
    git("add", "kept")
    git("commit", "-m", "One")
    found = environment._git(tmp_path)
    assert found is not None
    assert (len(found["commit"]), found["dirty"]) == (40, False)
    (tmp_path / "kept").write_text("another")
    assert environment._git(tmp_path) == {**found, "dirty": True}


def test_predictions_that_are_left_out_are_counted(tmp_path: Path) -> None:
    error = run(tmp_path, "short")["short0"].error
    assert error is not None
    assert (error["stage"], error["message"]) == ("predict", "29 predictions for 30 examples of train")


def test_of_what_was_printed_the_end_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"first" + b"." * (1 << 20) + b"last")
    kept = printed(log)
    assert (len(kept), kept[-4:]) == (1 << 20, b"last")
    assert printed(tmp_path / "none") == b""
