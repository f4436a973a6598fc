"""What a kept model is asked: texts and fields as a person writes them, lines of a file, or the rows of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from xbench.abilities import LooksAt
from xbench.errors import UserError
from xbench.lines import parsed
from xbench.names import alike, nearest
from xbench.owndata.looking import looks
from xbench.owndata.paths import absolute
from xbench.protocols import Reader
from xbench.specs import Json, TaskSpec

LINES = (".txt", ".jsonl")  # a table only where the run's own data were one of that kind


@dataclass(frozen=True, slots=True)
class Input:
    """One thing asked: a text (of a task that reads one), or fields by the task type's names.

    at: where it stands ("line 3"), for errors.
    """

    given: str | Json
    at: str


def inputs_of(given: Iterable[str | Json]) -> Iterator[Input]:
    """What a caller from Python gives. Raises UserError for what is neither a text nor a mapping."""
    for number, one in enumerate(given):
        at = f"input {number}"
        if not isinstance(one, str | Mapping):
            raise UserError(f"{at}: expected a text or a dict of fields, found {type(one).__name__}")
        yield Input(one, at)


def is_table(path: Path, task: TaskSpec, readers: Sequence[Reader]) -> bool:
    """Whether a file is read by a reader, not line by line: by that which looks at its ending (.csv, .tsv, .parquet),
    or by the run's own, where it finds the inputs in it (a .txt with tabs or with columns of tags).
    """
    if not path.is_file():
        return False
    with _opened(path) as file:
        if file.read(256).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):  # JSON, an object a line
            return False
    takers = [reader for reader in readers if isinstance(reader, LooksAt)]
    taken = {word for reader in takers for word in re.findall(r"\.\w+", reader.takes)}
    if path.suffix.casefold() in taken - {*LINES}:
        return True
    try:
        own = [reader.look(absolute(path)) for reader in takers if reader.name == task.data.reader]
    except (UserError, OSError):  # broken as a table; perhaps lines
        return False
    return any(look is not None and _columns(task, look.ref.columns) for look in own)


def of_file(path: Path, task: TaskSpec, readers: Sequence[Reader]) -> Iterator[Input]:
    """The rows of a table, else every line that is not blank: a JSON object or a text.

    Raises UserError where the file cannot be read, a line is no whole object, or a table lacks an input's column.
    """
    if is_table(path, task, readers):
        yield from _rows(path, task, readers)
        return
    with _opened(path) as lines:
        yield from of_lines(lines, str(path))


def of_lines(lines: Iterable[bytes], name: str) -> Iterator[Input]:
    """name: of the file, for errors."""
    for number, line in enumerate(lines, 1):
        at = f"{name}: line {number}"
        given = parsed(line, at)
        if given is not None:
            yield Input(given, at)


def by_field(given: Json, task: TaskSpec) -> Json:
    """An object's fields, those that stand under the column of the run's own data (a dotted path too) by the field."""
    found = dict(given)
    for name, column in task.data.columns.items():
        if name not in task.inputs or name in found:
            continue
        if column in found:
            found[name] = found.pop(column)
            continue
        value: Any = given
        for part in column.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = value
    return found


def lacks(what: str, name: str, others: Sequence[str], task: TaskSpec, at: str) -> UserError:
    """The error for an input that is not among the fields of an object, or the columns of a table."""
    has = f"it has {', '.join(others)}" if others else "it is empty"
    near = nearest(name, others)
    reads = f"{task.name} reads {', '.join(task.inputs)}"
    return UserError(
        f"{at}: no {what} {name}: {has}", f"rename {near} to {name}" if near and alike(name, near) else reads
    )


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as problem:
        raise UserError(f"{path}: cannot be read: {problem.strerror}", "check its permissions") from problem
    with file:
        yield file


def _rows(path: Path, task: TaskSpec, readers: Sequence[Reader]) -> Iterator[Input]:
    """Inputs by the columns of the run's own data, or else by the task's field names; other columns by their own."""
    found, _ = looks(path, readers)
    reader, look = next(((r, one) for r, one in found if _columns(task, one.ref.columns)), found[0])
    names = {name: field for field, name in _columns(task, look.ref.columns).items()}
    if not names:
        absent = next(name for name in task.inputs if _column(name, task, look.ref.columns) is None)
        raise lacks("column", absent, [name or "(no name)" for name in look.ref.columns], task, str(path))
    place = look.ref.splits["train"]
    for row in reader.rows(look.ref, "train", Path(look.ref.root), True):
        at = str(row.get("_at", place))
        others = {name: _plain(value) for name, value in row.items() if name not in names and name[:1] != "_"}
        read = {field: row[name] for name, field in names.items()}
        yield Input({**others, **read}, at.replace(str(Path(look.ref.root) / place), str(path), 1))


def _columns(task: TaskSpec, there: Mapping[str, str]) -> dict[str, str]:
    """Each input's column; empty where one has none."""
    found = {name: _column(name, task, there) for name in task.inputs}
    return {name: column for name, column in found.items() if column is not None} if None not in found.values() else {}


def _column(name: str, task: TaskSpec, there: Mapping[str, str]) -> str | None:
    return next((column for column in (task.data.columns.get(name), name) if column in there), None)


def _plain(value: Any) -> Any:
    """A cell as strict JSON holds it: a date is a text, what is no number is nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
