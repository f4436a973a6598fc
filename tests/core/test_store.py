"""The results folder: whole records or none, whoever is killed whenever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_cells import made_cell, made_model, made_record, made_task

from xbench.errors import UserError
from xbench.files import slug
from xbench.leases import SILENT_SECONDS, Owner
from xbench.records import SCHEMA
from xbench.store import Store

HERE = Path(__file__).parent


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results with spaces")


def publish(store: Store, cell: object, run_id: str = "r1", replace_: str | None = None, **changes: object) -> bool:
    staged = store.staging(cell)  # type: ignore[arg-type]
    (staged / "predictions.jsonl").write_text(f'{{"id": "test-0", "prediction": "{run_id}"}}\n')
    return store.publish(staged, made_record(cell, run_id, **changes), replace_)  # type: ignore[arg-type]


def leftovers(store: Store) -> list[str]:
    return sorted(p.name for kind in ("running", "trash") for p in (store.root / ".xbench" / kind).iterdir())


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# --- names --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=400))
def test_any_name_becomes_one_safe_path_part(name: str) -> None:
    part = slug(name)
    assert 0 < len(part.encode()) <= 48
    assert not set(part) & set('/\\\0:*?"<>| \n\r\t=')
    assert part[0] not in ".-"
    assert "--" not in part
    assert part.split(".")[0].lower() not in {"con", "nul", "aux", "prn", "com1"}
    assert slug(part) == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("google-t5/t5-base", "google-t5_t5-base"),
        ("../../etc/passwd", "etc_passwd"),
        ("..", "x"),
        ("", "x"),
        ("\0", "x"),
        ("CON", "_CON"),
        ("a--b", "a-b"),
        ("\u4e2d\u6587 RoBERTa", "\u4e2d\u6587_RoBERTa"),
        ("\U0001f600" * 300, "x"),
        ("m" * 300, "m" * 48),
    ],
)
def test_hostile_names(name: str, part: str) -> None:
    assert slug(name) == part


@pytest.mark.parametrize("name", ["../../../escape", "a/b", "x" * 300, "\U0001f600", "..", "a\0b", "-rf", "con"])
def test_no_name_reaches_a_path_as_it_stands(store: Store, name: str) -> None:
    cell = made_cell(task=made_task(name), model=made_model(name), method=name)
    assert publish(store, cell)
    folder = store.folder(next(store.records()))
    assert folder.parent.parent == store.root
    assert store.get(cell) == made_record(replace(cell, model=replace(cell.model, source="")))


# --- publishing ---------------------------------------------------------------------------------------------------


def test_a_record_comes_back_equal_and_without_this_machines_places(store: Store) -> None:
    cell = made_cell()
    assert store.get(cell) is None
    assert publish(store, cell)
    record = store.get(cell)
    assert record == made_record(replace(cell, model=replace(cell.model, source="")))
    folder = store.folder(record)
    assert folder == store.root / "tnews" / f"fake--full--s0--{cell.key[:8]}"
    assert {path.name for path in folder.iterdir()} == {"record.json", "predictions.jsonl"}
    assert "/somewhere/on/this/machine" not in (folder / "record.json").read_text()
    assert leftovers(store) == []


def test_the_schema_version_stands_first(store: Store) -> None:
    publish(store, made_cell())
    text = (store.folder(next(store.records())) / "record.json").read_text()
    assert text.startswith(f'{{"schema":{SCHEMA},')


def test_a_newer_schema_is_said_and_left_alone(store: Store) -> None:
    cell = made_cell()
    publish(store, cell)
    file = store.folder(next(store.records())) / "record.json"
    file.write_text(file.read_text().replace(f'"schema":{SCHEMA},', f'"schema":{SCHEMA + 1},', 1))
    with pytest.raises(UserError, match="newer than this xbench"):
        store.get(cell)


def test_the_first_writer_stands(store: Store) -> None:
    cell = made_cell()
    assert publish(store, cell, "first")
    assert not publish(store, cell, "second")
    assert store.get(cell).run_id == "first"  # type: ignore[union-attr]
    assert leftovers(store) == []


def test_a_record_is_replaced_only_by_who_names_it(store: Store) -> None:
    cell = made_cell()
    publish(store, cell, "first")
    assert not publish(store, cell, "second", "somebody else's")
    assert publish(store, cell, "second", "first")
    record = store.get(cell)
    assert record is not None
    assert record.run_id == "second"
    assert "second" in (store.folder(record) / "predictions.jsonl").read_text()
    assert [r.run_id for r in store.records()] == ["second"]
    assert leftovers(store) == []


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"null", b'{"schema":1}', b'{"schema":"x"}', b"\xff\xfe", None])
def test_a_corrupt_record_counts_as_unfinished(store: Store, rubbish: bytes | None) -> None:
    cell = made_cell()
    publish(store, cell)
    file = store.folder(next(store.records())) / "record.json"
    file.unlink()
    if rubbish is not None:
        file.write_bytes(rubbish)
    assert store.get(cell) is None
    assert list(store.records()) == []
    assert publish(store, cell, "again")
    assert store.get(cell).run_id == "again"  # type: ignore[union-attr]


def test_the_suffix_grows_where_another_key_holds_the_folder(store: Store) -> None:
    one = made_cell()
    other = replace(one, key=one.key[:8] + "0" * 56)
    third = replace(one, key=other.key[:16] + "1" * 48)
    for cell in (one, other, third):
        assert publish(store, cell, cell.key)
    for cell in (one, other, third):
        assert store.get(cell).run_id == cell.key  # type: ignore[union-attr]
    names = sorted(path.name.rsplit("--", 1)[1] for path in (store.root / "tnews").iterdir())
    assert names == sorted([one.key[:8], other.key[:16], third.key])
    assert [store.folder(r).name for r in store.records()] == sorted(p.name for p in (store.root / "tnews").iterdir())


def test_what_is_no_json_number_is_never_written(store: Store) -> None:
    staged = store.staging(made_cell())
    with pytest.raises(ValueError, match="no JSON number"):
        store.publish(staged, made_record(made_cell(), scores={"accuracy": float("nan")}))
    assert store.get(made_cell()) is None


# --- folders that cannot be used -----------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match=r"results folder .* cannot be written"):
            Store(root)


def test_another_programs_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UserError, match="holds files, but no results"):
        Store(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_results_without_their_own_folder_are_taken_up(store: Store, tmp_path: Path) -> None:
    publish(store, made_cell())
    (store.root / ".xbench").rename(tmp_path / "gone")
    (store.root / "README.md").write_text("committed results")
    assert [record.run_id for record in Store(store.root).records()] == ["r1"]


def test_reading_creates_nothing(store: Store, tmp_path: Path) -> None:
    publish(store, made_cell())
    (store.root / ".xbench").rename(tmp_path / "gone")
    assert len(list(Store(store.root, writable=False).records())) == 1
    assert not (store.root / ".xbench").exists()
    assert list(Store(tmp_path / "nowhere", writable=False).records()) == []
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error_and_old_records_stand(store: Store) -> None:
    old, new = made_cell(), made_cell(seed=1)
    publish(store, old)
    staged = store.staging(new)
    (staged / "record.json").symlink_to("/dev/full")
    with pytest.raises(UserError, match="the disk is full"):
        store.publish(staged, made_record(new))
    assert store.get(new) is None
    assert [record.key for record in store.records()] == [old.key]


# --- index --------------------------------------------------------------------------------------------------------


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


# --- leases and leftovers -------------------------------------------------------------------------------------------


def test_a_lease_is_held_by_one_and_given_back(store: Store) -> None:
    cell = made_cell()
    lease = store.lease(cell)
    assert lease is not None
    assert store.lease(cell) is None
    assert store.lease(made_cell(seed=1)) is not None
    lease.beat()
    lease.release()
    lease.release()
    assert store.lease(cell) is not None


HOLD = """
import sys, time
from made_cells import made_cell
from xbench.store import Store
store = Store(sys.argv[1])
lease, staged = store.lease(made_cell()), store.staging(made_cell())
print("held" if lease else "refused", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(store: Store) -> Iterator[subprocess.Popen[str]]:
    process = python(HOLD, str(store.root))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_killed_holder_is_told_from_a_live_one_at_once(store: Store, holder: subprocess.Popen[str]) -> None:
    assert store.lease(made_cell()) is None
    assert store.gc() == []
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert [name.split(".")[0] for name in store.gc()] == [made_cell().key[:16]]
    assert store.lease(made_cell()) is not None
    store.gc()
    assert leftovers(store) == []


def test_a_lease_of_another_machine_is_stale_when_it_falls_silent(store: Store) -> None:
    file = store.root / ".xbench" / "leases" / made_cell().key
    file.write_bytes(Owner("another", 1, "5").dumps(token="t"))
    assert store.lease(made_cell()) is None
    silent = time.time() - SILENT_SECONDS - 5
    os.utime(file, (silent, silent))
    lease = store.lease(made_cell())
    assert lease is not None
    lease.release()
    assert not file.exists()


def test_a_pid_that_was_given_to_another_process_is_not_the_owner() -> None:
    me = Owner.me()
    assert me.alive() is True
    assert replace(me, start="1").alive() is False
    assert replace(me, machine="another").alive() is None


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


def test_an_owner_is_read_back_from_its_tag() -> None:
    assert Owner.of_tag(Owner.me().tag) == Owner.me()
    assert Owner.of_tag("cell") is None
    assert Owner.of_tag("a-b-c") is None


def test_looking_whether_results_can_be_written_writes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b"
    store = Store(root, writable=False)
    store.check()
    assert list(tmp_path.iterdir()) == []
    assert not store.begun
    store.prepare()
    assert store.begun
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file is a file \(name another with --results\)"):
        Store(tmp_path / "file" / "results", writable=False).check()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "main.tex").write_text("")
    with pytest.raises(UserError, match="holds files, but no results"):
        Store(tmp_path / "thesis", writable=False).check()
