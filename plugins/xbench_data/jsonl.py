"""Reader `jsonl`: one JSON object a line, one file a split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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


def _columns(path: Path) -> tuple[list[str], list[str]]:
    """Those that every line has, and all that some line has."""
    always: dict[str, None] = {}
    seen: dict[str, None] = {}
    for number, (_, value) in enumerate(islice(objects(path), _LOOKED_AT)):
        here = leaves(value)
        seen |= dict.fromkeys(here)
        always = {key: None for key in (always if number else here) if key in here}
    return list(always), list(seen)


@dataclass(frozen=True, slots=True)
class JsonlReader:
    """JSON lines.

    location: `folder`; `values`: field -> value in the file -> what it stands for. splits: the files' names; columns
    may be dotted paths.
    """

    name: str = "jsonl"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder", "values")

    @property
    def takes(self) -> str:
        return ".jsonl, .json with an object a line"

    def look(self, path: Path) -> Look | None:
        arranged = layout.arrange(path, layout.ends_in(*ENDINGS))
        if arranged is None:
            return None
        folder, splits = arranged
        found = {split: _columns(folder / name) for split, name in splits.items()}
        if not any(seen for _, seen in found.values()):
            raise UserError(f"{folder / splits['train']}: is empty", "one JSON object a line is expected")
        lacking = layout.lacked(found["train"][0], {split: seen for split, (_, seen) in found.items()})
        names = [
            name
            for name in found["train"][0]
            if all(name in always or name in lacking.get(split, ()) for split, (always, seen) in found.items() if seen)
        ]
        ref = DatasetRef(self.name, {"folder": "."}, {key: key for key in names}, splits, root=str(folder))
        some = layout.without((name for name in found["train"][1] if name not in names), "some lines")
        return Look(ref, f"JSON lines, UTF-8{some}{layout.told(splits)}", lacking)

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        for at, value in objects(path):
            yield project(value, ref, at)
