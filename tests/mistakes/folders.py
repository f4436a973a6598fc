"""The folders that mistakes are made in: a small task's files and card, a results folder, a checkpoint."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CARD = """name = "mine"
version = 1
type = "classification"
inputs = ["text"]
labels = ["good", "bad"]
metrics = ["accuracy"]
language = ["en"]
licence = "CC0-1.0"
citation = "none"

[data]
reader = "csv"
location = { folder = "data" }
columns = { text = "text", label = "label" }
splits = { train = "train.csv", test = "test.csv" }
"""
TABLE = "text,label\n" + "".join(f"text number {n},{('good', 'bad')[n % 2]}\n" for n in range(40))
PAIRS = """from __future__ import annotations

from xbench.hookspecs import hookimpl
from xbench.specs import DatasetRef, TaskSpec

SPLITS = {"train": "train.csv", "test": "test.csv"}
DATA = DatasetRef("csv", {"folder": "."}, {"text": "text", "label": "label"}, SPLITS)


@hookimpl
def xbench_tasks() -> list[TaskSpec]:
    named = {"language": ("en",), "licence": "CC0-1.0", "citation": "none"}
    return [TaskSpec("twin", 1, "classification", DATA, ("text",), ("good", "bad"), ("accuracy",), **named)]
"""
ROWS = "text,label\nfine,good\nawful,bad\n"
Change = tuple[str, str]


def files(**texts: str | bytes) -> Callable[[Path], None]:
    """Files by their names, with "__" for "/" and "_" for the dot: `data__train_csv`."""

    def prepare(folder: Path) -> None:
        for name, text in texts.items():
            *folders, last = name.split("__")
            path = folder.joinpath(*folders, ".".join(last.rsplit("_", 1)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return prepare


def card(
    *changes: Change, train: str | bytes = ROWS, test: str | bytes = ROWS, more: Mapping[str, str] | None = None
) -> Callable[[Path], None]:
    """`mine.toml` with texts replaced, its data set's two files, and `more` files."""
    text = CARD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return files(mine_toml=text, data__train_csv=train, data__test_csv=test, **(more or {}))


def jsonl(train: str | bytes) -> Callable[[Path], None]:
    """The same task in JSON lines."""
    changes = (('"csv"', '"jsonl"'), ("train.csv", "train.jsonl"), ("test.csv", "test.jsonl"))
    good = '{"text": "fine", "label": "good"}\n{"text": "awful", "label": "bad"}\n'

    def prepare(folder: Path) -> None:
        card(*changes)(folder)
        (folder / "data" / "train.jsonl").write_bytes(train if isinstance(train, bytes) else train.encode())
        (folder / "data" / "test.jsonl").write_text(good)

    return prepare


def both(*steps: Callable[[Path], object]) -> Callable[[Path], None]:
    """One after the other."""

    def prepare(folder: Path) -> None:
        for step in steps:
            step(folder)

    return prepare


def results(folder: Path) -> None:
    """Real records of two models on one task: those that the project keeps under results/quick."""
    shutil.copytree(ROOT / "results" / "quick" / "banking77", folder / "results" / "banking77")


def checkpoint(
    weights: str = "model.safetensors", content: bytes = b"", name: str = "bert", **config: object
) -> Callable[[Path], None]:
    """`bert/`, or `name`, which looks like a checkpoint."""

    def prepare(folder: Path) -> None:
        place = folder / name
        place.mkdir()
        (place / "config.json").write_text(json.dumps({"model_type": "bert", **config}))
        if weights:
            (place / weights).write_bytes(content)

    return prepare
