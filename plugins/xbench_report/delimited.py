"""A board as CSV: all columns, full precision, no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import Any

from xbench.records import Board

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(board: Board) -> bytes:
    """UTF-8, comma-separated, a header line; missing values are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cell(name) for name in board.columns])
    for row in board.rows:
        writer.writerow([cell(row.get(name)) for name in board.columns])
    return text.getvalue().encode("utf-8", "backslashreplace")


def cell(value: Any) -> Any:
    """Numbers as they are; text that would begin a formula gets a leading apostrophe (OWASP, "CSV injection")."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
