"""Paths as people name them: what lies there or beside, and what a task of it is called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from xbench.errors import UserError
from xbench.names import SAFE_NAME

_DOUBTFUL = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff._-]+")


def name_of(path: Path) -> str:
    """A file's or folder's own name as a task's: without its ending, and what is unsafe as `-`."""
    whole = absolute(path)
    safe = _DOUBTFUL.sub("-", whole.name if whole.is_dir() else whole.stem).strip("._-")
    return safe if SAFE_NAME.fullmatch(safe) else "own-data"


def absolute(path: Path) -> Path:
    """Where a link leads to is another file, perhaps without an ending: the link's own place."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links


def exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file can have
        return False


def beside(path: Path) -> list[str]:
    """The names in a path's folder, for a guess."""
    try:
        return [other.name for other in path.parent.iterdir()]
    except (OSError, ValueError):
        return []


def refuse_bare(path: Path, endings: Iterable[str]) -> None:
    """`reviews` where reviews.csv lies; of several files a card is meant."""
    found = [Path(name) for name in beside(path) if Path(name).stem.casefold() == path.name.casefold()]
    meant = sorted((one.suffix != ".toml", one.name) for one in found if one.suffix.casefold() in endings)
    if meant:
        raise UserError(f"unknown name {str(path)!r}", f"did you mean {path.with_name(meant[0][1])}?")
