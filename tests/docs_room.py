"""The room in which a page's commands are tried: a hub on loopback, made-up data in official layouts, a checkpoint.

Rows are written on the spot from a few words; no row of a benchmark is among them.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tiny_models
from docs_pages import Block, blocks, played, script
from hub.contents import t5_base, wmt14
from hub.fixtures import stocked, variables
from hub.server import Hub

HUB_MODELS = {  # kind of the tiny checkpoint: the full ids and the short names that pages use
    "bert": {
        "google-bert/bert-base-uncased": "bert-base-uncased",
        "google-bert/bert-base-chinese": "bert-base-chinese",
    },
}
TNEWS = ("news_finance", "news_sports", "news_travel")
_ENGLISH = ("card", "transfer", "account", "refund", "late", "where", "money", "please", "why", "top", "fee", "new")
_GERMAN = ("Karte", "Hund", "Haus", "rot", "alt", "wo", "Geld", "bitte", "warum", "oben", "Mann", "neu")
_CHINESE = "股票足球旅行今天新闻市场比赛城市公司球队航班价格"


def stocked_hub(made: Path) -> Hub:
    """Not opened yet: t5-base, wmt/wmt14 and the checkpoints that pages name, made under `made`."""
    hub = stocked(Hub(), (t5_base(made), wmt14()))
    for kind, names in HUB_MODELS.items():
        for name, short in names.items():
            hub.serve_model(name, tiny_models.make(kind, made), also=short)
    return hub


def furnish(room: Path) -> None:
    """`my/checkpoint`, and `data/` with a few rows of each official layout that a page names."""
    source = random.Random(0)
    tiny_models.make("bert", room / "my").rename(room / "my" / "checkpoint")
    data = room / "data"
    english = [" ".join(source.choices(_ENGLISH, k=8)) for _ in range(600)]
    chinese = ["".join(source.choices(_CHINESE, k=12)) for _ in range(400)]
    _banking77(data / "banking77", english)
    _tnews(data / "tnews", chinese, source)
    _cluener(data / "cluener", chinese)
    german = [" ".join(source.choices(_GERMAN, k=8)) for _ in range(600)]
    for stem, rows in {"train": slice(0, 200), "val": slice(200, 240), "test_2016_flickr": slice(240, 280)}.items():
        for ending, texts in {"en": english, "de": german}.items():
            _write(data / "multi30k" / f"{stem}.{ending}", texts[rows])


def _write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _banking77(folder: Path, texts: Sequence[str]) -> None:
    """text,category; every one of the 77 intents, three times in train and once in test."""
    from xbench.catalog import Catalog

    (task,) = Catalog.load().tasks_named("banking77")
    folder.mkdir(parents=True)
    for name, times, start in (("train.csv", 3, 0), ("test.csv", 1, 300)):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["text", "category"])
            labels = task.labels * times
            rows.writerows([f"{texts[start + i]} {label}", label] for i, label in enumerate(labels))


def _tnews(folder: Path, texts: Sequence[str], source: random.Random) -> None:
    """sentence<TAB>label_desc, without a header."""
    lines = [f"{text}\t{source.choice(TNEWS)}" for text in texts]
    _write(folder / "train.tsv", lines[:150])
    _write(folder / "dev.tsv", lines[150:190])


def _cluener(folder: Path, texts: Sequence[str]) -> None:
    """One JSON object a line; an entity is the first two characters."""
    lines = [json.dumps({"text": text, "label": {"company": {text[:2]: [[0, 1]]}}}) for text in texts[200:300]]
    _write(folder / "train.json", lines[:80])
    _write(folder / "dev.json", lines[80:])


def runnable(page: Path) -> list[Block]:
    """Commands, programs, and the files that they need."""
    return [block for block in blocks(page) if block.name or block.language in ("bash", "python")]


@dataclass(frozen=True, slots=True)
class Played:
    """How a page's session went. printed: by block, both streams as one, as far as it came."""

    code: int
    blocks: list[Block]
    printed: list[str]


def play(page: Path, room: Path, hub: Hub, changes: Mapping[str, str], **more: str) -> Played:
    """All of a page as one session in `room`, with `changes` of its commands (written -> tried).

    Raises AssertionError on a change of what does not stand there.
    """
    parts = runnable(page)
    text = script(parts)
    for written, tried in changes.items():
        assert written in text, f"{page.name} does not say: {written}"
        text = text.replace(written, tried)
    asked_by_a_person = {"CI": "", "NO_COLOR": "", "COLUMNS": "80"}  # whatever runs the tests
    environment = variables(hub, room.parent / "home", **asked_by_a_person, **more)
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=room,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Played(done.returncode, parts, played(done.stdout))
