"""Reader `parquet`: Parquet files, one a split or in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.abilities import Look
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import columns, files, layout, tables


def _parts(ref: DatasetRef, root: Path | None, split: str) -> list[Path]:
    """The files of a split, in order. Raises MissingData where there is none."""
    folder, name = files.folder_of(ref, root), ref.splits[split]
    return sorted(folder.glob(name)) if "*" in name and folder.is_dir() else files.find(ref, root, [name])


def _open(path: Path) -> Any:
    """Raises UserError where it is no Parquet file."""
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as problem:
        raise UserError(f"{path}: no Parquet file: {problem}", "was it copied whole?") from problem
    except OSError as problem:
        raise UserError(f"{path}: cannot be read: {problem.strerror or problem}", "check its permissions") from problem


def _features(file: Any) -> Mapping[str, Any]:
    from datasets import Features

    features: Mapping[str, Any] = Features.from_arrow_schema(file.schema_arrow)
    return features


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """Parquet files, as pandas and `datasets` write them; class names that `datasets` kept are used.

    location: `folder`; `values`: field -> value in the file -> what it stands for. splits: the files' names, with a `*`
    where a split is in parts; columns may be dotted paths.
    """

    name: str = "parquet"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder", "values")

    @property
    def takes(self) -> str:
        return ".parquet"

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        try:
            names = [path.name for split in ref.splits for path in _parts(ref, root, split)]
        except UserError:
            return None
        return files.stamp(ref, root, names)

    def look(self, path: Path) -> Look | None:
        arranged = layout.arrange(path, layout.ends_in(".parquet"))
        if arranged is None:
            return None
        folder, splits = arranged
        ref = DatasetRef(self.name, {"folder": "."}, {}, splits, root=str(folder))
        named = tables.columns_of(_features(_open(_parts(ref, folder, "train")[0])))
        ref = DatasetRef(self.name, ref.location, named, splits, root=str(folder))
        return Look(ref, f"Parquet{layout.told(splits)}")

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        number = 0
        for path in _parts(ref, root, split):
            file = _open(path)
            for record in tables.records(file.iter_batches(tables.BATCH), _features(file)):
                number += 1
                yield columns.project(record, ref, f"{path}: row {number}")
