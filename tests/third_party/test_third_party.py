"""A plugin in a wheel of its own, beside xbench's wheel, in an environment that has neither in development mode."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def call(*arguments: str | Path, cwd: Path | None = None) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "XBENCH_PLUGINS", "XBENCH_DATA_DIR")}
    done = subprocess.run(arguments, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the two wheels; frameworks are lent by this site-packages, editable installs are not."""
    folder = tmp_path_factory.mktemp("clean")
    for project in (ROOT, HERE / "xbench_ratings"):
        call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "wheels", cwd=project)
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    wheels = sorted((folder / "wheels").glob("*.whl"))
    assert len(wheels) == 2
    call(sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--python", python, *wheels)
    site = next((folder / "env" / "lib").glob("python*/site-packages"))
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


def test_the_wheel_is_what_runs(python: Path, tmp_path: Path) -> None:
    where = call(python, "-c", "import xbench, xbench_clue, xbench_ratings; print(xbench.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(python.parents[1])


def test_a_plugin_is_written_from_the_wheel_and_checked(python: Path, tmp_path: Path) -> None:
    """The templates are in the wheel, and the check needs nothing of this repository."""
    call(python, "-m", "xbench", "new", "plugin", "fresh", cwd=tmp_path)
    assert call(python, "-m", "xbench", "check", "xbench-fresh", cwd=tmp_path).splitlines()[-1] == "ok"


def test_it_is_listed_with_its_owner(python: Path, tmp_path: Path) -> None:
    lines = call(python, "-m", "xbench", "list", "plugins", "--json", cwd=tmp_path).splitlines()
    plugins = {row["name"]: row for row in map(json.loads, lines)}
    assert plugins["ratings"]["distribution"] == "xbench-ratings 0.3.0"
    assert not plugins["ratings"]["problem"]
    tasks = call(python, "-m", "xbench", "list", "tasks", cwd=tmp_path)
    assert "stars" in tasks
    assert "tnews" in tasks  # the cards are in xbench's own wheel


def test_its_task_runs_on_a_built_in_model_and_stands_on_the_board(python: Path, tmp_path: Path) -> None:
    command = ["run", "-t", "stars", "-m", "median-stars", "-m", "scratch-tiny-encoder", "-m", "majority"]
    budget = ["--set", "max_examples_seen=1600", "--seeds", "2", "--results", "results"]
    call(python, "-m", "xbench", *command, *budget, cwd=tmp_path)
    with (tmp_path / "results" / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"median-stars", "scratch-tiny-encoder"}  # majority has no word for ratings
    assert rows["scratch-tiny-encoder"]["metric"] == "mae"
    assert rows["scratch-tiny-encoder"]["route"] == "head"
    assert rows["scratch-tiny-encoder"]["higher_is_better"].lower() == "false"
    assert float(rows["scratch-tiny-encoder"]["score"]) < float(rows["median-stars"]["score"])
    assert rows["scratch-tiny-encoder"]["rank"] == "1"
