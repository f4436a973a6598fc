"""Workers of this machine: started, used again, lost and killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_runs import children, executor_of, planned, settings_of

from xbench.local import NO_PROGRESS, LocalExecutor
from xbench.records import Event, Unit
from xbench.specs import Cell


def cells(tmp_path: Path, *models: str) -> dict[str, Cell]:
    _, _, plan = planned(tmp_path / "results", models)
    return {cell.model.name: cell for cell in plan.to_run}


def unit(name: str, *members: Cell, silence: float = 60.0) -> Unit:
    return Unit(name, members, "cpu", 1, silence)


def collect(executor: LocalExecutor, ends: int, seconds: float = 60.0) -> list[Event]:
    """Events until so many units have ended."""
    found: list[Event] = []
    deadline = time.monotonic() + seconds
    while sum(event.kind in ("done", "failed", "lost") for event in found) < ends:
        assert time.monotonic() < deadline, found
        found.extend(executor.poll(0.1))
    return found


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[LocalExecutor]:
    made = executor_of(tmp_path / "results", jobs=2)
    yield made
    made.close()


def test_a_unit_is_started_tells_its_cells_and_ends_once(tmp_path: Path, executor: LocalExecutor) -> None:
    cell = cells(tmp_path, "ok")["ok"]
    executor.submit(unit("u1", cell))
    events = collect(executor, 1)
    kinds = [event.kind for event in events if event.kind != "progress"]
    assert kinds == ["started", "cell", "done"]
    told = next(event for event in events if event.kind == "cell")
    assert told.key == cell.key
    assert told.values["status"] == "ok"
    assert set(told.files) == {"predictions.jsonl", "stats.npz", "curve.jsonl", "log.txt"}
    assert all(path.is_file() for path in told.files.values())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_good_worker_is_used_again_and_one_that_failed_is_not(tmp_path: Path, executor: LocalExecutor) -> None:
    made = cells(tmp_path, "ok", "prints", "memory")
    workers = []
    for number, model in enumerate(["ok", "prints", "memory", "ok"]):
        executor.submit(unit(f"u{number}", made[model]))
        workers.append(children(os.getpid()))
        collect(executor, 1)
    assert [len(pids) for pids in workers] == [1, 1, 1, 1]
    assert workers[0] == workers[1] == workers[2] != workers[3]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_worker_that_died_while_idle_is_replaced(tmp_path: Path, executor: LocalExecutor) -> None:
    cell = cells(tmp_path, "ok")["ok"]
    executor.submit(unit("u1", cell))
    collect(executor, 1)
    (idle,) = children(os.getpid())
    os.kill(idle, signal.SIGKILL)
    os.waitid(os.P_PID, idle, os.WEXITED | os.WNOWAIT)  # with all its threads, of which each holds the pipes open
    executor.submit(unit("u2", cell))
    assert [event.kind for event in collect(executor, 1)][-1] == "done"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_workers_that_run_beside_each_other_share_the_cores(
    tmp_path: Path, executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    executor.submit(unit("u1", cells(tmp_path, "ok")["ok"]))
    (worker,) = children(os.getpid())
    collect(executor, 1)
    environment = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
    assert f"OMP_NUM_THREADS={max(1, (os.cpu_count() or 1) // 2)}".encode() in environment


def test_free_counts_units_and_not_workers(tmp_path: Path, executor: LocalExecutor) -> None:
    made = cells(tmp_path, "ok", "hang")
    assert executor.free() == 2
    executor.submit(unit("u1", made["hang"]))
    executor.submit(unit("u2", made["ok"]))
    assert executor.free() == 0
    collect(executor, 1)
    assert executor.free() == 1


def test_a_cancelled_unit_ends_as_failed_and_leaves_no_record(tmp_path: Path, executor: LocalExecutor) -> None:
    executor.submit(unit("u1", cells(tmp_path, "slow")["slow"]))
    while not any(event.kind == "progress" for event in executor.poll(0.1)):
        pass
    executor.cancel("u1")
    events = collect(executor, 1)
    assert (events[-1].kind, events[-1].cause) == ("failed", "cancelled")
    assert all(event.kind != "cell" for event in events)


def test_a_silent_worker_is_lost_for_want_of_progress(tmp_path: Path, executor: LocalExecutor) -> None:
    executor.submit(unit("u1", cells(tmp_path, "hang")["hang"], silence=1.5))
    last = collect(executor, 1)[-1]
    assert (last.kind, last.cause) == ("lost", NO_PROGRESS)
    assert set(last.files) == {"log.txt"}


def test_a_crash_is_lost_and_the_next_unit_gets_a_new_worker(tmp_path: Path, executor: LocalExecutor) -> None:
    made = cells(tmp_path, "segv", "ok")
    executor.submit(unit("u1", made["segv"]))
    last = collect(executor, 1)[-1]
    assert (last.kind, last.cause) == ("lost", "the worker was killed by SIGSEGV")
    executor.submit(unit("u2", made["ok"]))
    assert collect(executor, 1)[-1].kind == "done"


def test_what_a_killed_executor_left_is_swept_by_the_next_and_a_live_one_is_spared(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    alive = LocalExecutor(settings_of(tmp_path), spool=spool)
    (spool / "dead").mkdir()
    (spool / "dead" / "log.txt").write_text("left behind")
    (spool / "dead.lock").touch()
    LocalExecutor(settings_of(tmp_path), spool=spool).close()
    assert not (spool / "dead").exists()
    assert not (spool / "dead.lock").exists()
    assert len(list(spool.iterdir())) == 2
    alive.close()
    assert list(spool.iterdir()) == []
