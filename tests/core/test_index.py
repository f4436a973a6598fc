"""The index of a results folder: derived, and never needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_cells import made_cell, made_record
from made_results import publish

from xbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results with spaces")


def test_the_index_serves_what_the_folders_say(store: Store) -> None:
    cells = [made_cell(seed=seed) for seed in range(5)]
    for cell in cells[:4]:
        publish(store, cell)
    first = list(store.records())
    assert len((store.root / ".xbench" / "index.jsonl").read_bytes().splitlines()) == 4
    assert list(Store(store.root).records()) == first
    publish(store, cells[0], "new", "r1")
    publish(store, cells[4])
    (store.folder(made_record(cells[1])) / "record.json").unlink()
    found = {record.key: record.run_id for record in Store(store.root).records()}
    assert found == {cells[0].key: "new", cells[2].key: "r1", cells[3].key: "r1", cells[4].key: "r1"}


@pytest.mark.parametrize("rubbish", [b"", b"\xff\n{}\n", b'{"path":"x"'])
def test_a_broken_index_loses_nothing(store: Store, rubbish: bytes) -> None:
    publish(store, made_cell())
    list(store.records())
    (store.root / ".xbench" / "index.jsonl").write_bytes(rubbish)
    assert len(list(store.records())) == 1


def test_records_are_read_from_the_index(store: Store) -> None:
    publish(store, made_cell())
    (before,) = store.records()
    file = store.folder(before) / "record.json"
    stamp = file.stat()
    file.write_bytes(b"x" * stamp.st_size)  # same inode, size and time: only the index can know the record now
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert list(Store(store.root).records()) == [before]
