"""TOML task cards: a task as data. Unknown keys are refused, types are checked, and a card can name no code.

name = "tnews"                     # required: name, version, type, inputs, metrics, language, licence, citation, data
version = 1
type = "classification"
inputs = ["text"]
labels = ["news_story", "..."]     # in order; left out where the task type has none
metrics = ["accuracy", "macro_f1"] # the first is the main one
language = ["zh"]
licence = "unknown"
citation = "Xu et al. 2020, ..."

[data]                             # tables: location, columns, splits (required), fingerprints; shares
reader = "jsonl"
location = { folder = "tnews" }    # under the data folder; "./x" and "../x" are beside the card
columns = { text = "sentence", label = "label_desc" }
splits = { train = "train.json", test = "dev.json" }
validation_share = 0.1             # of all rows of train; test_share likewise, where there is no test split

[[mirrors]]                        # other places of the same data, tried in order: the same keys as [data]
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from xbench.errors import UserError
from xbench.names import SAFE_NAME, alike, nearest, unknown
from xbench.specs import DatasetRef, TaskSpec
from xbench.wire import convert

_CARD_KEYS = tuple(field.name for field in dataclasses.fields(TaskSpec))
_DATA_KEYS = tuple(field.name for field in dataclasses.fields(DatasetRef) if field.metadata.get("card", True))


def read_toml(path: Path | Traversable) -> dict[str, Any]:
    """A TOML file's table. Raises UserError, naming the file and the line, where it is no TOML or no UTF-8."""
    try:
        data = path.read_bytes()
        return tomllib.loads(data.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as problem:
        raise UserError(f"{path}: no TOML: {problem}", 'write key = "text", key = 3 or key = ["a", "b"]') from problem
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise UserError(f"{path}:{line}: byte 0x{data[problem.start]:02x} is no UTF-8", "save it as UTF-8") from problem
    except IsADirectoryError as problem:
        raise UserError(f"{path}: a folder, where a TOML file is needed", "name the file in it") from problem
    except FileNotFoundError as problem:
        raise UserError(f"{path}: no such file", _beside_it(path)) from problem
    except OSError as problem:
        raise UserError(f"{path}: cannot be read: {problem.strerror}", "check its permissions") from problem


def _beside_it(path: Path | Traversable) -> str:
    """The TOML file of the same folder that is most like one that is not there."""
    names = [other.stem for other in path.parent.glob("*.toml")] if isinstance(path, Path) else []
    wanted = path.name.removesuffix(".toml")
    best = nearest(wanted, names)
    return f"did you mean {best}.toml?" if best and alike(wanted, best) else "check the path"


def read_card(path: Path | Traversable) -> TaskSpec:
    """The task that a card describes. Raises UserError that names the file and the key."""
    task = parse_card(read_toml(path), str(path))
    if not isinstance(path, Path):
        return task
    mirrors = tuple(_beside(ref, path) for ref in task.mirrors)
    return dataclasses.replace(task, data=_beside(task.data, path), mirrors=mirrors)


def _beside(ref: DatasetRef, card: Path) -> DatasetRef:
    """A folder that is absolute, or begins with a dot and so lies beside the card, as this machine's own place."""
    folder = ref.location.get("folder")
    if not isinstance(folder, str) or not (folder.startswith(".") or Path(folder).is_absolute()):
        return ref
    root = os.path.abspath(card.parent / folder)  # noqa: PTH100 - a link stays what it is
    return dataclasses.replace(ref, root=root, location={**ref.location, "folder": "."})


def parse_card(card: Mapping[str, Any], where: str) -> TaskSpec:
    """The task of a card's table; `where` names the card in errors."""
    _refuse_unknown(card, _CARD_KEYS, where, "")
    tables = [("data", card.get("data"))]
    if isinstance(card.get("mirrors"), list):
        tables += [(f"mirrors[{index}]", mirror) for index, mirror in enumerate(card["mirrors"])]
    for key, table in tables:
        if isinstance(table, Mapping):
            _refuse_unknown(table, _DATA_KEYS, where, f"{key}.")
    try:
        task = convert({"labels": [], **card}, TaskSpec)
    except msgspec.ValidationError as problem:
        raise _readable(problem, where) from problem
    _check_values(task, where)
    return task


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], where: str, prefix: str) -> None:
    for key in table:
        if key not in known:
            raise unknown(f"{where}: key", prefix + key, [prefix + name for name in known])


_WORDS = {  # what msgspec calls it: what a person calls it, and how TOML writes it
    "array": ("a list", '{} = ["..."]'),
    "object": ("a table", '{} = {{ key = "..." }}'),
    "str": ("a text", '{} = "..."'),
    "int": ("a whole number", "{} = 1"),
    "float": ("a number", "{} = 0.1"),
    "bool": ("true or false", "{} = true"),
}
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_MISTYPED = re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`")


def _readable(problem: msgspec.ValidationError, where: str) -> UserError:
    """msgspec's message in words: "data.splits: expected a table, found a text"."""
    message, _, path = str(problem).partition(" - at `")
    key = path.removesuffix("`").removeprefix("$").removeprefix(".")
    if missing := _MISSING.fullmatch(message):
        key = f"{key}.{missing[1]}" if key else missing[1]
        return UserError(f"{where}: {key} is missing", _example(missing[1]))
    if mistyped := _MISTYPED.fullmatch(message):
        wanted, found = (_WORDS.get(kind, (f"a {kind}", "")) for kind in mistyped.groups())
        key, inside = key.removesuffix("[...]"), key.endswith("]")
        last = key.rpartition(".")[2]
        hint = "put it in quotes" if inside else f"write {wanted[1].format(last)}" if wanted[1] else ""
        return UserError(f"{where}: {key}: expected {wanted[0]}, found {found[0]}", hint)
    return UserError(f"{where}: {key}: {message}" if key else f"{where}: {message}")


def _example(key: str) -> str:
    """A line of this module's example for a key that has one."""
    lines = (line.partition("  #")[0].rstrip() for line in (__doc__ or "").splitlines())
    found = next((line for line in lines if line.startswith((f"{key} = ", f"[{key}]"))), "")
    return f"write for example: {found}" if found else ""


def _check_values(task: TaskSpec, where: str) -> None:
    for name in (task.name, *task.aliases, *task.suites):
        if not SAFE_NAME.fullmatch(name):
            raise UserError(
                f"{where}: name {name!r} cannot be a name",
                "use letters, digits, '.', '_' and '-', a letter or digit first",
            )
    for key in ("inputs", "metrics", "language"):
        if not getattr(task, key):
            raise UserError(f"{where}: {key} is empty", "give at least one")
    if task.version < 1:
        raise UserError(f"{where}: version: {task.version}", "versions count from 1")
    repeated = next((label for label in task.labels if task.labels.count(label) > 1), None)
    if repeated is not None:
        raise UserError(f"{where}: labels: {repeated!r} stands twice", "name each label once")
    for ref in (task.data, *task.mirrors):
        for split, share in (("validation", ref.validation_share), ("test", ref.test_share)):
            if not 0.0 <= share < 1.0:
                raise UserError(f"{where}: {split}_share: {share}", "a share of train, at least 0 and below 1")
        if ref.test_share and "test" in ref.splits:
            raise UserError(f"{where}: test_share: {ref.test_share}, but splits has a test", "leave one of them out")
        if ref.validation_share + ref.test_share >= 1.0:
            raise UserError(
                f"{where}: validation_share and test_share leave nothing to train", "keep their sum below 1"
            )
        strange = next((split for split in ref.splits if split not in ("train", "validation", "test")), None)
        if strange is not None:
            raise UserError(f"{where}: splits: unknown split {strange!r}", "splits are train, validation and test")
        if not {"train", "test"} <= {*ref.splits, *(["test"] if ref.test_share else [])}:
            raise UserError(
                f"{where}: splits: train and test are needed", "map them to the source's names, or give test_share"
            )
