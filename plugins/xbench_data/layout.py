"""Which of a folder's files is which split, by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from xbench.errors import UserError

_WORDS = {
    "train": ("train", "training", "训练", "训练集"),
    "validation": ("validation", "valid", "val", "dev", "eval", "验证", "验证集"),
    "test": ("test", "testing", "测试", "测试集"),
}
_NO_ROWS = frozenset({"dataset_dict.json", "dataset_info.json", "state.json"})  # what save_to_disk writes beside them
_TOLD = 5  # columns that a note names
_SHARD = re.compile(r"-\d{5}-of-\d{5}")


def split_named(name: str) -> str | None:
    """The split that a name says: `train.csv`, `my_dev.tsv`, `corpus.test`; None where it says none, or two."""
    parts = re.split(r"[^a-z0-9]+", name.casefold())
    found = [
        split
        for split, words in _WORDS.items()
        if any(word in (parts if word.isascii() else name) for word in words)  # Chinese sets no words apart
    ]
    return found[0] if len(found) == 1 else None


def arrange(path: Path, fits: Callable[[Path], bool]) -> tuple[Path, dict[str, str]] | None:
    """(folder, split -> file name) of a file, which is "train" alone, or of a folder's files; None where none fits.

    Files that were written in parts (`train-00000-of-00002.parquet`) are one name with a `*`. Raises UserError where
    the names do not say which file is which.
    """
    if path.is_file():
        return (path.parent, {"train": path.name}) if fits(path) else None
    names = sorted(
        {
            _SHARD.sub("-*", file.name)
            for file in path.iterdir()
            if file.is_file() and file.name[0] != "." and file.name not in _NO_ROWS and fits(file)
        }
    )
    if not names:
        return None
    return path, by_split(path, names)


def by_split(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The names by the split that each says; a lone name is train."""
    names = list(names)
    splits: dict[str, str] = {}
    for name in names:
        split = split_named(name)
        if split is None:
            continue
        other = splits.setdefault(split, name)
        if other != name and _exact(other) == _exact(name):
            raise UserError(f"{path}: both {other} and {name} could be {split}", "keep one, or name the file itself")
        splits[split] = name if _exact(name) else other
    if not splits and len(names) == 1:
        return {"train": names[0]}
    if "train" not in splits:
        raise UserError(
            f"{path}: none of {', '.join(names)} is called train",
            "name the files train, dev and test, or name one file itself",
        )
    return dict(sorted(splits.items(), key=lambda item: list(_WORDS).index(item[0])))


def _exact(name: str) -> bool:
    """`train.csv`, where `train.10k.csv` lies beside it."""
    return any(Path(name).stem.casefold() in words for words in _WORDS.values())


def ends_in(*endings: str) -> Callable[[Path], bool]:
    return lambda path: path.suffix.casefold() in endings


def told(splits: dict[str, str]) -> str:
    """For a note: nothing where one file is all there is."""
    return "" if list(splits) == ["train"] else f" in {', '.join(splits.values())}"


def lacked(columns: Iterable[str], there: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """Train's columns that a split lacks, by split, where it lacks some: as a test file whose labels are hidden.

    there: the columns by split; of an empty one nothing is known.
    """
    names = list(columns)
    found = {split: tuple(name for name in names if held and name not in held) for split, held in there.items()}
    return {split: absent for split, absent in found.items() if absent}


def without(columns: Iterable[str], where: str) -> str:
    """For a note: columns that are left out because they do not stand everywhere."""
    names = list(columns)
    more = ", ..." if len(names) > _TOLD else ""
    return f", without {', '.join(names[:_TOLD])}{more}, which {where} lack" if names else ""
