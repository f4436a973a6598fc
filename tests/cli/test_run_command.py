"""`xbench run` with the fakes: what it prints, what it leaves, and its exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made_plugins import install

from xbench import api
from xbench.cli import main

RUN = ("run", "-p", "xbench.testing", "-t", "fake", "--recipe", "fake.toml")
XBENCH = (sys.executable, "-m", "xbench")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)
    Path("fake.toml").write_text("steps = 2\n", encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[str]:
    """The lines that the command prints."""
    assert main((*RUN, *arguments)) == code
    return capsys.readouterr().out.splitlines()


def objects(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def test_the_plan_comes_first_and_the_board_last(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "-m", "ok", "--method", "none", "--method", "full", "--method", "lora", "--seeds", "2")
    assert lines[0] == "plan: 4 cells to run, 0 done before, 1 skipped"
    assert lines[1] == "skip   fake  ok+lora: fake models know no method lora"
    assert lines[2].startswith("predicted time: ")
    assert sum(line.startswith("ok ") for line in lines) == 4
    assert lines[-2].startswith("end: 4 ok, 0 failed, 0 done before, 1 skipped")
    assert lines[-1] == "board: results/leaderboard.csv results/leaderboard.html results/leaderboard.md"
    assert Path("results/leaderboard.csv").read_text(encoding="utf-8").startswith("task,task_version,task_type,")


def test_the_same_command_again_does_only_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "-m", "ok", "--seeds", "1")
    first = {path: path.stat().st_mtime_ns for path in Path("results").rglob("record.json")}
    lines = run(capsys, "-m", "ok", "--seeds", "2")
    assert lines[0] == "plan: 1 cell to run, 1 done before, 0 skipped"
    assert len(first) == 1
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in first.items())
    assert len(list(Path("results").rglob("record.json"))) == 2


def test_a_failed_cell_is_exit_1_and_leaves_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "-m", "diverges", "-m", "ok", "--seeds", "1", code=1)
    assert any(
        line.startswith("diverged  fake  diverges+full  s0  fit: the loss is nan (a smaller lr)") for line in lines
    )
    assert lines[-2].startswith("end: 1 ok, 1 failed (--retry-failed runs failed cells again), 0 done before")
    assert {record.status for record in api.load("results")} == {"ok", "diverged"}
    again = run(capsys, "-m", "diverges", "-m", "ok", "--seeds", "1", code=1)
    assert again[0] == "plan: 0 cells to run, 2 done before, 0 skipped"
    assert "diverged before; --retry-failed tries again" in again[1]
    retried = run(capsys, "-m", "diverges", "-m", "ok", "--seeds", "1", "--retry-failed", code=1)
    assert retried[0] == "plan: 1 cell to run, 1 done before, 0 skipped"


def test_a_dry_run_prints_each_cell_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "-m", "ok", "--seeds", "2", "--dry-run")
    assert lines[:2] == [
        "run    fake  ok+full  s0  0.1 s, 1 MiB  trained with 1 other",
        "run    fake  ok+full  s1  0.1 s, 1 MiB  trained with 1 other",
    ]
    assert lines[2] == "plan: 2 cells to run, 0 done before, 0 skipped"
    assert not Path("results").exists()


def test_the_declared_budget_and_the_predicted_time_are_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("run", "-m", "scratch-tiny", "-m", "majority", "-t", "demo-sentiment", "--seeds", "1", "--dry-run")
    assert main((*arguments, "--recipe", "quick", "--set", "max_examples_seen=4000")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3] == "plan: 2 cells to run, 0 done before, 0 skipped"
    assert lines[-2] == "budget: training examples seen by a cell: at most 4,000 (recipe quick[max_examples_seen=4000])"
    assert lines[-1].startswith("predicted time: ")
    assert main((*arguments, "--recipe", "full")) == 0
    assert (
        "budget: training examples seen by a cell: as many as its epochs say (recipe full)" in capsys.readouterr().out
    )


def test_json_prints_one_object_a_line_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("-m", "prints", "-m", "diverges", "--method", "full", "--method", "lora", "--seeds", "1", "--json")
    told = objects(run(capsys, *arguments, code=1))
    assert told[0]["event"] == "plan"
    assert (told[0]["run"], told[0]["skip"], told[0]["done"]) == (2, 2, 0)
    assert told[0]["skipped"][0]["reason"] == "fake models know no method lora"
    finished = {event["model"]: event for event in told if event["event"] == "cell_finished"}
    assert finished["prints"]["status"] == "ok"
    (score,) = [record.scores for record in api.load("results") if record.status == "ok"]
    assert finished["prints"]["scores"] == score
    assert finished["diverges"]["error"]["message"] == "the loss is nan"
    assert told[-2]["event"] == "summary"
    assert told[-2]["statuses"] == {"ok": 1, "diverged": 1}
    assert told[-1] == {"event": "board", "files": [f"results/leaderboard.{name}" for name in ("csv", "html", "md")]}


def test_what_a_plugin_prints_while_planning_stays_out_of_the_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    talker = """
    from xbench.testing import FakeBackend
    class Talker(FakeBackend):
        name = "talker"
        def models(self): return [ModelSpec("talker", "talks", None, "encoder")]
        def refuse(self, cell): print("hello from refuse")
    @hookimpl
    def xbench_backends(): return [Talker()]
    """
    install(tmp_path, {"made_talker": talker}, {})
    monkeypatch.syspath_prepend(tmp_path)
    assert main((*RUN, "-p", "made_talker", "-m", "talks", "--seeds", "1", "--dry-run", "--json")) == 0
    printed = capsys.readouterr()
    assert [event["event"] for event in objects(printed.out.splitlines())] == ["entry", "plan"]
    assert "hello from refuse" in printed.err


def test_a_json_dry_run_prints_each_cell(capsys: pytest.CaptureFixture[str]) -> None:
    told = objects(run(capsys, "-m", "ok", "--seeds", "2", "--dry-run", "--json"))
    assert [(event["event"], event.get("seed"), event.get("state")) for event in told] == [
        ("entry", 0, "run"),
        ("entry", 1, "run"),
        ("plan", None, None),
    ]


def test_a_model_may_bring_its_method(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "-m", "ok+none", "-m", "prints", "--seeds", "1", "--dry-run")
    assert [line.split()[2] for line in lines if line.startswith("run ")] == ["ok+none", "prints+full"]


def test_a_grid_file_stands_for_flags_and_flags_win(capsys: pytest.CaptureFixture[str]) -> None:
    names = 'models = ["ok"]\ntasks = ["fake"]\nmethods = ["none", "full"]\n'
    Path("grid.toml").write_text(names + 'seeds = 2\nresults = "there"\n[set]\nsteps = 5\n', encoding="utf-8")
    arguments = ("run", "grid.toml", "-p", "xbench.testing", "--recipe", "fake.toml", "--seeds", "1")
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[0] == "plan: 2 cells to run, 0 done before, 0 skipped"
    assert {record.cell.recipe for record in api.load("there")} == {"fake[steps=5]"}
    assert main((*arguments, "--set", "steps=6", "--dry-run")) == 0
    assert capsys.readouterr().out.splitlines()[-2].startswith("plan: 2 cells to run, 0 done before")


def test_what_the_budget_leaves_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "-m", "ok", "--seeds", "4", "--set", "step_seconds=0.3", "--budget", "0.1", code=1)
    assert "1 left; the same command goes on from there" in lines[-2]


def test_a_command_is_recorded_without_the_places_of_this_machine(tmp_path: Path) -> None:
    arguments = (*RUN, "-m", "ok", "--seeds", "1", "--results", str(tmp_path / "there"))
    assert main(arguments) == 0
    (record,) = api.load(tmp_path / "there")
    assert record.command == f"xbench {' '.join(arguments[:-1])} .../there"


def test_ctrl_c_is_130_and_the_same_command_goes_on_from_there() -> None:
    command = (*XBENCH, *RUN, "-m", "ok", "-m", "slow", "--seeds", "1", "--set", "steps=40")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("start  fake  slow+full"):
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "xbench: interrupted; the same command goes on from there"
    assert "Traceback" not in errors
    assert [record.cell.model.name for record in api.load("results")] == ["ok"]
    again = (*command[:-1], "steps=40", "--dry-run")
    printed = subprocess.run(again, capture_output=True, text=True, check=True).stdout
    assert "plan: 1 cell to run, 1 done before, 0 skipped" in printed
