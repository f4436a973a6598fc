"""Texts on a terminal: what would steer it is made visible, and nothing is wider than it may be."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence

ELLIPSIS = "…"
_UNITS = re.compile(r"(?<=\d) (?=(?:%|seeds?|s|min|h|MiB|cells?|more)\b|%)")


def columns() -> int:
    """Of the terminal, or of COLUMNS; 80 where there is neither."""
    return max(shutil.get_terminal_size((80, 24)).columns, 40)


def in_ci() -> bool:
    """Whether others read what is printed: a machine that builds says so by CI."""
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no")


def visible(text: str) -> str:
    """On one line, with escapes in the place of characters that a terminal obeys or does not show."""
    spaced = text.replace("\n", " ").replace("\t", " ")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in spaced)


def width(text: str) -> int:
    """In cells of the terminal: an ideograph is two."""
    if text.isascii() and text.isprintable():  # most are: nothing need be imported for them
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, cells: int) -> str:
    """At most so many cells, with an ellipsis where something is left out."""
    if width(text) <= cells:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, max(cells - 1, 0)).rstrip() + ELLIPSIS if cells > 0 else ""


def pad(text: str, cells: int) -> str:
    """Exactly so many cells."""
    short = cut(text, cells)
    return short + " " * (cells - width(short))


def wrapped(text: str, indent: str = "", cells: int | None = None) -> list[str]:
    """A sentence as lines of the terminal, the second and later ones indented; a long word stands over the edge."""
    lines = textwrap.wrap(
        _UNITS.sub("\u00a0", text),  # a number and its unit stay together
        cells or columns(),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines] or [""]


def table(rows: Iterable[Sequence[str]], most: int, gap: int = 2) -> list[str]:
    """Rows of equal length as aligned lines; the last column is cut where a line would be wider than `most`."""
    kept = list(rows)
    widths = [max(map(width, column)) for column in zip(*kept, strict=True)]
    lines = []
    for row in kept:
        line = (" " * gap).join(pad(text, cells) for text, cells in zip(row, widths, strict=True))
        lines.append(cut(line.rstrip(), most))
    return lines
