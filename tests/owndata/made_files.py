"""Small files of one's own, as a test writes them."""

from __future__ import annotations

from pathlib import Path

from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.owndata.looking import Found, settled
from xbench.specs import Example

ROWS = tuple((f"some words of row {number}", "ab"[number % 2]) for number in range(40))


def csv_text(rows: tuple[tuple[str, str], ...] = ROWS, delimiter: str = ",", header: str = "text,label") -> str:
    lines = [delimiter.join(row) for row in rows]
    return "\n".join([header.replace(",", delimiter), *lines]) + "\n"


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def look(path: Path) -> Found:
    """What a path is taken for, by all that is installed. Raises UserError."""
    return settled(path, Catalog.load().look(path))


def splits(found: Found, cache: Path) -> dict[str, list[Example]]:
    """The examples of a task, read."""
    data = Dataset(found.task, Catalog.load(), None, True, cache)
    return {split: list(data.rows(split)) for split in ("train", "validation", "test")}
