"""A derived index of a results folder: 100,000 records from one file instead of as many opens.

It is never believed by itself: each line carries the stamp of the record file that it was read from, and a line whose
file is gone or has another stamp is read anew. Deleting it loses nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

Stamp = tuple[int, int, int]  # inode, size, mtime in ns


class _Line(msgspec.Struct):
    path: str
    stamp: Stamp
    record: msgspec.Raw


_decoder = msgspec.json.Decoder(_Line)


def _stamps(root: Path) -> Iterator[tuple[str, Stamp]]:
    """Every `<task>/<cell>/record.json`, in order of its path."""
    for task in sorted(os.scandir(root), key=lambda entry: entry.name):
        if task.name.startswith(".") or not task.is_dir():
            continue
        for cell in sorted(os.scandir(task.path), key=lambda entry: entry.name):
            try:
                found = Path(cell.path, "record.json").stat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            yield f"{task.name}/{cell.name}", (found.st_ino, found.st_size, found.st_mtime_ns)


def _load(file: Path) -> dict[str, _Line]:
    lines: dict[str, _Line] = {}
    try:
        data = file.read_bytes()
    except OSError:
        return lines
    for raw in data.splitlines():
        try:
            line = _decoder.decode(raw)
        except msgspec.DecodeError:  # a line cut short: its record is read from its own file
            continue
        lines[line.path] = line
    return lines


def scan(root: Path, file: Path) -> Iterator[tuple[str, bytes]]:
    """(path of the cell's folder under root, bytes of its record), from the index at `file` where it is fresh.

    No bytes: a record that cannot be read, or is no JSON.
    The index is written anew, by one rename, when anything changed and its folder takes it.
    """
    known = _load(file)
    lines: list[_Line] = []
    fresh = True
    for path, stamp in _stamps(root):
        line = known.get(path)
        if line is None or line.stamp != stamp:
            try:
                record = (root / path / "record.json").read_bytes()
                line = _Line(path, stamp, msgspec.Raw(msgspec.json.encode(msgspec.json.decode(record))))
            except (FileNotFoundError, NotADirectoryError):  # just replaced
                continue
            except (OSError, msgspec.DecodeError):
                yield path, b""
                continue
            fresh = False
        lines.append(line)
        yield path, bytes(line.record)
    if not fresh or len(lines) != len(known):
        _save(file, lines)


def _save(file: Path, lines: list[_Line]) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        temporary.replace(file)
    except OSError:  # a read-only folder, or a full disk: the next reader opens the records one by one
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
