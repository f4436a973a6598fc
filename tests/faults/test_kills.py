"""Nothing lost: drivers and workers are killed at random moments, and the same command goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

import numpy as np
import pytest
from fake_runs import children, run_fakes, start_driver

from xbench.store import Store

MODELS = ("ok", "prints")
SEEDS = 10
CELLS = len(MODELS) * SEEDS
FILES = 5  # of a good cell
STEP_SECONDS = 0.02
KILLS = 50
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find a driver's workers")


def contents(root: Path) -> dict[Path, bytes]:
    """Every published file."""
    return {path: path.read_bytes() for path in root.glob("fake/*/*") if path.is_file()}


def results(root: Path) -> dict[str, dict[str, float]]:
    """Scores by key; each key once, each with all of its files whole."""
    found: dict[str, dict[str, float]] = {}
    store = Store(root)
    for record in store.records():
        assert record.key not in found
        found[record.key] = dict(record.scores)
        folder = store.folder(record)
        with (folder / "predictions.jsonl").open() as lines:
            assert len([json.loads(line) for line in lines]) == record.counts["test"]
        with np.load(folder / "stats.npz") as stats:
            assert len(stats["fake_accuracy"]) == record.counts["test"]
    return found


def strike(drivers: list[Popen[bytes]], draw: random.Random) -> int:
    """Kills drivers, workers or both; how many."""
    workers = [pid for driver in drivers for pid in children(driver.pid)]
    spared = draw.random()
    victims = [pid for pid in workers if draw.random() < 0.5]
    victims += [driver.pid for driver in drivers if driver.poll() is None and spared < 0.85]
    killed = 0
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def started(root: Path) -> Popen[bytes]:
    driver = start_driver(root, ",".join(MODELS), seeds=SEEDS, step_seconds=STEP_SECONDS)
    assert driver.stdout is not None
    driver.stdout.readline()
    return driver


@needs_proc
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    run_fakes(reference, *MODELS, seeds=SEEDS, step_seconds=STEP_SECONDS)
    wanted = results(reference)
    assert len(wanted) == CELLS

    draw, kills, grids = random.Random(9), 0, 0
    while kills < KILLS:
        grids += 1
        root = tmp_path / f"grid{grids}"
        before: dict[Path, bytes] = {}
        while len(before) < FILES * CELLS:
            drivers = [started(root), started(root)]
            time.sleep(draw.uniform(0.0, 0.9))
            if kills < KILLS:
                kills += strike(drivers, draw)
            for driver in drivers:
                driver.communicate(timeout=120)
            after = contents(root)
            assert {path: after.get(path) for path in before} == before  # what is published never changes
            before = after
        summary = run_fakes(root, *MODELS, seeds=SEEDS, step_seconds=STEP_SECONDS)
        assert (summary.done, summary.ok) == (CELLS, 0)
        assert results(root) == wanted
        assert list((root / ".xbench" / "spool").iterdir()) == []
