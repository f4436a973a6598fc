"""Reader `parallel`: a file a language, line by line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from xbench.abilities import Look
from xbench.errors import UserError
from xbench.specs import DatasetRef, Json
from xbench_data import files, layout
from xbench_data.columns import kept

_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")  # an ending that may be one
_NO_LANGUAGES = frozenset(
    {"csv", "tsv", "tab", "txt", "md", "py", "sh", "gz", "zip", "bz2", "xz", "log", "bio", "iob", "ner"}
)


def _names(ref: DatasetRef) -> list[str]:
    return [f"{stem}.{ending}" for stem in ref.splits.values() for ending in ref.columns.values()]


def _is_language(ending: str) -> bool:
    return bool(_LANGUAGE.fullmatch(ending)) and ending not in _NO_LANGUAGES and layout.split_named(ending) is None


@dataclass(frozen=True, slots=True)
class ParallelReader:
    """Aligned texts.

    location: `folder`; `skip_blank`: splits whose pairs with an empty side are left out.
    splits: the files' stems; columns: their endings, so that {source = "en"} is `train.en`.
    """

    name: str = "parallel"
    result_version: int = 1

    @property
    def location(self) -> Sequence[str]:
        return ("folder", "skip_blank")

    @property
    def takes(self) -> str:
        return "pairs such as train.en and train.de"

    def look(self, path: Path) -> Look | None:
        """Of a file, with the one other file of its stem; of a folder, all stems that have the same two endings."""
        folder = path.parent if path.is_file() else path
        endings: dict[str, list[str]] = defaultdict(list)
        for file in sorted(folder.iterdir()):
            stem, _, ending = file.name.rpartition(".")
            if stem and file.is_file() and _is_language(ending):
                endings[stem].append(ending)
        pairs = {stem: found for stem, found in endings.items() if len(found) == 2}
        if path.is_file():
            stem, _, ending = path.name.rpartition(".")
            if ending not in pairs.get(stem, ()):
                return None
            (other,) = (one for one in pairs[stem] if one != ending)
            sides, splits = [ending, other], {"train": stem}
        else:
            if not pairs:
                return None
            sides = next(iter(pairs.values()))
            splits = layout.by_split(path, [stem for stem, found in pairs.items() if found == sides])
        ref = DatasetRef(self.name, {"folder": "."}, {side: side for side in sides}, splits, root=str(folder))
        return Look(ref, f"aligned lines of .{sides[0]} and .{sides[1]} files, UTF-8{layout.told(splits)}")

    def stamp(self, ref: DatasetRef, root: Path | None) -> str | None:
        return files.stamp(ref, root, _names(ref))

    def rows(self, ref: DatasetRef, split: str, root: Path | None, offline: bool) -> Iterator[Json]:
        return kept(self._aligned(ref, split, root), ref, split)

    def _aligned(self, ref: DatasetRef, split: str, root: Path | None) -> Iterator[Json]:
        files.find(ref, root, _names(ref))
        folder, stem = files.folder_of(ref, root), ref.splits[split]
        paths = [folder / f"{stem}.{ending}" for ending in ref.columns.values()]
        for number, texts in enumerate(zip_longest(*(files.lines(path) for path in paths)), start=1):
            if None in texts:
                counts = " and ".join(f"{path} {sum(1 for _ in files.lines(path))}" for path in paths)
                raise UserError(f"line counts differ: {counts}", "the files must be aligned line by line")
            row = {field: text.rstrip("\r\n") for field, text in zip(ref.columns, texts, strict=True)}
            yield {**row, "_at": f"{paths[0]}:{number}"}
