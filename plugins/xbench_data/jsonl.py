"""Reader `jsonl`: one JSON object a line, one file a split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from xbench.abilities import Look
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files, layout
from xbench_data.columns import leaves, project

ENDINGS = (".jsonl", ".json", ".ndjson")
_KINDS = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
_LOOKED_AT = 10_000  # lines that must hold a column for it to be one


def _mend(path: Path, number: int, line: str) -> str:
    """Of a file that is one array, or one object over many lines, the command that makes lines of it."""
    if number == 1 and line.strip() in ("[", "{"):
        return f"one object a line is expected: jq -c {'.[]' if line.strip() == '[' else '.'} {path.name} > new.jsonl"
    return "each line must hold one whole JSON object"


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """("file:line", object) of each line that is not empty. Raises UserError where a line is no JSON object."""
    for number, line in enumerate(files.lines(path), start=1):
        if not line.strip():
            continue
        at = f"{path}:{number}"
        try:
            value = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as problem:
            why = (
                f"{problem.msg.removesuffix(' starting at')}, column {problem.colno}"
                if isinstance(problem, json.JSONDecodeError)
                else str(problem)
            )
            raise UserError(f"{at}: no JSON: {why}", _mend(path, number, line)) from problem
        if not isinstance(value, dict):
            mend = (
                f"one object a line: jq -c .[] {path.name} > new.jsonl"
                if isinstance(value, list)
                else "one object a line"
            )
            raise UserError(f"{at}: expected a JSON object, found {_KINDS.get(type(value), 'a number')}", mend)
        yield at, value


@dataclass(frozen=True, slots=True)
class JsonlReader:
    """JSON lines. location: `folder`; splits: the files' names; columns may be dotted paths."""

    name: str = "jsonl"
    result_version: int = 1

    @property
    def takes(self) -> str:
        return ".jsonl, .json with an object a line"

    def look(self, path: Path) -> Look | None:
        arranged = layout.arrange(path, layout.ends_in(*ENDINGS))
        if arranged is None:
            return None
        folder, splits = arranged
        names: dict[str, None] | None = None
        seen: dict[str, None] = {}
        for name in splits.values():
            for _, value in islice(objects(folder / name), _LOOKED_AT):
                here = leaves(value)
                seen |= dict.fromkeys(here)
                names = dict.fromkeys(here) if names is None else {key: None for key in names if key in here}
        if names is None:
            raise UserError(f"{folder / splits['train']}: is empty", "one JSON object a line is expected")
        ref = DatasetRef(self.name, {"folder": "."}, {key: key for key in names}, splits, root=str(folder))
        some = layout.lacking((name for name in seen if name not in names), "some lines")
        return Look(ref, f"JSON lines, UTF-8{some}{layout.told(splits)}")

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        for at, value in objects(path):
            yield project(value, ref, at)
