"""Cards: a task as data, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xbench.cards import parse_card, read_card
from xbench.errors import UserError
from xbench.specs import DatasetRef, TaskSpec

CARD = """
name = "tnews"
version = 2
type = "classification"
inputs = ["text"]
labels = ["news", "sport"]
metrics = ["accuracy", "bleu(tokenize=zh)"]
language = ["zh"]
licence = "unknown"
citation = "Xu et al. 2020"
aliases = ["toutiao"]
redistributable = true
prefixes = { t5 = "classify: " }

[data]
reader = "jsonl"
location = { folder = "tnews" }
columns = { text = "sentence", label = "label_desc" }
splits = { train = "train.json", test = "dev.json" }
validation_share = 0.1

[[mirrors]]
reader = "hub"
location = { id = "clue/clue", config = "tnews" }
columns = { text = "sentence", label = "label" }
splits = { train = "train", test = "validation" }
"""
DATA: dict[str, Any] = {
    "reader": "jsonl",
    "location": {"folder": "x"},
    "columns": {"text": "text"},
    "splits": {"train": "a", "test": "b"},
}
SMALL: dict[str, Any] = {
    "name": "small",
    "version": 1,
    "type": "text-to-text",
    "inputs": ["source"],
    "metrics": ["bleu"],
    "language": ["en"],
    "licence": "CC0-1.0",
    "citation": "none",
    "data": DATA,
}


def test_a_card_is_the_task_that_it_says(tmp_path: Path) -> None:
    path = tmp_path / "tnews.toml"
    path.write_text(CARD, encoding="utf-8")
    columns = {"text": "sentence", "label": "label_desc"}
    splits = {"train": "train.json", "test": "dev.json"}
    hub = DatasetRef(
        "hub",
        {"id": "clue/clue", "config": "tnews"},
        {"text": "sentence", "label": "label"},
        {"train": "train", "test": "validation"},
    )
    assert read_card(path) == TaskSpec(
        name="tnews",
        version=2,
        type="classification",
        data=DatasetRef("jsonl", {"folder": "tnews"}, columns, splits, validation_share=0.1),
        inputs=("text",),
        labels=("news", "sport"),
        metrics=("accuracy", "bleu(tokenize=zh)"),
        language=("zh",),
        licence="unknown",
        citation="Xu et al. 2020",
        aliases=("toutiao",),
        redistributable=True,
        prefixes={"t5": "classify: "},
        mirrors=(hub,),
    )


def test_labels_may_be_left_out() -> None:
    assert parse_card(SMALL, "small.toml").labels == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"licens": "MIT"}, "c.toml: unknown key 'licens' (did you mean licence?)"),
        ({"data": {**DATA, "spilts": {}}}, "c.toml: unknown key 'data.spilts' (did you mean data.splits?)"),
        (
            {"mirrors": [DATA, {**DATA, "colums": {}}]},
            "c.toml: unknown key 'mirrors[1].colums' (did you mean mirrors[1].columns?)",
        ),
        ({"version": "1"}, "c.toml: version: expected a whole number, found a text (write version = 1)"),
        ({"version": 0}, "c.toml: version: 0 (versions count from 1)"),
        ({"labels": "news"}, 'c.toml: labels: expected a list, found a text (write labels = ["..."])'),
        ({"labels": ["a", 1]}, "c.toml: labels[1]: expected a text, found a whole number (put it in quotes)"),
        ({"labels": ["a", "b", "a"]}, "c.toml: labels: 'a' stands twice (name each label once)"),
        ({"metrics": []}, "c.toml: metrics is empty (give at least one)"),
        (
            {"redistributable": "yes"},
            "c.toml: redistributable: expected true or false, found a text (write redistributable = true)",
        ),
        ({"data": "x.csv"}, 'c.toml: data: expected a table, found a text (write data = { key = "..." })'),
        (
            {"data": {**DATA, "validation_share": 1.0}},
            "c.toml: validation_share: 1.0 (a share of train, at least 0 and below 1)",
        ),
        (
            {"data": {**DATA, "splits": {"train": "a"}, "test_share": 0.6, "validation_share": 0.4}},
            "c.toml: validation_share and test_share leave nothing to train (keep their sum below 1)",
        ),
        (
            {"data": {**DATA, "test_share": 0.1}},
            "c.toml: test_share: 0.1, but splits has a test (leave one of them out)",
        ),
        (
            {"data": {**DATA, "root": "/mnt"}},
            "c.toml: unknown key 'data.root' (did you mean data.location?)",
        ),
        (
            {"data": {**DATA, "splits": {"train": "a"}}},
            "c.toml: splits: train and test are needed (map them to the source's names, or give test_share)",
        ),
        (
            {"data": {**DATA, "splits": {"train": "a", "test": "b", "dev": "c"}}},
            "c.toml: splits: unknown split 'dev' (splits are train, validation and test)",
        ),
        (
            {"name": "../x"},
            "c.toml: name '../x' cannot be a name (use letters, digits, '.', '_' and '-', a letter or digit first)",
        ),
    ],
)
def test_a_wrong_card_is_told_by_file_and_key(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_card({**SMALL, **change}, "c.toml")
    assert str(caught.value) == message


@pytest.mark.parametrize("key", [key for key in SMALL if key != "data"] + ["data"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(UserError, match=f"c.toml: {key} is missing .write for example: "):
        parse_card({name: value for name, value in SMALL.items() if name != key}, "c.toml")


def test_a_card_that_is_no_toml_is_told_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('name = "x"\nversion = \n', encoding="utf-8")
    with pytest.raises(UserError, match=r"bad\.toml: no TOML: Invalid value \(at line 2, column 11\)"):
        read_card(path)
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(UserError, match=r"bad\.toml:1: byte 0xff is no UTF-8 \(save it as UTF-8\)"):
        read_card(path)
    with pytest.raises(UserError, match=r"gone\.toml: no such file"):
        read_card(tmp_path / "gone.toml")


@pytest.mark.parametrize("folder", [".", "./texts", "../texts"])
def test_a_folder_that_begins_with_a_dot_lies_beside_the_card(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "cards" / "mine.toml"
    path.parent.mkdir()
    path.write_text(CARD.replace('folder = "tnews"', f'folder = "{folder}"'), encoding="utf-8")
    ref = read_card(path).data
    assert (Path(ref.root), ref.location) == ((path.parent / folder).resolve(), {"folder": "."})


def test_an_absolute_folder_is_this_machines_own_and_no_part_of_the_location(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CARD.replace('folder = "tnews"', 'folder = "/data/tnews"'), encoding="utf-8")
    ref = read_card(path).data
    assert (ref.root, ref.location) == ("/data/tnews", {"folder": "."})
