"""A task's splits: read by a reader, checked, carved, then limited. The same rows for every cell, by fixed seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Protocol

from xbench.errors import MissingData, UserError
from xbench.prepared import SPLITS, Preparation, file_of, label_field, stored
from xbench.protocols import Reader, TaskType
from xbench.sources import Source, place_of
from xbench.specs import Example, Json, TaskSpec
from xbench.splits import LIMIT_SEED, draw


class Lookups(Protocol):
    """What of the catalog is needed here."""

    def reader(self, name: str) -> Reader: ...
    def tasktype(self, name: str) -> TaskType: ...


class StoredRows:
    """The examples of one split, or of a selection of its rows, streamed from the source's file: a `Rows`."""

    def __init__(self, source: Source, split: str, selection: Sequence[int] | None = None) -> None:
        self._source, self._split, self._selection = source, split, selection

    @property
    def fingerprint(self) -> str:
        """Content hash of the whole split, before any limit."""
        return self._source.facts.fingerprints[self._split]

    def __len__(self) -> int:
        return self._source.facts.sizes[self._split] if self._selection is None else len(self._selection)

    def __iter__(self) -> Iterator[Example]:
        examples = stored(file_of(self._source.folder, self._split))
        if self._selection is None:
            yield from examples
            return
        position = 0
        for row in self._selection:
            yield next(islice(examples, row - position, None))
            position = row + 1


class Dataset:
    """All splits of one task, from the first of its sources that is at hand.

    What was read is kept under `cache` by the reader's stamp, so that neither the next run nor a worker reads it again.

    Args:
        task: its `data` is tried first, then its `mirrors` where MissingData was raised.
        catalog: finds readers and task types.
        root: the data folder (`--data-dir`, XBENCH_DATA_DIR).
        offline: forbids the hub.
        cache: folder for what was read.
        limit_train: rows of train, in proportion to the labels where there are labels.
        limit_eval: rows of validation, and of test.
    """

    def __init__(
        self,
        task: TaskSpec,
        catalog: Lookups,
        root: Path | None,
        offline: bool,
        cache: Path,
        limit_train: int | None = None,
        limit_eval: int | None = None,
    ) -> None:
        for flag, limit in (("--limit-train", limit_train), ("--limit-eval", limit_eval)):
            if limit is not None and limit < 1:
                raise UserError(f"{flag} {limit}: at least one row is needed", "leave the flag out for all rows")
        self.task = task
        self._catalog, self._root, self._offline, self._cache = catalog, root, offline, cache
        self._limits = {"train": limit_train, "validation": limit_eval, "test": limit_eval}
        self._rows: dict[str, StoredRows] = {}

    def rows(self, split: str) -> StoredRows:
        """The examples of "train", "validation" or "test", after carving and limits."""
        if split not in self._rows:
            self._rows[split] = self._limited(split)
        return self._rows[split]

    @property
    def fingerprints(self) -> Mapping[str, str]:
        """Content hash by split, of what is used, before limits."""
        return self._source.facts.fingerprints

    @property
    def counts(self) -> Json:
        """Rows by split after limits, and `full` before them; repaired, duplicates and mean_tokens as in `Facts`."""
        facts = self._source.facts
        return {
            **{split: min(facts.sizes[split], self._limits[split] or facts.sizes[split]) for split in SPLITS},
            "full": dict(facts.sizes),
            "repaired": facts.repaired,
            "duplicates": facts.duplicates,
            "mean_tokens": facts.mean_tokens,
        }

    @property
    def source(self) -> Json:
        """Which source served, for the record."""
        return self._source.origin

    def _limited(self, split: str) -> StoredRows:
        whole = StoredRows(self._source, split)
        limit = self._limits[split]
        if limit is None or limit >= len(whole):
            return whole
        label = label_field(self._catalog.tasktype(self.task.type))
        strata = [example[label] for example in whole] if label else None
        return StoredRows(self._source, split, draw(len(whole), limit, strata, LIMIT_SEED))

    @cached_property
    def _source(self) -> Source:
        tasktype = self._catalog.tasktype(self.task.type)
        missing: list[MissingData] = []
        for ref in (self.task.data, *self.task.mirrors):
            reader, root = self._catalog.reader(ref.reader), place_of(ref, self._root)
            try:
                source = Source(Preparation(self.task, tasktype, ref, reader, root, self._offline), self._cache)
            except MissingData as problem:
                missing.append(problem)
                continue
            self._compare_pins(source)
            return source
        hints = dict.fromkeys(problem.hint for problem in missing if problem.hint)
        looked = "; ".join(problem.message for problem in missing)
        raise MissingData(f"task {self.task.name}: no data at hand: {looked}", "; or ".join(hints))

    def _compare_pins(self, source: Source) -> None:
        for split, pinned in source.ref.fingerprints.items():
            found = source.facts.fingerprints.get(split)
            if found != pinned:
                raise UserError(
                    f"task {self.task.name}: {split} from reader {source.ref.reader} has fingerprint {found}, "
                    f"but its card pins {pinned}",
                    "these are other rows than the task's: get the official data, or raise the card's version",
                )
