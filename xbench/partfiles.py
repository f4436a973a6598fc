"""A file that comes from elsewhere piece by piece: what has come stays, whatever ends the process."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def complete(target: Path, size: int, sha256: str, bring: Callable[[BinaryIO, int], None]) -> None:
    """Bring a file of `size` bytes to its end; it gets its name when it is whole. One process at a time.

    `bring(file, done)` appends the bytes from `done` on; what an earlier call left is kept beside the target.

    Raises what `bring` raises; OSError where there is no space for the rest, before any of it is brought, or where the
    contents are not those of `sha256`: then nothing of them is kept.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.incomplete")
    with part.open("a+b") as file:
        done = file.tell()
        if done > size:
            done = file.truncate(0)
        if shutil.disk_usage(part.parent).free < size - done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        bring(file, done)
        file.seek(0)
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        part.unlink()
        raise OSError(f"what came is not what was promised: its SHA-256 is {found[:8]}..., not {sha256[:8]}...")
    part.rename(target)
