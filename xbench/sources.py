"""One place of a task's data, read once per content: what was read is kept by the reader's stamp."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import time
from pathlib import Path

import msgspec

from xbench.errors import UserError
from xbench.leases import Owner
from xbench.prepared import FORMAT, SPLITS, Facts, Preparation, file_of
from xbench.specs import DatasetRef, Json
from xbench.wire import dumps, loads

_FACTS = "facts.json"
_STAGED = ".reading-"  # begins the name of a folder that is being written; its writer's tag follows
_LONG_SECONDS = 24 * 3600.0  # a folder of another machine that nobody has written to for so long is left over


def place_of(ref: DatasetRef, root: Path | None) -> Path | None:
    """In which folder a source lies: its own, where it says one (a card beside its data); else the data folder."""
    return Path(ref.root) if ref.root else root


def kept(task: str, split: str, fingerprint: str, cache: Path) -> Path | None:
    """The file of a split of this content (`prepared.stored` reads it), if it was ever read here."""
    for facts in sorted((cache / "data").glob(f"{_named(task)}-*/{_FACTS}")):
        try:
            found = loads(facts.read_bytes(), Facts)
        except (OSError, ValueError):
            continue
        path = file_of(facts.parent, split)
        if found.format == FORMAT and found.fingerprints.get(split) == fingerprint and path.is_file():
            return path
    return None


def _named(task: str) -> str:
    """A task's name as its cache folders begin with."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", task)[:60]


class Source:
    """A source's examples on disk: found in the cache, else read into it.

    Args:
        preparation: the source and what its rows must be.
        cache: folder for what was read; without a stamp it holds a temporary folder that lives as long as this object.

    Raises MissingData where the source is not at hand, UserError on a malformed row or a cache that cannot be written.
    """

    def __init__(self, preparation: Preparation, cache: Path) -> None:
        self.ref = preparation.ref
        self.stamp = preparation.reader.stamp(preparation.ref, preparation.root)
        self._preparation = preparation
        self._place = cache / "data"
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.folder, self.facts = self._cached() or self._read()

    @property
    def origin(self) -> Json:
        """For the record: reader, location and stamp (a revision; files and sizes), but not where folders lie here."""
        location = dict(self.ref.location)
        folder = location.get("folder")
        if isinstance(folder, str) and Path(folder).is_absolute():
            location["folder"] = Path(folder).name
        return {"reader": self.ref.reader, "location": location, "stamp": self.stamp}

    def _home(self) -> Path:
        """The cache folder of this content: all that reading depends on enters its name."""
        asked = self._preparation
        task = asked.task
        image = {
            "format": FORMAT,
            "task": [task.name, task.type, task.inputs, task.labels, task.cluster],
            "versions": [asked.tasktype.result_version, asked.reader.result_version],
            "ref": self.ref,
            "root": asked.root and asked.root.absolute(),
            "stamp": self.stamp,
        }
        return self._place / f"{_named(task.name)}-{hashlib.sha256(dumps(image)).hexdigest()[:16]}"

    def _cached(self) -> tuple[Path, Facts] | None:
        """None: nothing kept, or torn."""
        if self.stamp is None:
            return None
        home = self._home()
        try:
            facts = loads((home / _FACTS).read_bytes(), Facts)
            whole = all(file_of(home, split).stat().st_size == facts.bytes[split] for split in SPLITS)
        except (OSError, ValueError, KeyError, msgspec.DecodeError):
            return None
        return (home, facts) if whole and facts.format == FORMAT else None

    def _read(self) -> tuple[Path, Facts]:
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            _clear(self._place)
            staged = tempfile.TemporaryDirectory(prefix=f"{_STAGED}{Owner.me().tag}-", dir=self._place)
            try:
                work = Path(staged.name, "data")
                work.mkdir()
                facts = self._preparation.run(work)
                (work / _FACTS).write_bytes(dumps(facts))
                if self.stamp is None:  # a hub id has one once it is fetched
                    self.stamp = self._preparation.reader.stamp(self.ref, self._preparation.root)
                if self.stamp is None:
                    self._temporary = staged
                    return work, facts
                return self._publish(work, facts)
            finally:
                if self._temporary is None:
                    staged.cleanup()
        except OSError as problem:
            why = problem.strerror or str(problem)
            raise UserError(
                f"cannot keep data under {self._place}: {why}", "free space, or name another place with XDG_CACHE_HOME"
            ) from problem

    def _publish(self, work: Path, facts: Facts) -> tuple[Path, Facts]:
        """One directory rename; where another process was first, its equal content stands."""
        home = self._home()
        if home.exists() and self._cached() is None:
            home.rename(work.parent / "torn")
        try:
            work.rename(home)
        except OSError:
            found = self._cached()
            if found is None:
                raise
            return found
        return home, facts


def _clear(place: Path) -> None:
    """Takes away what readers that were killed have left."""
    for folder in place.glob(f"{_STAGED}*"):
        owner = Owner.of_tag(folder.name.removeprefix(_STAGED).rpartition("-")[0])
        alive = owner.alive() if owner else None
        if alive is False or (alive is None and _idle(folder) > _LONG_SECONDS):
            shutil.rmtree(folder, ignore_errors=True)


def _idle(folder: Path) -> float:
    """Seconds since anything below it was written."""
    try:
        return time.time() - max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except FileNotFoundError:  # somebody is at it
        return 0.0
