"""What a delimited file is made of: delimiter, quotes and header, by rules that fit in a sentence each."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_FIELD = 1 << 30  # characters; the module's default of 128 Ki cuts long documents off
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
NOWHERE = "\x1f"  # the delimiter of a file of one column: it stands in no text

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_SENTENCE = re.compile(r"[.?!,;。？！，；]")
_NEEDED = re.compile(
    r'(^|\t)"([^"]|"")*(""|\t)([^"]|"")*"(\t|\r?\n?$)'
)  # a field with quotes or a tab inside its quotes
_DECLARED = re.compile(r'"?sep=([^\w\s"]|\t)"?\s*', re.IGNORECASE)
_NAME = re.compile(r"[^\W\d][\w .-]*")
_LONGEST_NAME = 40  # characters of a column's name
_LONGEST_ROW = 30  # lines, of a row that goes on after the last line looked at
_MOST_WORDS = 4  # of a column's name


@dataclass(frozen=True, slots=True)
class Layout:
    """delimiter; whether quotes set fields apart; the columns' names; whether they are the file's first line."""

    delimiter: str
    quoting: bool
    names: tuple[str, ...]
    header: bool


def sniff(lines: Sequence[str], delimiters: Iterable[str], certain: bool = False) -> Layout | None:
    """The layout of a file's first lines (at most a few hundred, the last one whole).

    The delimiter is the one that gives every row the same number of fields, at least two, and of those the one that
    gives most; where none does, the one that stands most often in the first line. Quotes count unless they leave rows
    of unequal length; beside tabs, only where some quoted field, or the rows' length, needs them. None where no
    delimiter stands in the first line.

    Args:
        delimiters: those that will do.
        certain: None too where no delimiter gives every row the same number of fields.
    """
    best: tuple[int, str, bool, list[list[str]]] | None = None
    delimiters = tuple(delimiters)
    for delimiter in delimiters:
        needed = delimiter != "\t" or any(_NEEDED.search(line) for line in lines)
        for quoting in (needed, not needed):
            rows = _cells(lines, delimiter, quoting)
            width = len(rows[0]) if rows else 0
            if width > 1 and all(len(row) == width for row in rows):
                best = (width, delimiter, quoting, rows) if best is None or width > best[0] else best
                break
    if best is None:
        first = next((line for line in lines if line.strip()), "")
        count, delimiter = max((first.count(one), one) for one in delimiters)
        if not count or certain:
            return None
        quoting = delimiter != "\t"
        best = (count, delimiter, quoting, _cells(lines, delimiter, quoting))
    _, delimiter, quoting, rows = best
    if not rows:  # quotes or line ends are wrong from the first line on: reading says so
        return Layout(delimiter, quoting, tuple(lines[0].rstrip("\r\n").split(delimiter)), header=True)
    header = is_header(rows)
    names = tuple(rows[0]) if header else tuple(f"column {number}" for number in range(1, len(rows[0]) + 1))
    return Layout(delimiter, quoting, names, header)


def declared(line: str) -> str | None:
    """The delimiter that a file's first line names for spreadsheets: `sep=;`. Such a line is no row."""
    found = _DECLARED.fullmatch(line)
    return found[1] if found else None


def single(lines: Sequence[str]) -> Layout | None:
    """The layout of a file of one column under its name, in quotes or not; None where the first line is no name."""
    quoting = bool(_cells(lines, NOWHERE, True))
    rows = _cells(lines, NOWHERE, quoting)
    if not rows or not _NAME.fullmatch(rows[0][0].strip()) or not is_header(rows):
        return None
    return Layout(NOWHERE, quoting, tuple(rows[0]), header=True)


def _cells(lines: Sequence[str], delimiter: str, quoting: bool) -> list[list[str]]:
    """The rows, but for an unfinished last one of a few lines; none where the quotes are wrong."""
    rows: list[list[str]] = []
    whole = 0  # lines
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(
        lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE, strict=True
    )
    try:
        for row in reader:
            whole = reader.line_num
            if row:
                rows.append(row)
    except csv.Error as problem:
        if "unexpected end of data" not in str(problem) or len(lines) - whole > _LONGEST_ROW:
            return []
    return rows


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns.

    Its cells are short, of a few words without punctuation, no numbers, and none stands again below it in the same
    column. One may be empty, as pandas writes its index and a spreadsheet its margin.
    """
    first, rest = rows[0], rows[1:]
    if not any(cell.strip() for cell in first):
        return False
    for number, cell in enumerate(first):
        name = cell.strip()
        if len(name) > _LONGEST_NAME or len(name.split()) > _MOST_WORDS or _SENTENCE.search(name):
            return False
        if _NUMBER.fullmatch(name) or (name and any(row[number : number + 1] == [cell] for row in rest)):
            return False
    return True
