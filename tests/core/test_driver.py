"""All cells of a run: what is retried, ungrouped, published, left, and told on the way."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runs import planned, run_fakes, settings_of

from xbench.driver import drive
from xbench.local import LocalExecutor
from xbench.records import Record
from xbench.store import Store
from xbench.testing.fake_backend import STATE


def records(root: Path) -> dict[str, Record]:
    return {f"{record.cell.model.name}{record.cell.seed}": record for record in Store(root).records()}


def files(root: Path, record: Record) -> set[str]:
    return {path.name for path in Store(root).folder(record).iterdir()}


def test_a_good_cell_leaves_scores_files_cost_and_where_it_ran(tmp_path: Path) -> None:
    root = tmp_path / "results"
    summary = run_fakes(root, "ok", command="xbench run -m ok")
    assert (summary.ok, summary.failed, summary.done, summary.left) == (1, 0, 0, 0)
    record = records(root)["ok0"]
    folder = Store(root).folder(record)
    assert files(root, record) == {"record.json", "predictions.jsonl", "stats.npz", "curve.jsonl", "log.txt"}

    lines = [json.loads(line) for line in (folder / "predictions.jsonl").read_text().splitlines()]
    share = sum(line["prediction"] == line["target"] for line in lines) / len(lines)
    assert len(lines) == 30
    assert record.scores == {"fake_accuracy": pytest.approx(share)}
    with np.load(folder / "stats.npz") as stats:
        assert stats["fake_accuracy"].sum(axis=0).tolist() == [pytest.approx(share * 30), 30.0]
    assert 0.8 < record.scores["fake_accuracy"] <= 1.0  # the words give the label away
    assert record.validation_score is not None
    assert record.train_score is not None
    assert record.flags == ()
    assert record.command == "xbench run -m ok"
    assert record.attempts == 1
    assert record.counts["test"] == 30
    assert record.cost.keys() >= {"train_seconds", "eval_seconds", "load_seconds", "total_params"}
    assert record.environment.keys() == {"python", "platform", "cores", "gpu", "packages", "git", "data"}
    curve = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    assert [(point["step"], point["loss"]) for point in curve] == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]


def test_the_same_command_again_runs_nothing(tmp_path: Path) -> None:
    root = tmp_path / "results"
    run_fakes(root, "ok", seeds=2)
    before = {path: path.read_bytes() for path in root.glob("fake/*/*")}
    summary = run_fakes(root, "ok", seeds=2)
    assert (summary.ok, summary.done, summary.statuses) == (0, 2, {"ok": 2})
    assert {path: path.read_bytes() for path in root.glob("fake/*/*")} == before
    assert len(before) == 10


@pytest.mark.parametrize(
    ("model", "status", "stage", "kind"),
    [
        ("raises", "failed", "fit", "ValueError"),
        ("memory", "out_of_memory", "fit", "MemoryError"),
        ("diverges", "diverged", "fit", "NonFinite"),
        ("short", "failed", "predict", "PluginError"),
        ("exit", "failed", "fit", "SystemExit"),
    ],
)
def test_a_failure_is_a_record(tmp_path: Path, model: str, status: str, stage: str, kind: str) -> None:
    root = tmp_path / "results"
    summary = run_fakes(root, model, "ok")
    assert (summary.ok, summary.failed) == (1, 1)
    record = records(root)[f"{model}0"]
    assert record.error is not None
    assert (record.status, record.error["stage"], record.error["type"]) == (status, stage, kind)
    assert record.scores == {}
    assert files(root, record) == {"record.json", "curve.jsonl", "log.txt"}


def test_a_log_holds_what_was_printed_and_the_traceback(tmp_path: Path) -> None:
    root = tmp_path / "results"
    run_fakes(root, "raises", "prints")
    found = records(root)
    failed = (Store(root).folder(found["raises0"]) / "log.txt").read_text()
    assert failed.rstrip().endswith("ValueError: a plugin's own mistake")
    assert "Traceback" in failed
    printed = (Store(root).folder(found["prints0"]) / "log.txt").read_bytes()
    assert found["prints0"].status == "ok"
    assert printed.startswith(b"x" * 99 + b"\n")
    assert printed.count(b"y" * 99 + b"\n") == 10_000


def test_a_failing_group_is_taken_apart_so_that_each_cell_gets_its_own_record(tmp_path: Path) -> None:
    root, told = tmp_path / "results", Counter[str]()
    summary = run_fakes(root, "raises", seeds=3, on_event=lambda name, values: told.update([name]))
    assert summary.failed == 3
    assert told["cell_retried"] == 3
    assert {record.attempts for record in records(root).values()} == {2}


def test_a_lost_worker_is_tried_again_and_a_cell_that_always_kills_it_is_crashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "results"
    monkeypatch.setenv(STATE, str(tmp_path))
    run_fakes(root, "kill-once", "osexit")
    found = records(root)
    assert (found["kill-once0"].status, found["kill-once0"].attempts) == ("ok", 2)
    assert (found["osexit0"].status, found["osexit0"].attempts) == ("crashed", 3)
    assert found["osexit0"].error is not None
    assert found["osexit0"].error["message"] == "the worker exited with 9"
    before = found["osexit0"].run_id

    summary = run_fakes(root, "kill-once", "osexit")  # crashed is no result: the same command tries again
    assert (summary.done, summary.failed) == (1, 1)
    assert records(root)["osexit0"].run_id != before


def test_a_failure_stands_until_it_is_to_be_tried_again(tmp_path: Path) -> None:
    root = tmp_path / "results"
    run_fakes(root, "raises")
    first = records(root)["raises0"].run_id
    assert run_fakes(root, "raises").statuses == {"failed": 1}
    assert records(root)["raises0"].run_id == first
    assert run_fakes(root, "raises", retry_failed=True).failed == 1
    assert records(root)["raises0"].run_id != first


def test_fail_fast_stops_the_run_and_leaves_the_rest(tmp_path: Path) -> None:
    summary = run_fakes(tmp_path / "results", "raises", "ok", "prints", fail_fast=True)
    assert (summary.failed, summary.ok, summary.left) == (1, 0, 2)


def test_fail_fast_waits_for_no_worker_that_hangs(tmp_path: Path) -> None:
    begun = time.monotonic()
    summary = run_fakes(tmp_path / "results", "hang", "slow", "raises", jobs=2, fail_fast=True)
    assert (summary.failed, summary.ok, summary.left) == (1, 1, 1)
    assert time.monotonic() - begun < 50  # 60 without progress would end it too


def test_a_spent_budget_starts_nothing_more(tmp_path: Path) -> None:
    summary = run_fakes(tmp_path / "results", "ok", "prints", step_seconds=0.3, budget=0.5)
    assert (summary.ok, summary.left) == (1, 1)


def test_a_cell_that_another_driver_works_on_is_waited_for(tmp_path: Path) -> None:
    root, released = tmp_path / "results", threading.Event()
    _, store, plan = planned(root, ("ok",))
    lease = store.lease(plan.to_run[0])
    assert lease is not None

    def let_go() -> None:
        released.set()
        lease.release()

    timer = threading.Timer(1.0, let_go)
    started_after: list[bool] = []
    elsewhere: list[str] = []

    def watch(name: str, values: Any) -> None:
        elsewhere.extend([values["cell"].key] if name == "cell_elsewhere" else [])
        if name == "cell_started":
            started_after.append(released.is_set())

    timer.start()
    assert run_fakes(root, "ok", on_event=watch).ok == 1
    assert started_after == [True]
    assert elsewhere == [plan.to_run[0].key]  # said once


def test_events_come_in_order(tmp_path: Path) -> None:
    told: list[str] = []
    run_fakes(tmp_path / "results", "ok", on_event=lambda name, values: told.append(name))
    steps = [name for name in told if name != "cell_progress"]
    assert steps == ["run_started", "cell_started", "cell_finished", "run_finished"]


def test_ctrl_c_publishes_nothing_half_and_the_same_command_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "results"

    def interrupt(name: str, values: Any) -> None:
        if name == "cell_progress" and values["cell"].model.name == "slow":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_fakes(root, "ok", "slow", on_event=interrupt)
    assert set(records(root)) == {"ok0"}
    assert list((root / ".xbench" / "spool").iterdir()) == []
    assert list((root / ".xbench" / "leases").iterdir()) == []
    summary = run_fakes(root, "ok", "slow")
    assert (summary.done, summary.ok) == (1, 1)


def test_an_interpreter_that_is_not_there_is_said(tmp_path: Path) -> None:
    root = tmp_path / "results"
    catalog, store, plan = planned(root, ("ok",))
    executor = LocalExecutor(settings_of(root), python=str(tmp_path / "no-python"), spool=root / ".xbench" / "spool")
    summary = drive(plan, executor, store, catalog, settings=settings_of(root))
    error = records(root)["ok0"].error
    assert summary.statuses == {"crashed": 1}
    assert error is not None
    assert "did not start" in error["message"]


def test_a_worker_imports_what_the_driver_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = tmp_path / "beside a notebook"
    beside.mkdir()
    (beside / "my_fakes.py").write_text(
        "from xbench.hookspecs import hookimpl\n"
        "from xbench.specs import ModelSpec\n"
        "from xbench.testing import FakeBackend\n"
        "class Mine(FakeBackend):\n"
        "    name = 'mine'\n"
        "    def models(self):\n"
        "        return [ModelSpec('mine', 'my-model', None, shape='encoder')]\n"
        "@hookimpl\n"
        "def xbench_backends():\n"
        "    return [Mine()]\n"
    )
    monkeypatch.syspath_prepend(str(beside))
    root = tmp_path / "results"
    summary = run_fakes(root, "my-model", plugins=("my_fakes",))
    assert summary.statuses == {"ok": 1}
