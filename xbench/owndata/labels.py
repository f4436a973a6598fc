"""Labels that are probably not what was meant: two that are one, one that is several, and one that stands for none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from xbench.names import label_text

_NONE = frozenset({"nan", "null", "n/a", "na"})  # what programs write where there is none; so is a mere "-" or "?"
_CHARACTERS = 40  # of a label
_APART = re.compile(r"\s*[,;|，；、]\s*")  # what may set several labels apart


def cut(label: str) -> str:
    return label_text(label, _CHARACTERS)


def doubts(labels: Iterable[str], unseen: Collection[str] = ()) -> Iterator[str]:
    """What a person should know of them, a sentence each: equal but for case and blanks; made of others; empty.

    unseen: those that train lacks, if they are known; told first.
    """
    labels = list(labels)
    strange = [label for label in labels if label in unseen]
    if strange:
        more = f" and {len(strange) - 1} more stand" if len(strange) > 1 else " stands"
        yield f"{_quoted(strange[0])}{more} in no row of train"
    first: dict[str, str] = {}
    empty = []
    for label in labels:
        other = first.setdefault(" ".join(label.split()).casefold(), label)
        if other != label:
            yield f"{_quoted(other)} and {_quoted(label)} are two labels"
        if label.casefold() in _NONE or not any(map(str.isalnum, label)):
            empty.append(label)
    several = next((one for one in labels if len(parts := _APART.split(one)) > 1 and {*parts} <= {*labels}), None)
    if several is not None:
        yield f"{_quoted(several)} is one label, not several"
    yield from (f"{_quoted(label)} is a label like the others" for label in empty)


def _quoted(label: str) -> str:
    return repr(label if len(label) <= _CHARACTERS else f"{label[: _CHARACTERS - 3]}...")
