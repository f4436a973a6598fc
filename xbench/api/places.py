"""Where things are on this machine, and how a call's arguments name them."""

from __future__ import annotations

import logging
import os
import re
import shlex
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePath

from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.errors import UserError
from xbench.records import Record, Settings
from xbench.specs import TaskSpec
from xbench.store import Store

Names = str | Path | Iterable[str | Path]
Folder = str | Path
_LOGGER = logging.getLogger(__name__)
_DEVICE = re.compile(r"auto|(cpu|cuda|mps|xpu)(:\d+)?")


def usual_cache() -> Path:
    """`$XDG_CACHE_HOME/xbench`, else `~/.cache/xbench`. Raises RuntimeError where there is no home."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "xbench"


def cache_folder() -> Path:
    """The usual cache, else, where that cannot be written, a temporary folder."""
    try:
        folder = usual_cache()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # no home, or one that is read-only
        return Path(tempfile.gettempdir()) / f"xbench-{os.getuid()}"


def portable(command: str) -> str:
    """A command without the folders of this machine: `-m minilm=/home/me/minilm` as `-m minilm=.../minilm`."""
    try:
        words = shlex.split(command)
    except ValueError:  # no shell command: a sentence
        return command
    return " ".join(shlex.quote(_portable(word)) for word in words)


def _portable(word: str) -> str:
    label, place = re.fullmatch(r"(.*=|-[a-z](?=[/~.]))?(.*)", word, re.DOTALL).groups(default="")  # type: ignore[union-attr]  # every word fits
    path = PurePath(place)
    outside = path.is_absolute() or (path.parts and re.fullmatch(r"\.\.|~.*", path.parts[0]))
    return f"{label}.../{path.name}" if outside else word


def refuse_odd_device(device: str) -> None:
    """Raises UserError for what is no kind of device; whether it is there is the backend's to say."""
    if not _DEVICE.fullmatch(device):
        raise UserError(f"--device {device}: no such kind of device", "auto, cpu, cuda, cuda:1, mps or xpu")


def names_of(given: Names) -> tuple[str, ...]:
    """One name or several, as texts."""
    return (str(given),) if isinstance(given, str | Path) else tuple(map(str, given))


def data_folder(given: Folder | None) -> Path | None:
    """The data folder, absolute; XBENCH_DATA_DIR where none is given. Raises UserError where it is no folder."""
    place = given if given is not None else os.environ.get("XBENCH_DATA_DIR") or None
    if place is None:
        return None
    if not Path(place).is_dir():
        what = "a file, where a folder is needed" if Path(place).exists() else "no such folder"
        raise UserError(f"data folder {place}: {what}", "--data-dir or XBENCH_DATA_DIR names it")
    return Path(place).absolute()


def dataset(
    task: TaskSpec, catalog: Catalog, settings: Settings, limit_train: int | None, limit_eval: int | None
) -> Dataset:
    """A task's splits as these settings reach them. limits: rows of train, and of validation and test; None: all."""
    cache = settings.cache or cache_folder()
    return Dataset(task, catalog, settings.data_dir, settings.offline, cache, limit_train, limit_eval)


def reading(results: Folder) -> Store:
    """A results folder to look into: nothing is created."""
    return Store(results, writable=False)


def records_of(store: Store) -> list[Record]:
    """All records; those that cannot be read are named on standard error. Raises UserError where there are none."""
    records = list(store.records())
    if store.corrupt:
        first, count = store.corrupt[0], len(store.corrupt)
        told = f"{first}: no whole record" if count == 1 else f"{count} records are not whole, first {first}"
        _LOGGER.warning("xbench: %s; left out (the same `xbench run` makes it again)", told)
    if not records:
        raise UserError(f"no records under {store.root}", "--results names the folder of a run")
    return records
