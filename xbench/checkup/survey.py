"""Every row of a source, looked at without stopping at the first that is wrong."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xbench.errors import MissingData, UserError
from xbench.prepared import example_of, mark_of
from xbench.protocols import Reader, TaskType
from xbench.specs import DatasetRef, Example, TaskSpec


@dataclass
class Survey:
    """What was seen. wrong: what a row's check says -> (how often, where first)."""

    rows: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, tuple[int, str]] = field(default_factory=dict)
    labels: dict[str, Counter[str]] = field(default_factory=dict)  # by split; of tags, the types
    repeated: dict[str, int] = field(default_factory=dict)  # rows that stand in their split already, target and all
    contradicting: int = 0  # rows of all splits whose inputs, but for case and spaces, stood before with another target
    refused: UserError | None = None  # why the reader went no further

    def note(self, problem: str, where: str) -> None:
        count, first = self.wrong.get(problem, (0, where))
        self.wrong[problem] = (count + 1, first)


def survey(task: TaskSpec, tasktype: TaskType, ref: DatasetRef, reader: Reader, root: Path | None) -> Survey:
    """Reads all splits, offline. Raises MissingData where the source is not at hand."""
    found = Survey()
    answers: dict[bytes, int] = {}
    for split in ref.splits:
        seen: set[bytes] = set()
        ids: set[str] = set()
        found.rows[split] = found.repeated[split] = 0
        found.labels[split] = Counter()
        try:
            for number, row in enumerate(reader.rows(ref, split, root, True), start=1):
                found.rows[split] += 1
                where = str(row.get("_at") or f"{ref.splits[split]} row {number}")
                example = example_of(row, (*task.inputs, *tasktype.targets), tasktype.targets)
                problem = tasktype.check(example, task)
                if problem is not None:
                    found.note(problem, where)
                    continue
                if "id" in row and str(row["id"]) in ids:
                    found.note(f"field id: {row['id']!r} stands twice in {split}", where)
                ids.add(str(row.get("id", number)))
                found.labels[split].update(_labels(example, tasktype.targets))
                mark = hashlib.blake2b(json.dumps(example, sort_keys=True).encode(), digest_size=16).digest()
                found.repeated[split] += mark in seen
                seen.add(mark)
                answer = hash(repr([example.get(name) for name in tasktype.targets]))
                found.contradicting += answers.setdefault(mark_of(example, task.inputs), answer) != answer
        except MissingData:
            raise
        except UserError as problem:
            found.refused = problem
            break
    return found


def _labels(example: Example, targets: Mapping[str, str]) -> list[str]:
    """What of the card's `labels` a row uses."""
    found: list[str] = []
    for name, kind in targets.items():
        if kind == "label":
            found.append(example[name])
        elif kind == "tags":
            found += [tag.partition("-")[2] for tag in example[name] if "-" in tag]
    return found
