"""Reader `jsonl`: one JSON object a line, one file a split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files
from xbench_data.columns import project


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """("file:line", object) of each line that is not empty. Raises UserError where a line is no JSON object."""
    for number, line in enumerate(files.lines(path), start=1):
        if not line.strip():
            continue
        at = f"{path}:{number}"
        try:
            value = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as problem:
            raise UserError(f"{at}: no JSON: {problem}", "each line must hold one whole JSON object") from problem
        if not isinstance(value, dict):
            raise UserError(f"{at}: expected a JSON object, found {type(value).__name__}", "one object a line")
        yield at, value


@dataclass(frozen=True, slots=True)
class JsonlReader:
    """JSON lines. location: `folder`; splits: the files' names; columns may be dotted paths."""

    name: str = "jsonl"
    result_version: int = 1

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        for at, value in objects(path):
            yield project(value, ref, at)
