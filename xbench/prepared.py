"""A source's rows, checked and written in canonical form, and what was counted on the way."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from xbench.errors import UserError
from xbench.names import as_label
from xbench.protocols import Reader, TaskType
from xbench.specs import DatasetRef, Example, Json, TaskSpec
from xbench.splits import carve

FORMAT = 1  # of the files written here: another number is another cache
SPLITS = ("train", "validation", "test")

_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands beside the examples' files. Splits are as used: after carving, before any limit."""

    format: int
    fingerprints: dict[str, str]  # content hash by split
    sizes: dict[str, int]  # rows by split
    bytes: dict[str, int]  # length of each split's file: a torn one is read again
    repaired: int  # what the reader mended, over all splits
    duplicates: int  # test examples whose inputs stand in train (carved validation included), but for case and spaces
    mean_tokens: float  # of a training input, roughly: an ideograph is one, another word is 1.3


def file_of(folder: Path, split: str) -> Path:
    return folder / f"{split}.jsonl"


def stored(path: Path) -> Iterator[Example]:
    """The examples of one split's file, in order."""
    with path.open("rb") as file:
        for line in file:
            yield _decoded(line)


def label_field(tasktype: TaskType) -> str | None:
    """The target field by which draws are stratified."""
    return next((name for name, kind in tasktype.targets.items() if kind == "label"), None)


def example_of(row: Json, fields: Iterable[str], targets: Mapping[str, str]) -> dict[str, Any]:
    """Of a reader's row the fields that a task uses; a label that the source writes as a number is its text."""
    return {name: as_label(row[name]) if targets.get(name) == "label" else row[name] for name in fields if name in row}


def mark_of(example: Example, inputs: Iterable[str]) -> bytes:
    """The inputs, but for case and spaces, as a digest: rows of equal marks are duplicates."""
    digest = hashlib.blake2b(digest_size=16)
    for name in inputs:
        value = example[name]
        text = value if isinstance(value, str) else " ".join(map(str, value))
        digest.update(" ".join(text.split()).casefold().encode("utf-8", "surrogatepass") + b"\0")
    return digest.digest()


def _decoded(line: bytes) -> Example:
    name, fields = msgspec.json.decode(line)
    return {"id": name, **fields}


class _Writer:
    """One split's file, a line `[id, fields]` an example. Only the fields enter the fingerprint."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._rows = 0

    def add(self, name: str, body: bytes) -> None:
        self._hash.update(body + b"\n")
        self._file.write(b"[" + json.dumps(name).encode() + b"," + body + b"]\n")
        self._rows += 1

    def close(self) -> tuple[str, int, int]:
        """Fingerprint, rows, bytes."""
        size = self._file.tell()
        self._file.close()
        return self._hash.hexdigest(), self._rows, size


class Preparation:
    """Reads all splits of one source, checks each row, and carves validation and test where the source has none."""

    def __init__(
        self, task: TaskSpec, tasktype: TaskType, ref: DatasetRef, reader: Reader, root: Path | None, offline: bool
    ) -> None:
        self.task, self.tasktype, self.ref, self.reader = task, tasktype, ref, reader
        self.root, self.offline = root, offline
        self.label = label_field(tasktype)
        self.fields = (*task.inputs, *tasktype.targets, *((task.cluster,) if task.cluster else ()))
        self.repaired = 0
        self.written: dict[str, tuple[str, int, int]] = {}

    def run(self, folder: Path) -> Facts:
        """Write the three splits' files into `folder`.

        Raises MissingData where the source is not at hand, UserError (file, line, field) where a row is malformed.
        """
        tests = Counter(mark_of(example, self.task.inputs) for example in self._copy("test", folder))
        for _ in self._copy("validation", folder):
            pass
        duplicates, tokens = 0, 0.0
        labels: list[str] | None = [] if self.label else None
        marks: list[bytes] = []
        groups: list[Hashable] = []
        for example in self._copy("train", folder):
            mark = mark_of(example, self.task.inputs)
            duplicates += tests.pop(mark, 0)
            tokens += self._tokens(example)
            if labels is not None:
                labels.append(example[self.label or ""])
            if self.ref.test_share and "test" not in self.ref.splits:
                marks.append(mark)
                groups.append(str(example[self.task.cluster]) if self.task.cluster else mark)
        for split in self.ref.splits:
            if not self.written[split][1]:
                raise UserError(
                    f"{self.task.name}: {split} ({self.ref.splits[split]}) has no rows",
                    "fill it, or name another in the card's splits",
                )
        rows = self.written["train"][1]
        duplicates += self._divide(folder, rows, labels, marks, groups)
        return Facts(
            format=FORMAT,
            fingerprints={split: self.written[split][0] for split in SPLITS},
            sizes={split: self.written[split][1] for split in SPLITS},
            bytes={split: self.written[split][2] for split in SPLITS},
            repaired=self.repaired,
            duplicates=duplicates,
            mean_tokens=round(tokens / rows, 2) if rows else 0.0,
        )

    def _copy(self, split: str, folder: Path) -> Iterator[Example]:
        """Each checked example of a split of the source, once it is written."""
        writer = _Writer(file_of(folder, split))
        source = "row" if split == "train" and self.ref.test_share else split  # some will be test: no name may mislead
        ids: set[str] = set()
        try:
            rows = self.reader.rows(self.ref, split, self.root, self.offline) if split in self.ref.splits else ()
            for index, row in enumerate(rows):
                where = str(row.get("_at") or f"{self.ref.splits[split]} row {index + 1}")
                self.repaired += int(row.get("_repaired", 0))
                example = example_of(row, self.fields, self.tasktype.targets)
                absent = next((name for name in self.fields if name not in example), None)
                if absent is not None:
                    raise UserError(
                        f"{self.task.name}: no column gives {absent}",
                        f'name it in the card: columns = {{ {absent} = "..." }}',
                    )
                problem = self.tasktype.check(example, self.task)
                if problem:
                    raise UserError(f"{self.task.name}: {where}: {problem}", "mend this row, or the card")
                name = str(row["id"]) if "id" in row else f"{source}-{index}"
                if "id" in row:
                    if name in ids:
                        raise UserError(f"{self.task.name}: {where}: field id: {name!r} stands twice in {split}")
                    ids.add(name)
                writer.add(name, self._body(example, where))
                yield example
        finally:
            self.written[split] = writer.close()

    def _body(self, example: Example, where: str) -> bytes:
        try:
            return json.dumps(example, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        except UnicodeEncodeError as problem:
            raise UserError(f"{self.task.name}: {where}: lone surrogates are no text", "mend this row") from problem

    def _tokens(self, example: Example) -> float:
        """A rough number of tokens, for predicted times."""
        total = 0.0
        for name in self.task.inputs:
            value = example[name]
            if isinstance(value, str):
                ideographs = len(_IDEOGRAPH.findall(value))
                total += ideographs + 1.3 * len(_IDEOGRAPH.sub(" ", value).split() if ideographs else value.split())
            else:
                total += len(value)
        return total

    def _divide(
        self, folder: Path, rows: int, labels: list[str] | None, marks: list[bytes], groups: list[Hashable]
    ) -> int:
        """Carve what the source lacks from train, where it has shares; how many test rows stand in train all the same.

        marks and groups: of each row, where test is carved; rows of one group are on one side.
        """
        shares = {"validation": self.ref.validation_share, "test": self.ref.test_share}
        shares = {split: share for split, share in shares.items() if share and split not in self.ref.splits}
        if not shares:
            return 0
        splits = carve(rows, shares.get("validation", 0.0), shares.get("test", 0.0), labels, groups or None)
        if "test" in shares and "test" not in splits:
            raise UserError(
                f"{self.task.name}: {rows} rows, {len(set(groups))} of them different, are too few to divide",
                "give more rows, a larger test_share, or a test file of its own",
            )
        self._carve(folder, splits, shares)
        marked = list(zip(marks, splits, strict=bool(marks)))
        seen = {mark for mark, split in marked if split != "test"}
        return sum(split == "test" and mark in seen for mark, split in marked)

    def _carve(self, folder: Path, splits: Sequence[str], carved: Iterable[str]) -> None:
        """Move rows of train to the split that each was drawn for."""
        whole = file_of(folder, "whole")
        file_of(folder, "train").rename(whole)
        writers = {split: _Writer(file_of(folder, split)) for split in ("train", *carved)}
        with whole.open("rb") as file:
            for split, line in zip(splits, file, strict=True):
                example = dict(_decoded(line))
                name = example.pop("id")
                writers[split].add(name, self._body(example, name))
        self.written |= {split: writer.close() for split, writer in writers.items()}
        whole.unlink()
