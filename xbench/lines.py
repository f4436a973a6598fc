"""Lines of a file that a person gives, whole ones only: all of them, or as they come (`tail -F`)."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from xbench.errors import UserError
from xbench.specs import Json

_PAUSE = 0.2  # seconds between two looks at a file that grows
_BOM = b"\xef\xbb\xbf"
_BYTES = 1 << 20  # read at a time
_LONE = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps half a character
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
        if _LONE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as problem:
        raise UserError(f"{at}: lone surrogates are no text", "write whole characters") from problem
    except (ValueError, RecursionError) as problem:
        why = str(problem)
        if isinstance(problem, json.JSONDecodeError):  # it has lines of its own, and this is one of a file's
            why = f"{problem.msg.removesuffix(' starting at')}, at character {problem.pos + 1}"
        raise UserError(f"{at}: no whole JSON object: {why}", 'one object a line, as {"text": "..."}') from problem
    return value


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def growing(path: Path) -> Iterator[list[tuple[int, bytes]]]:
    """New whole lines of a file for ever, numbered, as many at a time as there are, up to `MOST`; from its beginning.

    Never a half line: it waits until its end is written. A file that was cut is read again from its beginning; one that
    was moved away and made anew is read to its end (its last line may lack one), then the new one is. A file that was
    cut and filled up to where it had been between two looks shows no sign of that.
    """
    while True:
        with path.open("rb") as file:
            yield from _until_replaced(file, path)


def _until_replaced(file: IO[bytes], path: Path) -> Iterator[list[tuple[int, bytes]]]:
    rest, number = b"", 0
    while True:
        replaced = _replaced(file, path)  # asked first: what is read after it is all that the old file got
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            rest, number = b"", 0
        data = file.read(_BYTES)
        *lines, rest = (rest + data).split(b"\n")
        for start in range(0, len(lines), MOST):
            yield list(enumerate(lines[start : start + MOST], number + start + 1))
        number += len(lines)
        if data:
            continue
        if replaced:
            if rest:
                yield [(number + 1, rest)]
            return
        time.sleep(_PAUSE)


def _replaced(file: IO[bytes], path: Path) -> bool:
    """Whether another file stands under that name now; where there is none, a new one is still to come."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(file.fileno())
    return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)
