"""Lines of a file that a person gives, whole ones only: all of them, or as they come (`tail -F`)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from xbench.errors import UserError
from xbench.specs import Json

_PAUSE = 0.2  # seconds between two looks at a file that grows
_BOM = b"\xef\xbb\xbf"
MOST = 256  # lines of a growing file handed on at a time


def parsed(line: bytes, at: str) -> str | Json | None:
    """A line as a JSON object, else as the text that it is; None where it is blank. Raises UserError.

    A line that begins with "{" is meant as an object.
    """
    try:
        text = line.removeprefix(_BOM).decode("utf-8").strip("\r\n")
    except UnicodeDecodeError as problem:
        raise UserError(f"{at}: no UTF-8 (byte {line[problem.start]:#04x})", "save the file as UTF-8") from problem
    if not text.strip():
        return None
    if not text.lstrip().startswith("{"):
        return text
    try:
        value: Json = json.loads(text, parse_constant=_no_number)
    except ValueError as problem:
        why = str(problem).partition(" (char")[0]
        raise UserError(f"{at}: no whole JSON object: {why}", 'one object a line, as {"text": "..."}') from problem
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def whole(file: IO[bytes]) -> Iterator[bytes]:
    """Every line to the end, the last one with or without its end."""
    yield from file


def growing(path: Path) -> Iterator[list[bytes]]:
    """New whole lines of a file for ever, as many at a time as there are, up to `MOST`; from its beginning.

    Never a half line: it waits until its end is written. A file that was cut is read again from its beginning; one that
    was moved away and made anew is read to its end (its last line may lack one), then the new one is. Cut and
    filled up to where it was between two looks, it shows no sign of that.
    """
    while True:
        with path.open("rb") as file:
            yield from _until_replaced(file, path)


def _until_replaced(file: IO[bytes], path: Path) -> Iterator[list[bytes]]:
    rest = b""
    while True:
        replaced = _replaced(file, path)  # asked first: what is read after it is all that the old file got
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            rest = b""
        lines, rest = _split(rest + file.read())
        for start in range(0, len(lines), MOST):
            yield lines[start : start + MOST]
        if replaced:
            if rest:
                yield [rest]
            return
        if not lines:
            time.sleep(_PAUSE)


def _replaced(file: IO[bytes], path: Path) -> bool:
    """Whether another file stands under that name now; where there is none, a new one is still to come."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(file.fileno())
    return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole lines, and the half one after them."""
    lines = data.split(b"\n")
    return lines[:-1], lines[-1]
