"""Reader `csv`: comma- or tab-separated files, one a split."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files
from xbench_data.columns import project

_LONGEST_FIELD = 1 << 30  # characters; the module's default of 128 Ki cuts long documents off


@dataclass(frozen=True, slots=True)
class CsvReader:
    """Delimited text.

    location: `folder`; `delimiter` (","); `quoting` (true: RFC 4180 quotes; false: a quote is a character like any
    other); `header`: the columns' names where the file has no header line.
    splits: the files' names.
    """

    name: str = "csv"
    result_version: int = 1

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        csv.field_size_limit(_LONGEST_FIELD)
        reader = csv.reader(
            files.lines(path),
            delimiter=ref.location.get("delimiter", ","),
            quoting=csv.QUOTE_MINIMAL if ref.location.get("quoting", True) else csv.QUOTE_NONE,
            strict=True,
        )
        header: list[str] | None = ref.location.get("header")
        line = 1
        try:
            for cells in reader:
                at, line = f"{path}:{line}", reader.line_num + 1
                if not cells:  # an empty line is no row
                    continue
                if header is None:
                    header = cells
                    continue
                if len(cells) != len(header):
                    raise UserError(
                        f"{at}: expected {len(header)} fields ({', '.join(header)}), found {len(cells)}",
                        "check the delimiter and the quotes of this line",
                    )
                yield project(dict(zip(header, cells, strict=True)), ref, at)
        except csv.Error as problem:
            raise UserError(f"{path}:{reader.line_num}: {problem}", "check the quotes from this row on") from problem
