"""`stats.npz` beside a record: one array of additive statistics for each metric, from which boards are drawn."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

STATISTICS = "stats.npz"
CLUSTERS = "__clusters__"  # the array that says which examples belong together


def read(folder: Path, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The arrays of these names, or all; those that the file does not hold are left out.

    Raises FileNotFoundError where there is no file, ValueError where it cannot be read.
    """
    import numpy as np

    try:
        with np.load(folder / STATISTICS, allow_pickle=False) as stored:
            return {name: stored[name] for name in (stored.files if names is None else names) if name in stored}
    except FileNotFoundError:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as problem:  # cut short, or no archive
        raise ValueError(f"{folder / STATISTICS}: cannot be read: {problem}") from problem


def write(folder: Path, arrays: Mapping[str, Any]) -> None:
    """float64 (examples, k) by metric, and int64 (examples,) under `CLUSTERS` where the task has clusters."""
    import numpy as np

    with (folder / STATISTICS).open("wb") as file:
        np.savez_compressed(file, **arrays)
