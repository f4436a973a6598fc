"""Reader `spans`: JSON lines whose entities are character spans by type and surface (CLUENER's layout)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.abilities import Look
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files, layout
from xbench_data.columns import column
from xbench_data.jsonl import ENDINGS, objects

Span = tuple[int, int, str]  # first character, last character (inclusive), type


def spans_of(text: str, entities: Any, at: str) -> list[Span]:
    """`{type: {surface: [[first, last], ...]}}` as spans. Raises UserError where one does not cover its surface."""
    if not isinstance(entities, Mapping) or not all(isinstance(surfaces, Mapping) for surfaces in entities.values()):
        raise UserError(f"{at}: field tags: expected {{type: {{surface: [[first, last], ...]}}}}")
    found: list[Span] = []
    for kind, surfaces in entities.items():
        for surface, places in surfaces.items():
            for place in places if isinstance(places, list) else [places]:
                whole = isinstance(place, list) and len(place) == 2 and all(type(bound) is int for bound in place)
                if not whole or not 0 <= place[0] <= place[1] or text[place[0] : place[1] + 1] != surface:
                    raise UserError(
                        f"{at}: field tags: {kind} {surface!r} does not stand at {place} of the text",
                        "bounds are the first and the last character, counted from 0",
                    )
                found.append((place[0], place[1], kind))
    return found


def bio(length: int, spans: list[Span]) -> tuple[list[str], int]:
    """BIO tags of `length` characters, and how many spans had to go because a longer or earlier one overlaps them."""
    tags = ["O"] * length
    dropped = 0
    for first, last, kind in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if any(tag != "O" for tag in tags[first : last + 1]):
            dropped += 1
            continue
        tags[first] = f"B-{kind}"
        tags[first + 1 : last + 1] = [f"I-{kind}"] * (last - first)
    return tags, dropped


def _is_entities(value: Any) -> bool:
    """`{type: {surface: [...]}}`; an empty one may be."""
    return isinstance(value, Mapping) and all(
        isinstance(surfaces, Mapping) and all(isinstance(places, list) for places in surfaces.values())
        for surfaces in value.values()
    )


@dataclass(frozen=True, slots=True)
class SpansReader:
    """Characters and their BIO tags; `_repaired` counts the overlapping spans that BIO cannot hold.

    location: `folder`; splits: the files' names; columns: `tokens` the text, `tags` the entities.
    """

    name: str = "spans"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder",)

    @property
    def takes(self) -> str:
        return ".jsonl"

    def look(self, path: Path) -> Look | None:
        arranged = layout.arrange(path, layout.ends_in(*ENDINGS))
        if arranged is None:
            return None
        folder, splits = arranged
        _, first = next(objects(folder / splits["train"]), ("", {}))
        texts = [name for name, value in first.items() if isinstance(value, str)]
        entities = [name for name, value in first.items() if _is_entities(value)]
        if not texts or len(entities) != 1:
            return None
        columns = {"tokens": "text" if "text" in texts else texts[0], "tags": entities[0]}
        note = f"JSON lines, UTF-8, the characters of {columns['tokens']!r} with the spans of {entities[0]!r}"
        ref = DatasetRef(self.name, {"folder": "."}, columns, splits, root=str(folder))
        heads = {split: list(next(objects(folder / name), ("", {}))[1]) for split, name in splits.items()}
        absent = layout.lacked(columns.values(), heads)
        lacking = {split: tuple(field for field, own in columns.items() if own in absent[split]) for split in absent}
        return Look(ref, note + layout.told(splits), lacking)

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        for at, value in objects(path):
            try:
                text = column(value, ref.columns["tokens"])
                entities = column(value, ref.columns["tags"]) if "tags" in ref.columns else {}
            except KeyError as missing:
                have = ", ".join(value) or "none"
                raise UserError(f"{at}: no column {missing}", f"columns here: {have}") from None
            if not isinstance(text, str):
                raise UserError(f"{at}: field tokens: expected text, found {type(text).__name__}")
            tags, dropped = bio(len(text), spans_of(text, entities, at))
            tagged = {"tags": tags} if "tags" in ref.columns else {}
            yield {"tokens": list(text), **tagged, "_at": at, "_repaired": dropped}
