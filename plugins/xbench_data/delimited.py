"""Reader `csv`: delimited files, one a split."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xbench.abilities import Look
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import encodings, files, layout
from xbench_data.columns import project
from xbench_data.sniffing import DELIMITERS, LONGEST_FIELD, NOWHERE, Layout, declared, single, sniff

_LOOKED_AT = 1_000  # lines


@dataclass(frozen=True, slots=True)
class CsvReader:
    """Delimited text.

    location: `folder`; `delimiter` (","); `quoting` (true: RFC 4180 quotes; false: a quote is a character like any
    other); `header`: the columns' names where the file has no header line; `values`: field -> value in the file -> what
    it stands for.
    splits: the files' names.
    """

    name: str = "csv"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder", "delimiter", "quoting", "header", "values")

    @property
    def takes(self) -> str:
        return ".csv, .tsv, .txt with tabs"

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def look(self, path: Path) -> Look | None:
        arranged = layout.arrange(path, layout.ends_in(".csv", ".tsv", ".tab", ".txt"))
        if arranged is None:
            return None
        folder, splits = arranged
        first = folder / splits["train"]
        head = [line for line in islice(_lines(first), _LOOKED_AT) if line.strip()]
        plain = first.suffix.casefold() == ".txt"
        said = declared(next(files.lines(first), ""))
        usual = DELIMITERS if first.suffix.casefold() == ".csv" else ["\t"]
        found = sniff(head, [said] if said else usual, certain=plain)
        if found is None and plain:  # prose
            return None
        found = found or single(head)
        if not head:
            raise UserError(f"{first}: is empty", "a header line and rows are expected")
        if found is None:
            raise UserError(
                f"{first}:1: no {' or '.join(DELIMITERS.values())} in the first line", "columns are set apart by one"
            )
        twice = next((name for name in found.names if name.strip() and found.names.count(name) > 1), None)
        if twice is not None:
            raise UserError(f"{first}:1: column {twice!r} stands twice in the header", "give every column its own name")
        location: dict[str, object] = {"folder": ".", "delimiter": found.delimiter}
        if not found.quoting:
            location["quoting"] = False
        if not found.header:
            location["header"] = list(found.names)
        ref = DatasetRef(self.name, location, {name: name for name in found.names}, splits, root=str(folder))
        headers = {split: _header(folder / name, found) for split, name in splits.items()} if found.header else {}
        headed = "a header line" if found.header else "no header line"
        bare = "" if found.quoting or not any('"' in line for line in head) else ", quotes as they stand"
        named = DELIMITERS.get(found.delimiter, repr(found.delimiter))
        kind = "one column" if found.delimiter == NOWHERE else f"{named}-separated"
        lacking = layout.lacked(found.names, headers)
        return Look(ref, f"{kind}, UTF-8, {headed}{bare}{layout.told(splits)}", lacking)

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        delimiter = ref.location.get("delimiter", ",")
        quoting = ref.location.get("quoting", True)
        if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
            raise UserError(f"location.delimiter {delimiter!r}: one character is needed", 'write "," or "\\t"')
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(
            _lines(path),
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE,
            strict=True,
        )
        header: list[str] | None = ref.location.get("header")
        line = 1
        try:
            for cells in reader:
                at, line = f"{path}:{line}", reader.line_num + 1
                if not any(cells):  # an empty line is no row, nor are a spreadsheet's last ones: `,,`
                    continue
                if header is None:
                    header = cells
                    _refuse_other_delimiter(header, delimiter, at)
                    continue
                if len(cells) != len(header):
                    raise UserError(
                        f"{at}: expected {len(header)} fields ({', '.join(header)}), found {len(cells)}",
                        "check the delimiter and the quotes of this line",
                    )
                yield project(dict(zip(header, cells, strict=True)), ref, at)
        except csv.Error as problem:
            raise _readable(problem, path, line, reader.line_num) from problem


def _lines(path: Path) -> Iterator[str]:
    """Those of a file; one that names the delimiter for spreadsheets is empty, so that the others keep their number."""
    for number, line in enumerate(files.lines(path)):
        yield "\n" if not number and declared(line) else line


def _header(path: Path, found: Layout) -> list[str]:
    """A file's columns; none where it has none of the first file's, so that it is read, and refused, as if it had."""
    first = next((line for line in _lines(path) if line.strip()), "")
    try:
        header = next(csv.reader([first], delimiter=found.delimiter, quotechar='"' if found.quoting else None), [])
    except csv.Error:  # reading says why
        return []
    return header if any(name in header for name in found.names) else []


def _refuse_other_delimiter(header: Sequence[str], delimiter: str, at: str) -> None:
    """A header of one column in which another delimiter stands."""
    other = next((one for one in DELIMITERS if one != delimiter and one in header[0]), None)
    if len(header) == 1 and other is not None:
        mend = f"delimiter = {json.dumps(other)} in the card's location"
        raise UserError(
            f"{at}: the header is a single column, {header[0]!r}", f"{DELIMITERS[other]}-separated? Then write {mend}"
        )


def _readable(problem: csv.Error, path: Path, begun: int, line: int) -> UserError:
    """What the csv module says, for a person. `begun`: the line on which the row begins."""
    said = str(problem)
    if "unexpected end of data" in said:
        return UserError(
            f"{path}:{begun}: a quote opens in this row and never closes", "close it, or set location.quoting = false"
        )
    if "new-line character" in said:
        return UserError(
            f"{path}:{line}: a carriage return inside the line, as old Macs end them",
            f"convert it: tr '\\r' '\\n' < {encodings.named(path)} > {encodings.converted(path, 'lines')}",
        )
    if "expected after" in said:
        return UserError(
            f"{path}:{line}: text follows a closing quote",
            'a quote inside a quoted field is written twice, ""; or set location.quoting = false',
        )
    return UserError(f"{path}:{line}: {said}", "check the quotes from this row on")
