"""A worker that crashes, hangs, forks, exits or prints becomes the right record, and takes nothing else with it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from fake_runs import children, planned, run_fakes, start_driver

from xbench.records import Record
from xbench.store import Store

NO_PROGRESS_SECONDS = 1.5


def statuses(root: Path) -> dict[str, str]:
    return {record.cell.model.name: record.status for record in Store(root).records()}


def by_name(root: Path) -> dict[str, Record]:
    return {record.cell.model.name: record for record in Store(root).records()}


def commands() -> list[bytes]:
    """Command lines of all processes (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes())
            except OSError:
                continue
    return found


def test_each_way_to_go_wrong_has_its_status_and_the_good_cell_is_untouched(tmp_path: Path) -> None:
    root = tmp_path / "results"
    run_fakes(root, "segv", "hang", "exit", "osexit", "prints", "ok", jobs=2, no_progress_seconds=NO_PROGRESS_SECONDS)
    assert statuses(root) == {
        "segv": "crashed",
        "hang": "timed_out",
        "exit": "failed",
        "osexit": "crashed",
        "prints": "ok",
        "ok": "ok",
    }
    errors = {name: record.error["message"] for name, record in by_name(root).items() if record.error is not None}
    assert errors["segv"] == "the worker was killed by SIGSEGV"
    assert errors["osexit"] == "the worker exited with 9"
    assert errors["hang"] == "no progress"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_hanging_plugin_is_killed_with_the_children_that_it_started(tmp_path: Path) -> None:
    root = tmp_path / "results"
    run_fakes(root, "fork-hang", no_progress_seconds=NO_PROGRESS_SECONDS)
    assert statuses(root) == {"fork-hang": "timed_out"}
    assert b"sleep\x00100000\x00" not in commands()


def test_two_drivers_split_the_work_and_double_nothing(tmp_path: Path) -> None:
    root = tmp_path / "results"
    planned(root, ("ok",))
    drivers = [start_driver(root, "ok,prints", seeds=9, step_seconds=0.1) for _ in range(2)]
    told = [driver.communicate(timeout=120)[0].decode().splitlines() for driver in drivers]
    started = [lines.count("cell_started") for lines in told]
    assert [driver.returncode for driver in drivers] == [0, 0]
    assert sum(started) == 18  # each cell was taken up once
    assert min(started) >= 3
    assert len({record.key for record in Store(root).records()}) == 18
    assert [lines.count("cell_finished") for lines in told] == [18, 18]  # both waited for all


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_die_with_their_driver(tmp_path: Path) -> None:
    driver = start_driver(tmp_path / "results", "hang")
    assert driver.stdout is not None
    while driver.stdout.readline() != b"cell_progress\n":
        pass
    workers = children(driver.pid)
    driver.kill()
    driver.communicate()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(workers) == 1


def test_ctrl_c_ends_a_driver_with_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "results"
    driver = start_driver(root, "ok,slow")
    assert driver.stdout is not None
    while driver.stdout.readline() != b"cell_finished\n":
        pass
    driver.send_signal(signal.SIGINT)
    driver.communicate(timeout=60)
    assert driver.returncode == 130
    assert statuses(root) == {"ok": "ok"}
    summary = run_fakes(root, "ok", "slow")
    assert (summary.done, summary.ok) == (1, 1)
