"""What was read once is kept by its stamp, whoever else reads or tears it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import made_tasks
import pytest
from made_tasks import dataset

from xbench.data import Dataset
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json


@dataclass(frozen=True)
class Counting:
    """A reader of ten rows that counts how often it is asked; without a stamp nothing may be kept."""

    asked: list[str]
    stamped: str | None = "1"
    name: str = "counting"
    result_version: int = 1

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return self.stamped

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        self.asked.append(split)
        for number in range(10):
            yield {"text": f"{split} {number}", "label": "ab"[number % 2], "_repaired": 1}


def counted(root: Path, reader: Counting, **location: Any) -> Dataset:
    ref = made_tasks.ref("counting", {}, {"train": "train", "test": "test"}, **location)
    return dataset(root, made_tasks.task("classification", ref), lookups=made_tasks.Lookups(reader))


def test_what_was_read_is_kept_by_stamp(tmp_path: Path) -> None:
    reader = Counting([])
    first = counted(tmp_path, reader)
    examples = list(first.rows("train"))
    again = counted(tmp_path, reader)
    assert (list(again.rows("train")), again.counts, again.fingerprints) == (examples, first.counts, first.fingerprints)
    assert first.counts["repaired"] == 20
    assert reader.asked == ["test", "train"]
    for other, location in (
        (replace(reader, stamped="2"), {}),
        (replace(reader, result_version=2), {}),
        (reader, {"x": 1}),
    ):
        before = len(reader.asked)
        assert list(counted(tmp_path, other, **location).rows("train")) == examples
        assert len(reader.asked) == before + 2


def test_without_a_stamp_nothing_is_kept(tmp_path: Path) -> None:
    reader = Counting([], stamped=None)
    data = counted(tmp_path, reader)
    assert len(list(data.rows("train"))) == len(list(counted(tmp_path, reader).rows("train"))) == 10
    assert len(reader.asked) == 4
    rows = data.rows("test")
    del data
    assert len(list(rows)) == 10  # rows outlive their data set
    del rows
    assert list((tmp_path / "cache" / "data").iterdir()) == []


def test_a_torn_cache_is_read_again(tmp_path: Path) -> None:
    reader = Counting([])
    examples = list(counted(tmp_path, reader).rows("train"))
    (kept,) = (tmp_path / "cache" / "data").iterdir()
    os.truncate(kept / "train.jsonl", 100)
    assert list(counted(tmp_path, reader).rows("train")) == examples
    (kept / "facts.json").write_text("{")
    assert list(counted(tmp_path, reader).rows("train")) == examples
    assert len(reader.asked) == 6


def test_two_readers_of_one_cache_agree(tmp_path: Path) -> None:
    """Another process publishes while this one reads: the first stands, and both serve it."""
    reader = Counting([])

    @dataclass(frozen=True)
    class Overtaken(Counting):
        def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
            if split == "train":
                counted(tmp_path, reader).rows("train")
            yield from Counting.rows(self, ref, split, root, offline)

    late = list(counted(tmp_path, Overtaken([])).rows("train"))
    assert late == list(counted(tmp_path, reader).rows("train"))
    assert len(list((tmp_path / "cache" / "data").iterdir())) == 1
    assert reader.asked == ["test", "train"]


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="cannot keep data under"):
        counted(tmp_path, Counting([])).rows("train")


def test_two_folders_of_one_stamp_are_two_data_sets(tmp_path: Path) -> None:
    reader = Counting([])
    task = made_tasks.task("classification", made_tasks.ref("counting", {}, {"train": "train", "test": "test"}))
    for folder in ("one", "other"):
        lookups = made_tasks.Lookups(reader)
        assert len(Dataset(task, lookups, tmp_path / folder, True, tmp_path / "cache").rows("train")) == 10
    assert reader.asked == ["test", "train", "test", "train"]
