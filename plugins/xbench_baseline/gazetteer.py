"""A dictionary of the training entities, applied by longest match from left to right."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from xbench.specs import Example, Json, TaskSpec


def entities(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """(start, end, type) of the B-I... runs; end exclusive."""
    found: list[tuple[int, int, str]] = []
    for index, tag in enumerate(tags):
        if tag.startswith("B-"):
            found.append((index, index + 1, tag[2:]))
        elif tag.startswith("I-") and found and found[-1][1] == index and found[-1][2] == tag[2:]:
            found[-1] = (found[-1][0], index + 1, tag[2:])
    return found


def _most_frequent(counts: Counter[str]) -> str:
    """Ties go to the one that comes first in the alphabet, so that the order of rows does not matter."""
    return min(counts, key=lambda value: (-counts[value], value))


class Gazetteer:
    """A surface seen with several types keeps its most frequent one."""

    task_types: ClassVar[frozenset[str]] = frozenset({"tagging"})

    def __init__(self) -> None:
        self.types: dict[tuple[str, ...], str] = {}
        self.longest = 0

    def fit(self, examples: Iterable[Example], task: TaskSpec, options: Json) -> None:
        seen: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for example in examples:
            for start, end, kind in entities(example["tags"]):
                surface = tuple(example["tokens"][start:end])
                if len("".join(surface)) > 1:  # a single character is no name: in Chinese it would match everywhere
                    seen[surface][kind] += 1
        self._keep({surface: _most_frequent(counts) for surface, counts in seen.items()})

    def predict(self, examples: Sequence[Example]) -> list[Any]:
        return [self._tag(example["tokens"]) for example in examples]

    @property
    def parameters(self) -> int:
        return len(self.types)

    def save(self, folder: Path) -> None:
        rows = [[list(surface), kind] for surface, kind in sorted(self.types.items())]
        (folder / "gazetteer.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path, task: TaskSpec) -> None:
        rows = json.loads((folder / "gazetteer.json").read_text(encoding="utf-8"))
        self._keep({tuple(surface): kind for surface, kind in rows})

    def _keep(self, types: dict[tuple[str, ...], str]) -> None:
        self.types = types
        self.longest = max(map(len, types), default=0)

    def _tag(self, tokens: Sequence[str]) -> list[str]:
        tags = ["O"] * len(tokens)
        start = 0
        while start < len(tokens):
            for end in range(min(len(tokens), start + self.longest), start, -1):
                kind = self.types.get(tuple(tokens[start:end]))
                if kind is not None:
                    tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
                    start = end
                    break
            else:
                start += 1
        return tags
