"""What this machine is to a program in Python, whatever the framework: cores, memory, folders, packages, byte code."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from xbench.abilities import Diagnosis, Problem

DISTRIBUTION = "xbench-harness"
GIB = 2**30
FEW_BYTES = 2 * GIB  # free on a disk: less does not hold a checkpoint
FEW_MEMORY = 2 * GIB
_LOOK_SECONDS = 1.0  # for the size of a folder, however many files it holds
_FEW_MODULES = 0.05  # share without byte code that costs no time worth telling
_CGROUP = Path("/sys/fs/cgroup")


def python() -> Diagnosis:
    """Interpreter, xbench itself, and whether starts are quick."""
    facts = {
        "xbench": f"{metadata.version(DISTRIBUTION)}, {Path(__file__).parent}",
        "python": f"{platform.python_version()}, {sys.executable}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
    }
    return Diagnosis("xbench", facts)


def packages(distributions: Iterable[str] = (DISTRIBUTION,)) -> Diagnosis:
    """What these distributions require, as it is installed. Nothing is imported."""
    from packaging.requirements import Requirement

    found: dict[str, str] = {}
    problems: list[Problem] = []
    for distribution in distributions:
        for text in metadata.requires(distribution) or ():
            wanted = Requirement(text)
            if wanted.name == DISTRIBUTION or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
                continue
            try:
                found[wanted.name] = metadata.version(wanted.name)
            except metadata.PackageNotFoundError:
                problems.append(_unmet(distribution, wanted, "it is not installed"))
                continue
            if not wanted.specifier.contains(found[wanted.name], prereleases=True):
                problems.append(_unmet(distribution, wanted, f"{found[wanted.name]} is installed"))
    told = [f"{name} {version}" for name, version in sorted(found.items(), key=lambda item: item[0].casefold())]
    return Diagnosis("packages", {"installed": told}, problems=tuple(problems))


def _unmet(distribution: str, wanted: Any, instead: str) -> Problem:
    needs = f"{wanted.name}{wanted.specifier}"
    return Problem(f"{distribution} needs {needs}, but {instead}", f"pip install '{needs}'", stops=True)


def machine() -> Diagnosis:
    """Cores and memory, and what a container allows of them."""
    problems = []
    cores, share = _cores(), _quota()
    if share is not None and share < cores - 0.5:
        few = max(1, round(share))
        told = f"{cores}, of which this container may use {share:g}"
        problems.append(
            Problem(f"a program sees {cores} cores, but this container may use {share:g}", f"set OMP_NUM_THREADS={few}")
        )
    else:
        told = str(cores)
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given and not (given.isdecimal() and int(given) > 0):
        problems.append(Problem(f"OMP_NUM_THREADS={given} is no number of threads", "unset OMP_NUM_THREADS"))
    elif given and int(given) > cores:
        problems.append(
            Problem(f"OMP_NUM_THREADS={given} is more than the {cores} cores here", "unset it, or lower it")
        )
    total, limit = _memory(), _limit()
    allowed = min(total, limit) if limit else total
    memory = f"{allowed / GIB:.1f} GiB" + (f" (this container's limit; {total / GIB:.0f} in all)" if limit else "")
    if allowed < FEW_MEMORY:
        problems.append(
            Problem(f"there are {allowed / GIB:.1f} GiB of memory", "take small models: -m tfidf, -m scratch-tiny")
        )
    return Diagnosis("machine", {"cores": told, "memory": memory}, problems=tuple(problems))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quota() -> float | None:
    """Cores that a container may use at a time (cgroup 2); None where nothing limits them."""
    words = _words(_CGROUP / "cpu.max")
    return int(words[0]) / int(words[1]) if len(words) == 2 and words[0] != "max" else None


def _limit() -> int | None:
    """Bytes of memory that a container may use, where that is less than the machine has."""
    words = _words(_CGROUP / "memory.max")
    return int(words[0]) if words and words[0].isdecimal() and int(words[0]) < _memory() else None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except OSError:
        return []


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def byte_code() -> Iterator[Problem]:
    """Starts that compile anew what they import: modules without byte code, of those that are loaded by now."""
    specs = [vars(module).get("__spec__") for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
    places = [spec.cached for spec in specs if spec is not None and spec.cached]
    lacking = sum(not Path(place).exists() for place in places)
    if lacking <= _FEW_MODULES * len(places):
        return
    told = f"{lacking} of {len(places)} imported modules have no byte code: every start compiles them anew"
    if sys.dont_write_bytecode:
        yield Problem(
            f"{told}, for PYTHONDONTWRITEBYTECODE is set", "unset PYTHONDONTWRITEBYTECODE; the next start is quick"
        )
    else:
        folder = Path(importlib.util.cache_from_source(__file__)).parent
        yield Problem(
            f"{told}, for it cannot be written beside them", f"see who may write {folder}, or set PYTHONPYCACHEPREFIX"
        )


def place(name: str, folder: Path) -> tuple[str, list[Problem]]:
    """A folder that is written to: where, how full, how much is free; nothing is created."""
    above = (folder.absolute(), *folder.absolute().parents)
    there = next(path for path in above if _exists(path))
    problems = []
    if not _writable(there):
        problems.append(Problem(f"{name}: {folder} cannot be written", "see its owner, or name another folder"))
    free = shutil.disk_usage(there).free
    if free < FEW_BYTES:
        problems.append(Problem(f"{name}: {free / GIB:.1f} GiB are free on the disk of {folder}", "free some space"))
    held = "not there yet" if there != folder.absolute() else _size(folder)
    return f"{folder} ({held}; {free / GIB:.0f} GiB free)", problems


def _exists(path: Path) -> bool:
    """False too where a folder above it may not be looked into, for which `Path.exists` raises."""
    try:
        return path.exists()
    except OSError:
        return False


def _writable(folder: Path) -> bool:
    """By writing: what the permissions say does not hold for a read-only disk, or for root."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _size(folder: Path) -> str:
    end, total = time.monotonic() + _LOOK_SECONDS, 0
    for place, _, names in os.walk(folder):
        if time.monotonic() > end:
            return f"more than {_amount(total)}"
        for name in names:
            with contextlib.suppress(OSError):  # it went away meanwhile
                total += Path(place, name).lstat().st_size
    return _amount(total)


def _amount(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:.1f} MiB"
