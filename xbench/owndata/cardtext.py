"""A task as the text of a card that a person goes on with."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xbench.names import printable
from xbench.owndata.looking import CITATION, LICENCE, Found
from xbench.protocols import TaskType
from xbench.specs import DatasetRef, TaskSpec

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100  # of a list on one line

SKELETON = """\
# A task card; every key is in docs/reference/cards.md. Try it with: xbench show {file}
# Types, their inputs and targets: {types}
name = {name}
version = 1                          # raise it when scores of before and after no longer compare
type = "classification"
inputs = ["text"]
labels = ["negative", "positive"]    # in order; leave it out where there are none
metrics = ["accuracy", "macro_f1"]   # the first is the main one: `xbench list metrics`
language = ["en"]                    # ISO 639-1; "zh", "ja" and "th" are cut into characters by tfidf
licence = "unknown"                  # of the data: fill it in before you pass texts on
citation = "own data"                # whom to cite
description = ""

[data]
reader = "csv"                       # or {readers}
location = {{ folder = "." }}          # beside this card
columns = {{ text = "text", label = "label" }}  # the task's field = the file's column
splits = {{ train = "train.csv" }}     # and validation = "dev.csv", test = "test.csv", where there are such files
validation_share = 0.1               # of all rows, drawn by label; leave it out where there is a validation file
test_share = 0.1                     # likewise
"""


def skeleton(name: str, file: Path, tasktypes: Sequence[TaskType], readers: Sequence[str]) -> str:
    """A card to fill in, every line explained, with the task types and readers that are installed."""
    types = "; ".join(f"{one.name} ({', '.join(one.fields)} -> {', '.join(one.targets)})" for one in tasktypes)
    others = ", ".join(reader for reader in readers if reader != "csv")
    return SKELETON.format(name=toml(name), file=printable(str(file)), types=types, readers=others)


def card_text(found: Found, name: str, card: Path) -> str:
    """A card of what was found, its folder named from where the card will lie."""
    return "\n".join(_lines(found, name, card)) + "\n"


def _lines(found: Found, name: str, card: Path) -> Iterator[str]:
    """Where several ways are as good, each has its lines, those of all but the first as comments."""
    task = found.task
    ways = [(found.way, task), *found.rivals]
    if len(ways) > 1:
        yield f"# CHOOSE: these data can be taken in {len(ways)} ways that are equally good, and way 1 is switched on."
        yield "# For another, put a # before the lines of way 1 and take it from the other's, here and under [data]."
    elif found.ambiguous:
        yield f"# CHOOSE: names and values do not settle that this is {printable(found.way)}; mend what is wrong."
    for line in found.told:
        yield f"# {printable(line)}"
    shown = {way for way, _ in ways}
    for other in found.others:
        if other not in shown:
            yield f"# less likely: {printable(other)}"
    yield f"name = {toml(name)}"
    yield f"version = {task.version}"
    yield from _by_way([(way, list(_reading(one))) for way, one in ways])
    yield f"licence = {toml(LICENCE)}  # fill in: of the data"
    yield f"citation = {toml(CITATION)}  # fill in: whom to cite"
    yield ""
    yield "[data]"
    sources = [list(_source(one.data, card)) for _, one in ways]
    common = [line for line in sources[0] if all(line in source for source in sources)]
    own = [[line for line in source if line not in common] for source in sources]
    yield from _by_way([(way, lines) for (way, _), lines in zip(ways, own, strict=True)])
    yield from common


def _by_way(ways: Sequence[tuple[str, list[str]]]) -> Iterator[str]:
    """The lines of the first way, and of each other as comments, under its number where there are others."""
    for number, (way, lines) in enumerate(ways, start=1):
        if len(ways) > 1:
            yield f"# way {number}: {printable(way)}"
        for line in lines:
            yield from (f"#{piece}" for piece in line.split("\n")) if number > 1 else (line,)


def _reading(task: TaskSpec) -> Iterator[str]:
    yield f"type = {toml(task.type)}"
    yield f"inputs = {toml(task.inputs)}"
    if task.labels:
        yield f"labels = {toml(task.labels)}"
    yield f"metrics = {toml(task.metrics)}  # the first is the main one"
    yield f"language = {toml(task.language)}"


def _source(ref: DatasetRef, card: Path) -> Iterator[str]:
    folder = place(Path(ref.root), card)
    yield f"reader = {toml(ref.reader)}"
    yield f"location = {toml({**ref.location, 'folder': folder})}"
    yield f"columns = {toml(ref.columns)}"
    yield f"splits = {toml(ref.splits)}"
    if ref.validation_share:
        yield f"validation_share = {ref.validation_share}  # of all rows, drawn by one fixed seed"
    if ref.test_share:
        yield f"test_share = {ref.test_share}  # likewise; rows with the same input stay together"


def place(folder: Path, card: Path) -> str:
    """A folder as a card names it: from the card's own folder where it is near, else as it stands."""
    near = Path(os.path.relpath(folder, card.resolve().parent)).as_posix()
    if near.startswith("../.."):
        return folder.as_posix()
    return near if near.startswith(".") else f"./{near}"


def toml(value: Any) -> str:
    """A text, number, truth value, list or table of them on one line; long lists on several."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):  # JSON's escapes are TOML's, but for the delete character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = [f"{key if _BARE.fullmatch(key) else toml(key)} = {toml(item)}" for key, item in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        items = [toml(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    return str(value)
