"""Public data sets as they come, under names that nobody chose for us: each is taken for what it is, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_files import look

from xbench.errors import UserError

pytestmark = pytest.mark.realdata

PAIR = ("text", "text_pair", "label")
TAKEN = {
    "afqmc": ("classification", PAIR, ("column 1", "column 2", "column 3"), 2),
    "ag-news/test.csv": ("classification", PAIR, ("column 2", "column 3", "column 1"), 4),
    "banking77": ("classification", ("text", "label"), ("text", "category"), 77),
    "chnsenticorp": ("classification", ("text", "label"), ("text_a", "label"), 2),
    "cic": ("classification", ("text", "label"), ("sentence", "label"), 118),
    "cluener": ("tagging", ("tokens", "tags"), ("text", "label"), 10),
    "cmnli/dev.txt": ("classification", PAIR, ("column 1", "column 2", "column 3"), 3),
    "conll04": ("tagging", ("tokens", "tags"), ("2", "3"), 4),
    "csl-title/dev.tsv": ("text-to-text", ("source", "target"), ("column 2", "column 3"), 0),
    "dialogsum/dialogsum.dev.jsonl": ("text-to-text", ("source", "target"), ("dialogue", "summary"), 0),
    "multi30k/train.de": ("text-to-text", ("source", "target"), ("de", "en"), 0),
    "news-commentary-enzh": ("text-to-text", ("source", "target"), ("column 1", "column 2"), 0),
    "sst2": ("classification", ("text", "label"), ("column 1", "column 2"), 2),
    "tnews": ("classification", ("text", "label"), ("column 1", "column 2"), 15),
    "weibo-ner": ("tagging", ("tokens", "tags"), ("1", "2"), 8),
    "wikiqa": ("classification", PAIR, ("column 1", "column 2", "column 3"), 2),
}
UNKNOWN = {  # a question or an answer in words: no guess
    "crows-pairs": "it can be taken as",
    "fewclue-cluewsc/train_0.json": "it may be classification",  # of a place in the text
    "movielens-small/ratings.csv": "cannot tell input from label",
    "scitldr": "cannot tell input from label",
    "semeval2010-task8": "no reader knows what this is",
    "tatoeba-enzh/cmn.txt": "cannot tell input from label",
    "xquad/xquad.en.json": "no JSON",
}


@pytest.fixture
def folder() -> Path:
    named = os.environ.get("XBENCH_DATA_DIR")
    if not named:
        pytest.skip("XBENCH_DATA_DIR names no folder")
    return Path(named)


def _there(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not under XBENCH_DATA_DIR")
    return path


@pytest.mark.parametrize("name", TAKEN)
def test_taken_for_what_it_is(folder: Path, name: str) -> None:
    kind, fields, columns, labels = TAKEN[name]
    task = look(_there(folder / name)).task
    assert (task.type, task.data.columns) == (kind, dict(zip(fields, columns, strict=True)))
    assert len(task.labels) == labels


@pytest.mark.parametrize("name", UNKNOWN)
def test_asked_rather_than_guessed(folder: Path, name: str) -> None:
    with pytest.raises(UserError, match=UNKNOWN[name]):
        look(_there(folder / name))
