"""Reader `saved`: folders that `datasets` has written with `save_to_disk`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.abilities import Look
from xbench.errors import MissingData, UserError
from xbench.specs import DatasetRef, Json
from xbench_data import columns, files, layout, tables

_ONE, _MANY = "state.json", "dataset_dict.json"


def _open(folder: Path) -> Any:
    """A split, memory-mapped. Raises MissingData where it is not there, UserError where it cannot be read."""
    import datasets

    if not (folder / _ONE).is_file():
        raise MissingData(f"folder {folder} has no {_ONE}", "name the folder that save_to_disk wrote")
    try:
        return datasets.load_from_disk(str(folder))
    except (OSError, ValueError, KeyError) as problem:
        raise UserError(f"{folder}: cannot be loaded: {problem}", "write it again with save_to_disk") from problem


def _parts(file: Path) -> list[str]:
    """The parts that a `DatasetDict`'s file names."""
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["splits"])
    except (ValueError, KeyError, TypeError) as problem:
        raise UserError(f"{file}: does not name the parts", "write the folder again with save_to_disk") from problem


@dataclass(frozen=True, slots=True)
class SavedReader:
    """A `Dataset` or `DatasetDict` on disk, with its class names.

    location: `folder`; `values`: field -> value in the data -> what it stands for. splits: the names of a
    `DatasetDict`'s parts, or "." for a `Dataset`; columns may be dotted paths.
    """

    name: str = "saved"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder", "values")

    @property
    def takes(self) -> str:
        return "folders of save_to_disk"

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        folder = files.folder_of(ref, root)
        parts = [path for split in ref.splits.values() for path in sorted((folder / split).glob("*.arrow"))]
        return files.stamp(ref, root, [path.relative_to(folder).as_posix() for path in parts]) if parts else None

    def look(self, path: Path) -> Look | None:
        if (path / _MANY).is_file():
            splits = layout.by_split(path, _parts(path / _MANY))
        elif (path / _ONE).is_file():
            splits = {"train": "."}
        else:
            return None
        named = tables.columns_of(_open(path / splits["train"]).features)
        ref = DatasetRef(self.name, {"folder": "."}, named, splits, root=str(path))
        return Look(ref, f"written by save_to_disk{layout.told(splits)}")

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        table = _open(files.folder_of(ref, root) / ref.splits[split])
        batches = table.with_format("arrow").iter(batch_size=tables.BATCH)
        where = f"{ref.splits[split]} row"
        for number, record in enumerate(tables.records(batches, table.features), start=1):
            yield columns.project(record, ref, f"{where} {number}")
