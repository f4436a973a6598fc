"""Reader `parallel`: a file a language, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files
from xbench_data.columns import kept


def _names(ref: DatasetRef) -> list[str]:
    return [f"{stem}.{ending}" for stem in ref.splits.values() for ending in ref.columns.values()]


@dataclass(frozen=True, slots=True)
class ParallelReader:
    """Aligned texts.

    location: `folder`; `skip_blank`: splits whose pairs with an empty side are left out.
    splits: the files' stems; columns: their endings, so that {source = "en"} is `train.en`.
    """

    name: str = "parallel"
    result_version: int = 1

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, _names(ref))

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        return kept(self._aligned(ref, split, root), ref, split)

    def _aligned(self, ref: DatasetRef, split: str, root: Path | None) -> Iterator[Json]:
        files.find(ref, root, _names(ref))
        folder, stem = files.folder_of(ref, root), ref.splits[split]
        paths = [folder / f"{stem}.{ending}" for ending in ref.columns.values()]
        for number, texts in enumerate(zip_longest(*(files.lines(path) for path in paths)), start=1):
            if None in texts:
                counts = " and ".join(f"{path} {sum(1 for _ in files.lines(path))}" for path in paths)
                raise UserError(f"line counts differ: {counts}", "the files must be aligned line by line")
            row = {field: text.rstrip("\r\n") for field, text in zip(ref.columns, texts, strict=True)}
            yield {**row, "_at": f"{paths[0]}:{number}"}
