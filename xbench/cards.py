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
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from xbench.errors import UserError
from xbench.names import SAFE_NAME, nearest
from xbench.specs import DatasetRef, TaskSpec
from xbench.wire import convert

_CARD_KEYS = tuple(field.name for field in dataclasses.fields(TaskSpec))
_DATA_KEYS = tuple(field.name for field in dataclasses.fields(DatasetRef) if field.metadata.get("card", True))


def read_toml(path: Path | Traversable) -> dict[str, Any]:
    """A TOML file's table. Raises UserError, naming the file and the line, where it is no TOML or no UTF-8."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: {problem}") from problem
    except OSError as problem:
        raise UserError(f"{path}: cannot be read: {problem.strerror}") from problem


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
    root = (card.parent / folder).resolve()
    return dataclasses.replace(ref, root=str(root), location={**ref.location, "folder": "."})


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
        raise UserError(f"{where}: {_readable(problem)}") from problem
    _check_values(task, where)
    return task


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], where: str, prefix: str) -> None:
    for key in table:
        if key not in known:
            raise UserError(f"{where}: unknown key {prefix + key!r}", f"did you mean {nearest(key, known)}?")


def _readable(problem: msgspec.ValidationError) -> str:
    """msgspec's message with the key first: "data.splits: expected `object`, got `str`"."""
    message, _, path = str(problem).partition(" - at `")
    key = path.removesuffix("`").removeprefix("$").removeprefix(".")
    message = message.replace("Object missing", "missing").replace("Expected", "expected")
    return f"{key}: {message}" if key else message


def _check_values(task: TaskSpec, where: str) -> None:
    for name in (task.name, *task.aliases, *task.suites):
        if not SAFE_NAME.fullmatch(name):
            raise UserError(
                f"{where}: name {name!r}", "use letters, digits, '.', '_' and '-', beginning with one of the first two"
            )
    for key in ("inputs", "metrics", "language"):
        if not getattr(task, key):
            raise UserError(f"{where}: {key}: is empty", "give at least one")
    if task.version < 1:
        raise UserError(f"{where}: version: {task.version}", "versions count from 1")
    repeated = next((label for label in task.labels if task.labels.count(label) > 1), None)
    if repeated is not None:
        raise UserError(f"{where}: labels: {repeated!r} stands twice")
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
