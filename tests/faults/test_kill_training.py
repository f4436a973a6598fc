"""A real training run that is killed three times ends with the records of one that was left alone."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xbench.store import Store

SEEDS = 3


def start(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "xbench", "run", "--model", "scratch-tiny", "--task", "demo-sentiment"]
    options = [
        "--recipe",
        "quick",
        "--set",
        "max_examples_seen=3000",
        "--seeds",
        str(SEEDS),
        "--device",
        "cpu",
        "--json",
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(root.parent / "cache")}
    return subprocess.Popen(
        [*command, *options, "--results", str(root)], stdout=subprocess.PIPE, text=True, env=environment
    )


def trains(driver: subprocess.Popen[str]) -> bool:
    """Reads on until a cell trains; False where the run ends first."""
    assert driver.stdout is not None
    for line in driver.stdout:
        told = json.loads(line)
        if told["event"] == "cell_progress" and told["values"].get("stage") == "fit":
            return True
    return False


def predictions(root: Path) -> dict[str, bytes]:
    """By key, of good records."""
    store = Store(root)
    return {
        record.key: (store.folder(record) / "predictions.jsonl").read_bytes()
        for record in store.records()
        if record.status == "ok"
    }


@pytest.mark.slow
def test_three_kills_of_a_real_training_change_no_prediction(tmp_path: Path) -> None:
    undisturbed, root = tmp_path / "undisturbed", tmp_path / "results"
    start(undisturbed).communicate(timeout=280)
    wanted = predictions(undisturbed)
    assert len(wanted) == SEEDS

    draw = random.Random(3)
    for _ in range(3):
        driver = start(root)
        assert trains(driver)
        time.sleep(draw.uniform(0.0, 1.0))
        driver.send_signal(signal.SIGKILL)
        driver.communicate(timeout=280)
    driver = start(root)
    driver.communicate(timeout=280)
    assert driver.returncode == 0
    assert predictions(root) == wanted
