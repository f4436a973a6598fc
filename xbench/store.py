"""The results folder: one folder a cell, staged apart and published whole by one directory rename.

<root>/<task>/<model>--<method>--s<seed>--<key8>/     record.json, predictions.jsonl, stats.npz, curve.jsonl, log.txt
    <root>/.xbench/running/<key16>.<owner>.<id>/     what a writer builds
<root>/.xbench/{leases,trash}/, index.jsonl
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace as changed
from pathlib import Path

import msgspec

from xbench import index, leases
from xbench.errors import UserError
from xbench.files import remove, slug, sync, sync_tree, why, write_synced
from xbench.records import SCHEMA, Record
from xbench.specs import Cell
from xbench.wire import dumps, loads

META = ".xbench"
# What a cell's folder holds beside its record:
PREDICTIONS = "predictions.jsonl"
CURVE = "curve.jsonl"
MODEL = "model"  # what --save-model keeps
SUFFIXES = (8, 16, 64)  # characters of the key in a folder's name; longer where another key holds the shorter name
ABANDONED_SECONDS = 7 * 24 * 3600.0  # after this, what an unknown machine left in running/ is nobody's
ELSEWHERE = "name another with --results"


class Store:
    """A results folder. With `writable=False` nothing is created: a committed or read-only folder can be read, and
    `prepare` makes it writable later.

    Raises UserError where the folder cannot be written, or holds something else than results.
    """

    def __init__(self, root: Path | str, writable: bool = True) -> None:
        self.root = Path(root)
        self._meta = self.root / META
        self._places: dict[str, Path] = {}
        self.corrupt: list[Path] = []  # what `records` has passed over
        if writable:
            self.prepare()

    @property
    def begun(self) -> bool:
        """Did a run write here before?"""
        return self._meta.is_dir()

    def check(self) -> None:
        """Raises UserError where no results can be written; looks only, so that a mistake leaves nothing behind."""
        with self._writing(ELSEWHERE):
            if self.root.is_dir() and not self.begun and self._foreign():
                raise UserError(f"results folder {self.root}: holds files, but no results", ELSEWHERE)
            there = next(place for place in (self.root, *self.root.absolute().parents) if place.exists())
            if not there.is_dir():
                raise UserError(f"results folder {self.root} cannot be written: {there} is a file", ELSEWHERE)
            if not os.access(there, os.W_OK | os.X_OK):
                fixed = os.statvfs(there).f_flag & os.ST_RDONLY
                raise OSError(errno.EROFS if fixed else errno.EACCES, "")

    def prepare(self) -> None:
        """Make the folders that a writer needs. Raises UserError where that cannot be."""
        self.check()
        with self._writing(ELSEWHERE):
            for name in ("running", "leases", "trash"):
                (self._meta / name).mkdir(parents=True, exist_ok=True)
            probe = self._meta / "running" / f".probe.{uuid.uuid4().hex}"
            probe.touch()
            probe.unlink()

    @property
    def spool(self) -> Path:
        """Where an executor's workers may write, on the file system of the results."""
        return self._meta / "spool"

    def _foreign(self) -> bool:
        own = (".", "README", "leaderboard.")
        if all(entry.name.startswith(own) for entry in self.root.iterdir()):
            return False
        return not any(any(self.root.glob(f"{depth}/record.json")) for depth in ("*/*", "*/*/*"))

    @contextmanager
    def _writing(self, hint: str = "records already there are whole; mend it and run again") -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise UserError(f"results folder {self.root} cannot be written: {why(problem)}", hint) from problem

    # --- look-up ---------------------------------------------------------------------------------------------------

    def _names(self, cell: Cell) -> Iterator[Path]:
        stem = f"{slug(cell.model.name)}--{slug(cell.method)}--s{cell.seed}"
        for length in SUFFIXES:
            yield self.root / slug(cell.task.name) / f"{stem}--{cell.key[:length]}"

    def get(self, cell: Cell) -> Record | None:
        """None: absent, unfinished, corrupt, or another key's folder."""
        for folder in self._names(cell):
            record = read_record(folder)
            if record is not None and record.key == cell.key:
                return record
        return None

    def folder(self, record: Record) -> Path:
        """Where a published record's files lie."""
        if record.key not in self._places:
            candidates = tuple(self._names(record.cell))
            for place in candidates:
                found = read_record(place)
                if found is not None and found.key == record.key:
                    break
            else:
                place = candidates[0]
            self._places[record.key] = place
        return self._places[record.key]

    def records(self) -> Iterator[Record]:
        """All whole records, by path, one for each key: a folder that was copied is no further seed.

        Corrupt ones are passed over, and named by `corrupt` then: the next run makes them again.
        """
        self.corrupt = []
        if not self.root.is_dir():
            return
        seen: set[str] = set()
        for path, data in index.scan(self.root, self._meta / "index.jsonl"):
            record = _decode(data, self.root / path)
            if record is None:
                self.corrupt.append(self.root / path / "record.json")
            elif record.key not in seen:
                seen.add(record.key)
                self._places[record.key] = self.root / path
                yield record

    # --- writing ---------------------------------------------------------------------------------------------------

    def staging(self, cell: Cell) -> Path:
        """A private folder to build the cell in; its name says whose it is."""
        name = f"{cell.key[:16]}.{leases.Owner.me().tag}.{uuid.uuid4().hex[:8]}"
        with self._writing():
            (self._meta / "running" / name).mkdir(parents=True)
        return self._meta / "running" / name

    def discard(self, staged: Path) -> None:
        """Drop what was staged."""
        shutil.rmtree(staged, ignore_errors=True)

    def publish(self, staged: Path, record: Record, replace: str | None = None) -> bool:
        """One directory rename. False: another writer was first, and theirs stands.

        replace: run id of the record that this one may take the place of.
        """
        with self._writing():
            write_synced(staged / "record.json", dumps(_portable(record)) + b"\n")
            sync_tree(staged)
            published = self._move(staged, record, replace)
        self.discard(staged)
        return published

    def _move(self, staged: Path, record: Record, replace: str | None) -> bool:
        graves: list[Path] = []
        for final in self._names(record.cell):
            final.parent.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    staged.rename(final)
                except OSError as problem:
                    there = read_record(final)
                    if problem.errno == errno.ENOENT and there is not None and there.run_id == record.run_id:
                        pass  # a network file system renamed it and lost the reply
                    elif problem.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                        raise
                    elif there is not None and there.key != record.key:
                        break  # another cell holds this name: take a longer one
                    elif there is not None and there.run_id != replace:
                        return False
                    else:
                        graves += self._bury(final, there.run_id if there else None)
                        continue
                sync(final.parent)
                self._places[record.key] = final
                for grave in graves:
                    remove(grave)
                return True
        raise UserError(
            f"results folder {self.root}: every name for {record.key} is taken",
            "clear it or name another with --results",
        )

    def _bury(self, folder: Path, run_id: str | None) -> list[Path]:
        """Move a folder that was seen to hold `run_id` (None: nothing whole) to the trash; where it went.

        A quicker writer may have filled it in between: theirs is put back.
        """
        grave = self._meta / "trash" / f"{folder.name}.{uuid.uuid4().hex[:8]}"
        try:
            folder.rename(grave)
        except FileNotFoundError:
            return []
        buried = read_record(grave)
        if buried is not None and buried.run_id != run_id:
            with suppress(OSError):
                grave.rename(folder)
            return []
        return [grave]

    def lease(self, cell: Cell) -> leases.Lease | None:
        """Saves work only; publish decides. None: a live process holds it."""
        with self._writing():
            return leases.take(self._meta / "leases" / cell.key, self._meta / "trash")

    def gc(self) -> list[str]:
        """Remove what killed writers left and what was replaced; names of what went. Live writers are left alone."""
        gone = []
        with self._writing():
            for room in sorted((self._meta / "running").iterdir()):
                if _dead(room):
                    shutil.rmtree(room, ignore_errors=True)
                    gone.append(room.name)
            for buried in sorted((self._meta / "trash").iterdir()):
                if self._restore(buried):
                    continue
                remove(buried)
                gone.append(buried.name)
        return gone

    def _restore(self, buried: Path) -> bool:
        """Put a replaced record back whose replacer was killed between its two renames."""
        record = read_record(buried)
        if record is None or self.get(record.cell) is not None:
            return False
        for final in self._names(record.cell):
            try:
                buried.rename(final)
            except OSError:
                continue
            return True
        return False


def read_record(folder: Path) -> Record | None:
    """The record of a folder. None: absent or corrupt. Raises UserError on a newer schema, or where it is locked."""
    try:
        return _decode((folder / "record.json").read_bytes(), folder)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as problem:
        place = folder / "record.json"
        raise UserError(f"{place}: cannot be read: {why(problem)}", "check its permissions") from problem


class _Head(msgspec.Struct):
    """What is read of a record before the rest is believed."""

    schema: int


_head = msgspec.json.Decoder(_Head)


def _decode(data: bytes, folder: Path) -> Record | None:
    """None where the bytes are no record. Raises UserError on a newer schema."""
    try:
        schema = _head.decode(data).schema
        if schema > SCHEMA:
            raise UserError(
                f"{folder}: record of schema {schema}, newer than this xbench reads ({SCHEMA})", "upgrade xbench"
            )
        return loads(data, Record) if schema == SCHEMA else None
    except ValueError:
        return None


def _portable(record: Record) -> Record:
    """A record without the places where this machine found the model and the data."""
    cell = record.cell
    mirrors = tuple(changed(ref, root="") for ref in cell.task.mirrors)
    task = changed(cell.task, data=changed(cell.task.data, root=""), mirrors=mirrors)
    return changed(record, cell=changed(cell, model=changed(cell.model, source=""), task=task))


def _dead(room: Path) -> bool:
    owner = leases.Owner.of_tag(room.name.split(".")[1]) if room.name.count(".") == 2 else None
    alive = owner.alive() if owner else None
    try:
        return leases.age(room) > ABANDONED_SECONDS if alive is None else not alive
    except FileNotFoundError:  # published in between
        return False
