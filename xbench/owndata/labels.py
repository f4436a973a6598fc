"""Labels that are probably not what was meant: two that are one, and one that stands for none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xbench.names import label_text

_NONE = frozenset({"nan", "null", "n/a", "na"})  # what programs write where there is none; so is a mere "-" or "?"
_CHARACTERS = 40  # of a label


def cut(label: str) -> str:
    return label_text(label, _CHARACTERS)


def doubts(labels: Iterable[str]) -> Iterator[str]:
    """What a person should know of them, a sentence each: equal but for case and blanks; empty by their looks."""
    first: dict[str, str] = {}
    empty = []
    for label in labels:
        other = first.setdefault(" ".join(label.split()).casefold(), label)
        if other != label:
            yield f"{_quoted(other)} and {_quoted(label)} are two labels"
        if label.casefold() in _NONE or not any(map(str.isalnum, label)):
            empty.append(label)
    yield from (f"{_quoted(label)} is a label like the others" for label in empty)


def _quoted(label: str) -> str:
    return repr(label if len(label) <= _CHARACTERS else f"{label[: _CHARACTERS - 3]}...")
