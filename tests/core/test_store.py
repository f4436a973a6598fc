"""The results folder: whole records or none, and a folder that cannot be used is said at once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from made_cells import made_cell, made_model, made_record, made_task
from made_results import leftovers, publish

from xbench.errors import UserError
from xbench.records import SCHEMA
from xbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results with spaces")


@pytest.mark.parametrize("name", ["../../../escape", "a/b", "x" * 300, "\U0001f600", "..", "a\0b", "-rf", "con"])
def test_no_name_reaches_a_path_as_it_stands(store: Store, name: str) -> None:
    cell = made_cell(task=made_task(name), model=made_model(name), method=name)
    assert publish(store, cell)
    folder = store.folder(next(store.records()))
    assert folder.parent.parent == store.root
    assert store.get(cell) == made_record(replace(cell, model=replace(cell.model, source="")))


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


def test_what_is_corrupt_is_named_and_a_folder_for_a_record_is_corrupt(store: Store) -> None:
    for seed in (0, 1, 2):
        publish(store, made_cell(seed))
    whole, torn, folder = (store.folder(record) / "record.json" for record in store.records())
    torn.write_bytes(torn.read_bytes()[:200])
    folder.unlink()
    folder.mkdir()
    assert [store.folder(record) / "record.json" for record in store.records()] == [whole]
    assert store.corrupt == [torn, folder]
    assert store.get(made_cell(2)) is None


def test_a_copied_folder_is_no_further_seed(store: Store) -> None:
    publish(store, made_cell(), "first")
    place = store.folder(next(store.records()))
    shutil.copytree(place, place.with_name("a-copy"))
    assert [record.run_id for record in store.records()] == ["first"]


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
    for odd in ({"scores": {"accuracy": float("nan")}}, {"cost": {"steps": [1, float("inf")]}}):
        with pytest.raises(ValueError, match="no JSON number"):
            store.publish(staged, made_record(made_cell(), **odd))
    assert store.get(made_cell()) is None


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


def test_a_record_that_came_between_the_look_and_the_burial_is_put_back(store: Store) -> None:
    publish(store, made_cell(), "quicker")
    folder = store.folder(next(store.records()))
    assert store._bury(folder, "the one that was seen") == []
    assert [record.run_id for record in store.records()] == ["quicker"]
    assert leftovers(store) == []


def test_where_a_task_and_its_mirrors_lie_on_this_machine_is_in_no_record(store: Store) -> None:
    ref = replace(made_task().data, root="/home/me/texts")
    assert publish(store, made_cell(task=made_task(data=ref, mirrors=(ref,))))
    text = (store.folder(next(store.records())) / "record.json").read_text()
    assert "/home/me" not in text
