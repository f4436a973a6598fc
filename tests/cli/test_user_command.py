"""The call of the README's first line, to the letter, without a network: T5 on WMT14 from the Hugging Face caches."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import offline_caches
import pytest

PAIRS = 200


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("huggingface")
    offline_caches.fill_t5_cache(home)
    offline_caches.fill_wmt14_cache(home, PAIRS)
    return home


def run(command: str, caches: Path, results: Path) -> subprocess.CompletedProcess[str]:
    words = command.split()
    assert words[0] == "xbench"
    return subprocess.run(
        [str(Path(sys.executable).parent / "xbench"), *words[1:], "--results", str(results)],
        cwd=results.parent,
        env={**os.environ, "HF_HOME": str(caches), "XDG_CACHE_HOME": str(caches), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_t5_base_on_wmt14(caches: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    done = run("xbench run --model t5-base --task wmt14 --offline --seeds 1", caches, results)
    assert done.returncode == 0, done.stderr
    shown = done.stdout + done.stderr
    assert shown.index("300,000") < shown.index("predicted time") < shown.index("start")

    (path,) = results.glob("wmt14-en-de/t5-base--full--s0--*/record.json")
    record = json.loads(path.read_text())
    assert record["status"] == "ok"
    assert record["cell"]["route"] == "text"
    assert record["cell"]["model"]["revision"] == offline_caches.T5_REVISION
    assert record["cell"]["model"]["source"] == ""
    assert record["cell"]["identity"]["run"]["prefix"] == "translate English to German: "
    assert record["cell"]["recipe_values"]["max_examples_seen"] == 300_000
    assert record["cell"]["recipe_values"]["lr"] == 3e-4
    assert "seen-task" in record["flags"]
    assert "missing-prefix" not in record["flags"]
    assert record["counts"]["train"] == PAIRS * 8 // 10
    assert record["cost"]["steps"] == 3 * 5  # three epochs of 160 pairs, 32 at a time
    assert record["cost"]["total_params"] == record["cost"]["trainable_params"]

    with (results / "leaderboard.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["model"], row["task"], row["status"]) for row in rows} == {("t5-base", "wmt14-en-de", "ok")}
    assert all("seen-task" in row["flags"].split(";") for row in rows)

    again = run("xbench run --model t5-base --task wmt14 --offline --seeds 1", caches, results)
    assert again.returncode == 0
    assert "1 done before" in again.stdout + again.stderr


def test_name_that_is_in_no_cache(caches: Path, tmp_path: Path) -> None:
    done = run("xbench run --model t5-bsae --task wmt14 --offline", caches, tmp_path / "results")
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1
    assert "t5-bsae" in lines[0]
    assert "no folder or hub id" in lines[0]
