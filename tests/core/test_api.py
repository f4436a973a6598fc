"""What a notebook calls: whole runs with backends that need no framework."""

from __future__ import annotations

import csv
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.board import frame
from xbench.errors import UserError
from xbench.plan import Plan
from xbench.records import Record

FAKES = ("xbench.testing",)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a recipe that moves nothing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("bare.toml").write_text('description = "nothing"\n')
    return tmp_path


def run(models: Any = "ok", tasks: Any = "fake", **asked: Any) -> Any:
    return api.run(models, tasks, **{"recipe": "bare.toml", "plugins": FAKES, "seeds": 2, **asked})


def stamps(results: str = "results") -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in Path(results).glob("*/*/record.json")}


def test_a_run_leaves_records_and_a_board(place: Path) -> None:
    summary = run(methods=["none", "full"])
    assert (summary.ok, summary.failed, summary.done, summary.left) == (4, 0, 0, 0)
    records = api.load()
    assert {(r.cell.method, r.cell.seed, r.status) for r in records} == {
        (m, s, "ok") for m in ("none", "full") for s in (0, 1)
    }
    with Path("results/leaderboard.csv").open(newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    assert float(rows["full"]["score"]) == pytest.approx(sum(scores(records, "full")) / 2)
    assert float(rows["full"]["gain"]) == pytest.approx(float(rows["full"]["score"]) - float(rows["none"]["score"]))
    assert {path.name for path in Path("results").iterdir()} == {
        *(".xbench", "fake", "leaderboard.csv", "leaderboard.html", "leaderboard.md")
    }
    assert frame(api.leaderboard(plugins=FAKES))["method"].tolist() == ["full", "none"]


def scores(records: list[Record], method: str) -> list[float]:
    return [record.scores["fake_accuracy"] for record in records if record.cell.method == method]


def test_the_same_run_again_does_only_what_is_missing() -> None:
    run(seeds=1)
    before = stamps()
    summary = run(seeds=3)
    assert (summary.ok, summary.done) == (2, 1)
    assert {path: stamp for path, stamp in stamps().items() if path in before} == before
    assert run(seeds=3).ok == 0


def test_upgrading_a_package_re_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr(metadata, "version", lambda name: "9.9.9")
    assert (run().ok, run().done) == (0, 2)


def test_set_re_runs_only_the_cells_that_read_it() -> None:
    assert run(["ok", "majority"], seeds=1).ok == 2
    summary = run(["ok", "majority"], seeds=1, sets={"steps": 4})
    assert (summary.ok, summary.done) == (1, 1)
    assert sorted(record.cell.recipe for record in api.load()) == ["bare", "bare", "bare[steps=4]"]


def test_a_failure_is_a_record_and_the_others_stand() -> None:
    summary = run(["raises", "ok"], seeds=1)
    assert (summary.ok, summary.failed) == (1, 1)
    assert summary.statuses == {"ok": 1, "failed": 1}
    failed = next(record for record in api.load() if record.status == "failed")
    assert failed.error is not None
    assert [failed.error[name] for name in ("stage", "type", "message")] == [
        "fit",
        "ValueError",
        "a plugin's own mistake",
    ]
    assert [row["status"] for row in api.leaderboard(plugins=FAKES).rows] == ["ok", "failed"]
    again = run(["raises", "ok"], seeds=1)
    assert (again.ok, again.failed, again.done) == (0, 0, 2)
    retried = run(["raises", "ok"], seeds=1, retry_failed=True)
    assert (retried.failed, retried.done) == (1, 1)
    assert len(api.load()) == 2


def test_a_dry_run_shows_the_plan_and_writes_nothing() -> None:
    plans: list[Plan] = []
    summary = run(["ok", "majority"], dry_run=True, on_plan=plans.append, methods=["full", "none"])
    assert plans[0].counts == {"run": 5, "skip": 1, "done": 0}
    assert (summary.left, summary.skipped, summary.ok) == (5, 1, 0)
    assert not Path("results").exists()


def test_events_tell_the_run() -> None:
    told: list[str] = []
    run(seeds=1, on_event=lambda name, values: told.append(name))
    assert told[0] == "run_started"
    assert told[-2:] == ["cell_finished", "run_finished"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"models": "okk"}, "unknown model 'okk'"),
        ({"tasks": "fakee"}, "unknown task 'fakee'"),
        ({"sets": ["steps"]}, "--set steps: no value"),
        ({"sets": {"stepz": 1}}, "unknown --set key 'stepz'.*did you mean steps"),
        ({"device": "cudda"}, "--device cudda"),
        ({"data_dir": "nowhere"}, "data folder nowhere: no such folder"),
        ({"plugins": ["xbench.testin"]}, "could not be imported: xbench.testin"),
        ({"results": "bare.toml"}, "results folder bare.toml cannot be written"),
    ],
)
def test_bad_input_is_said_before_anything_is_trained(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        run(**asked)
    assert stamps() == {}


def test_a_folder_without_records_is_said() -> None:
    for ask in (api.load, api.leaderboard, api.rescore, lambda: api.compare("a", "b")):
        with pytest.raises(UserError, match="no records under results"):
            ask()
    assert not Path("results").exists()


def test_compare_reads_the_folder() -> None:
    run(methods=["none", "full"], seeds=3)
    (pair,) = api.compare("ok+full", "ok+none", plugins=FAKES)
    full, none = (scores(api.load(), method) for method in ("full", "none"))
    assert pair["delta"] == pytest.approx((sum(full) - sum(none)) / 3)


METRICS = """
from dataclasses import dataclass
from xbench.hookspecs import hookimpl
from xbench.testing import FAKE_TASK, FakeAccuracy
import dataclasses

class Scaled(FakeAccuracy):
    name = "scaled"
    bounds = (0.0, 100.0)
    def __init__(self): pass
    def signature(self, task): return "scaled@{version}"
    def score(self, sums): return {factor} * sums[..., 0] / sums[..., 1]
    def direct(self, *asked): return {factor} * FakeAccuracy.direct(self, *asked)

class Extra(Scaled):
    name = "extra"
    def signature(self, task): return "extra"

@hookimpl
def xbench_metrics():
    return [Scaled(), Extra()]

@hookimpl
def xbench_tasks():
    return [dataclasses.replace(FAKE_TASK, name="scored", metrics={metrics})]
"""


def install(place: Path, **values: Any) -> tuple[str, ...]:
    """A plugin whose metric is as `values` say; the module is imported anew."""
    text = METRICS
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    (place / "made_scores.py").write_text(text)
    sys.modules.pop("made_scores", None)
    return (*FAKES, "made_scores")


def test_a_changed_metric_scores_stored_predictions_again_and_trains_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    plugins = install(place, factor=1, version=1, metrics=("scaled",))
    assert run(tasks="scored", plugins=plugins).ok == 2
    before = {record.key: record for record in api.load()}
    assert api.rescore(plugins=plugins).changed == ()

    plugins = install(place, factor=100.0, version=2, metrics=("scaled", "extra"))
    assert run(tasks="scored", plugins=plugins).done == 2  # nothing to train
    result = api.rescore(plugins=plugins)
    assert (len(result.changed), result.left) == (2, {})
    after = {record.key: record for record in api.load()}
    assert after.keys() == before.keys()
    for key, record in after.items():
        old = before[key]
        assert record.scores == {name: pytest.approx(100 * old.scores["scaled"]) for name in ("scaled", "extra")}
        assert record.signatures == {"scaled": "scaled@2", "extra": "extra"}
        assert (record.run_id, record.finished, record.cost) == (old.run_id, old.finished, old.cost)
        assert (record.train_score, record.validation_score) == (None, None)
    assert {row["metric"] for row in api.leaderboard(plugins=plugins).rows} == {"scaled", "extra"}
    assert api.rescore(plugins=plugins).changed == ()
    assert run(tasks="scored", plugins=plugins).done == 2


def test_what_cannot_be_scored_again_is_left_and_named() -> None:
    run(seeds=3)
    first, second, _ = api.load()
    folders = {json.loads(path.read_bytes())["run_id"]: path.parent for path in Path("results").glob("*/*/record.json")}
    (folders[first.run_id] / "predictions.jsonl").unlink()
    lines = (folders[second.run_id] / "predictions.jsonl").read_text().splitlines(keepends=True)
    (folders[second.run_id] / "predictions.jsonl").write_text("".join(lines[1:]))
    result = api.rescore(plugins=FAKES)
    assert len(result.same) == 1
    assert "no predictions are kept" in result.left[first.run_id]
    assert "other ids than the test split's" in result.left[second.run_id]


@pytest.mark.parametrize("left", [None, 0.5, 0.0])
def test_lost_or_torn_statistics_are_written_anew(left: float | None) -> None:
    run(seeds=1)
    (record,) = api.load()
    (file,) = Path("results").glob("*/*/stats.npz")
    was = file.read_bytes()
    file.unlink()
    if left is not None:
        file.write_bytes(was[: int(len(was) * left)])
        for ask in (lambda: api.leaderboard(plugins=FAKES), lambda: api.compare("ok", "ok", plugins=FAKES)):
            with pytest.raises(UserError, match=r"stats\.npz.*rescore"):
                ask()
    assert api.rescore(plugins=FAKES).changed == (record.run_id,)
    (file,) = Path("results").glob("*/*/stats.npz")
    assert len(file.read_bytes()) == len(was)
    assert api.load() == [record]


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("xbench run -m minilm=/home/me/models/minilm -t tnews", "xbench run -m minilm=.../minilm -t tnews"),
        ("xbench run --data-dir /data/sets --set lr=3e-5", "xbench run --data-dir .../sets --set lr=3e-5"),
        ("xbench run --results ../out -m a/b", "xbench run --results .../out -m a/b"),
        ("xbench run '--data-dir=/a b/c d'", "xbench run '--data-dir=.../c d'"),
        ("xbench run -m/home/me/minilm -m~/bert -t tnews", "xbench run -m.../minilm -m.../bert -t tnews"),
        ("it's a notebook", "it's a notebook"),
        ("", ""),
    ],
)
def test_a_recorded_command_names_no_folder_of_this_machine(command: str, kept: str) -> None:
    assert api.portable(command) == kept


def test_caches_go_where_they_can(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.cache_folder() == place / "cache" / "xbench"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(place / "home"))
    assert api.cache_folder() == place / "home" / ".cache" / "xbench"
    monkeypatch.setenv("HOME", str(place / "bare.toml"))  # a file: nothing can be made in it
    assert place not in api.cache_folder().parents
