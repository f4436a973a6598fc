"""Path parts that are safe, and writes that last."""

from __future__ import annotations

import errno
import os
import re
import shutil
import unicodedata
from pathlib import Path

_UNSAFE = re.compile(r"[^0-9A-Za-z._+\u4e00-\u9fff-]+")
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
_WHY = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not grow that large here (ulimit -f)",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EEXIST: "a file is in the way",
    errno.ENOTDIR: "a file is in the way",
}


def why(problem: OSError) -> str:
    """Why something cannot be written, in words."""
    return _WHY.get(problem.errno or 0, problem.strerror or str(problem))


def slug(name: str, limit: int = 48) -> str:
    """A name from outside as one safe path part of at most `limit` bytes: no separator, no leading dot, not empty."""
    safe = re.sub(r"-{2,}", "-", _UNSAFE.sub("_", unicodedata.normalize("NFKC", name))).strip("._-+")
    safe = safe.encode()[:limit].decode(errors="ignore").rstrip("._-+") or "x"
    return f"_{safe}"[:limit] if safe.split(".")[0].lower() in _RESERVED else safe


def remove(path: Path) -> None:
    """Delete a file or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_synced(path: Path, data: bytes) -> None:
    """Write and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Wait until the disk has a file's bytes or a folder's entries."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until the disk has all of a folder."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            sync(path)
    sync(folder)
