"""Reader `conll`: a token a line with its tags, an empty line after each sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from xbench.abilities import Look
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files, layout
from xbench_data.schemes import SCHEMES, TAG, scheme_of, to_bio

_ITS_OWN = (".conll", ".bio", ".iob", ".iob2", ".bioes", ".bmes", ".ner")
_ENDINGS = (*_ITS_OWN, ".txt", ".tsv", ".train", ".dev", ".test")
_LOOKED_AT = 5_000  # lines
_LONGEST_SENTENCE = 1_000  # lines: a file without any empty line is no CoNLL file
_DOCUMENT = "-DOCSTART-"


@dataclass(frozen=True, slots=True)
class ConllReader:
    """Columns of tokens and tags, set apart by white space.

    location: `folder`; `scheme` of the tags: "bio" (default), "iob1" or "bioes" (BMES and BILOU too), which are made
    BIO; `delimiter`: what sets columns apart, if not any white space; `comment`: how lines begin that say nothing.
    splits: the files' names; columns: `tokens` and `tags`, each a number from 1.
    """

    name: str = "conll"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder", "scheme", "delimiter", "comment")

    @property
    def takes(self) -> str:
        return ".conll, .bio"

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, ref.splits.values())

    def look(self, path: Path) -> Look | None:
        arranged = layout.arrange(path, layout.ends_in(*_ENDINGS))
        if arranged is None:
            return None
        folder, splits = arranged
        first = folder / splits["train"]
        lines = [line.rstrip("\r\n") for line in islice(files.lines(first), _LOOKED_AT)]
        delimiter = "\t" if all("\t" in line for line in lines if line.strip() and line[0] not in "#-") else None
        head = [_cells(line, delimiter) for line in lines]
        (width, _), *_ = Counter(len(cells) for cells in head if cells).most_common(1) or [(0, 0)]
        marked = any(cells[0].startswith("#") and len(cells) != width for cells in head if cells)
        rows = [cells for cells in head if cells and not _is_break(cells[0], "#" if marked else None)]
        its_own = first.suffix.casefold() in _ITS_OWN
        endless = len(rows) == len(head) > _LONGEST_SENTENCE
        if not its_own and (width < 2 or endless or any(len(cells) != width for cells in rows)):
            return None
        found = _places([cells for cells in rows if len(cells) == width], width)
        if found is None:
            if its_own:
                raise UserError(f"{first}: no column of tags beside one of tokens", "tags are O, B-x, I-x; or E-x, S-x")
            return None
        tokens, tags = found
        taken = {"tokens": str(tokens + 1), "tags": str(tags + 1)}
        location = {
            "folder": ".",
            **({"comment": "#"} if marked else {}),
            **({"delimiter": delimiter} if delimiter else {}),
        }
        bare = DatasetRef(self.name, location, taken, splits, root=str(folder))
        blocks = (block for name in splits.values() for _, block in self._blocks(folder / name, bare, width))
        scheme = scheme_of([cells[tags] for cells in block] for block in blocks)
        made = "" if scheme == "bio" else f", {scheme.upper()} made BIO"
        note = f"CoNLL columns, UTF-8, tokens in column {tokens + 1} and tags in column {tags + 1}{made}"
        ref = replace(bare, location={**location, "scheme": scheme})
        return Look(ref, note + layout.told(splits))

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        path = files.of_split(ref, root, split)
        scheme = ref.location.get("scheme", "bio")
        if scheme not in SCHEMES:
            raise UserError(f"reader conll: unknown scheme {scheme!r}", f"one of {', '.join(SCHEMES)}")
        places = {field: _place(ref, field) for field in ref.columns}
        for number, block in self._blocks(path, ref, max(places.values(), default=0)):
            row: dict[str, Any] = {field: [cells[place - 1] for cells in block] for field, place in places.items()}
            if "tags" in row:
                try:
                    row["tags"] = to_bio(row["tags"], scheme)
                except ValueError as problem:
                    raise UserError(
                        f"{path}:{number}: field tags: in the sentence that begins here, {problem}"
                    ) from problem
            yield {**row, "_at": f"{path}:{number}"}

    def _blocks(self, path: Path, ref: DatasetRef, width: int) -> Iterator[tuple[int, list[list[str]]]]:
        """(line on which it begins, cells of each line) of every sentence."""
        delimiter, comment = ref.location.get("delimiter"), ref.location.get("comment")
        block: list[list[str]] = []
        begun = 1
        for number, line in enumerate(files.lines(path), start=1):
            text = line.rstrip("\r\n")
            if not text.strip() or _is_break(text, comment):
                if block:
                    yield begun, block
                block = []
                continue
            cells = _cells(text, delimiter)
            if len(cells) < width:
                raise UserError(
                    f"{path}:{number}: expected {width} columns at least, found {len(cells)}",
                    "a token and its tags a line, an empty line after each sentence",
                )
            begun = begun if block else number
            block.append(cells)
        if block:
            yield begun, block


def _cells(text: str, delimiter: str | None) -> list[str]:
    """Without a delimiter, spaces and tabs set cells apart, but no other white space: an ideographic one is a token."""
    if delimiter:
        return text.split(delimiter) if text.strip() else []
    return [cell for cell in re.split(r"[ \t]+", text) if cell]


def _places(rows: Sequence[Sequence[str]], width: int) -> tuple[int, int] | None:
    """The columns of tokens and of tags: the first that is no number, and the last of tags."""
    columns = list(zip(*rows, strict=True))
    tagged = [n for n in range(width) if all(map(TAG.fullmatch, columns[n])) and set(columns[n]) != {"O"}]
    words = [n for n in range(width) if n not in tagged and not all(map(str.isdigit, columns[n]))]
    return (words[0], tagged[-1]) if words and tagged else None


def _place(ref: DatasetRef, field: str) -> int:
    text = ref.columns[field]
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"reader conll: columns.{field}: {text!r} is no number of a column", "columns count from 1")
    return int(text)


def _is_break(text: str, comment: str | None) -> bool:
    """A line that ends a sentence as an empty one does: of a new document, or a comment."""
    return text.startswith(_DOCUMENT) or bool(comment and text.startswith(comment))
