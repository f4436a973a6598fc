"""Two writers of one results folder, killed whenever: whole records or none."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from made_cells import made_cell
from made_results import leftovers, publish, python

from xbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results with spaces")


def test_a_replacement_killed_between_its_renames_brings_the_old_record_back(store: Store) -> None:
    cell = made_cell()
    publish(store, cell, "old")
    folder = store.folder(next(store.records()))
    folder.rename(store.root / ".xbench" / "trash" / f"{folder.name}.dead")
    assert store.get(cell) is None
    assert store.gc() == []
    assert store.get(cell).run_id == "old"  # type: ignore[union-attr]


RACE = """
import sys
from made_cells import made_cell, made_record
from xbench.store import Store
store, me = Store(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
for turn in range(int(sys.argv[3])):
    for seed in range(20):
        cell = made_cell(seed=seed)
        staged = store.staging(cell)
        for name in ("predictions.jsonl", "curve.jsonl"):
            (staged / name).write_text(f"{me}-{turn}")
        there = store.get(cell)
        store.publish(staged, made_record(cell, f"{me}-{turn}"), there.run_id if there else None)
"""


def whole(store: Store) -> list[str]:
    """Run ids of all records, each seen to be of one writer only."""
    ids = []
    for record in store.records():
        folder = store.folder(record)
        assert {(folder / name).read_text() for name in ("predictions.jsonl", "curve.jsonl")} == {record.run_id}
        ids.append(record.run_id)
    return ids


def test_two_writers_never_mix_and_kills_leave_whole_records(store: Store) -> None:
    for kill_after in (0.15, 0.3, 0.45, 0.6):
        racers = [python(RACE, str(store.root), name, "50") for name in ("a", "b")]
        for racer in racers:
            assert racer.stdout is not None
            racer.stdout.readline()
        time.sleep(kill_after)
        for racer in racers:
            racer.send_signal(signal.SIGKILL)
            racer.wait()
        before = {record.key for record in Store(store.root).records()}
        store.gc()
        assert leftovers(store) == []
        assert len(whole(store)) >= len(before)
    last = [python(RACE, str(store.root), name, "1") for name in ("c", "d")]
    assert [racer.communicate()[1] for racer in last] == ["", ""]
    assert len(whole(store)) == 20
    assert len({json.loads(file.read_bytes())["key"] for file in store.root.glob("*/*/record.json")}) == 20
