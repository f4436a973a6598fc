"""The hub reader on caches as `datasets` lays them out, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import datasets
import made_tasks
import pytest
from offline_caches import WMT14_REVISION, fill_hub_cache, fill_wmt14_cache

from xbench.data import Dataset
from xbench.errors import MissingData, UserError
from xbench.specs import DatasetRef
from xbench_data.hub import HubReader

OLD, NEW = "a" * 40, "b" * 40
SPLITS = {"train": "train", "test": "test"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HF_HOME, offline: what the variables would have set when `datasets` was imported."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf" / "datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return tmp_path / "hf"


def hub(columns: dict[str, str], hub_id: str = "some-owner/SomeSet", **location: str) -> DatasetRef:
    return DatasetRef("hub", {"id": hub_id, **location}, columns, SPLITS)


def labelled(texts: list[str], labels: list[int]) -> datasets.Dataset:
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["a", "b"])})
    return datasets.Dataset.from_dict({"text": texts, "label": labels}, features=features)


def rows(ref: DatasetRef, split: str = "test") -> list[dict[str, object]]:
    return [dict(row) for row in HubReader().rows(ref, split, None, True)]


def test_wmt14_is_read_from_the_cache_of_datasets(home: Path) -> None:
    fill_wmt14_cache(home, 300)
    ref = hub({"source": "translation.en", "target": "translation.de"}, "wmt/wmt14", config="de-en")
    found = rows(ref, "train")
    assert len(found) == 240
    assert found[0]["source"].startswith("The ")
    assert found[0]["target"].startswith("Der ")
    assert found[2]["_at"] == f"wmt/wmt14@{WMT14_REVISION[:7]} train row 3"
    assert HubReader().stamp(ref, None) == f"wmt/wmt14@{WMT14_REVISION}"
    assert datasets.load_dataset("wmt/wmt14", "de-en")["train"][0]["translation"] == {
        "en": found[0]["source"],
        "de": found[0]["target"],
    }


def test_a_fresh_process_finds_the_cache_by_its_variables(tmp_path: Path) -> None:
    """With HF_HOME alone: `--offline` is enough to keep the hub out."""
    fill_wmt14_cache(tmp_path, 300)
    code = """
import sys
from xbench.specs import DatasetRef
from xbench_data.hub import HubReader
ref = DatasetRef("hub", {"id": "wmt/wmt14", "config": "de-en"}, {"source": "translation.en"}, {"test": "test"})
sys.stdout.write(str(len(list(HubReader().rows(ref, "test", None, offline=True)))))
"""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**variables, "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "30"


def test_classes_are_names_and_hidden_ones_nothing(home: Path) -> None:
    table = labelled(["x", "y", "z"], [1, 0, -1])
    fill_hub_cache(home, "some-owner/some_set", "default", NEW, {"test": table})
    found = rows(hub({"text": "text", "label": "label"}))
    assert [(row["text"], row["label"]) for row in found] == [("x", "b"), ("y", "a"), ("z", None)]


def test_lists_of_classes_are_names(home: Path) -> None:
    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "tags": datasets.List(datasets.ClassLabel(names=["O", "B-x"])),
        }
    )
    table = datasets.Dataset.from_dict({"tokens": [["in", "Rome"]], "tags": [[0, 1]]}, features=features)
    fill_hub_cache(home, "some-owner/some_set", "default", NEW, {"test": table})
    (row,) = rows(hub({"tokens": "tokens", "tags": "tags"}))
    assert (row["tokens"], row["tags"]) == (["in", "Rome"], ["O", "B-x"])


def test_a_pinned_revision_is_served_or_refused(home: Path) -> None:
    for revision, text in ((OLD, "old"), (NEW, "new")):
        fill_hub_cache(home, "some-owner/some_set", "default", revision, {"test": labelled([text], [0])})
    columns = {"text": "text", "label": "label"}
    assert [row["text"] for row in rows(hub(columns, revision=OLD))] == ["old"]
    assert [row["text"] for row in rows(hub(columns))] == ["new"]  # the latest
    with pytest.raises(MissingData, match=f"pinned revision {'c' * 40} .it holds {OLD}, {NEW}.*--offline"):
        rows(hub(columns, revision="c" * 40))
    assert HubReader().stamp(hub(columns, revision="c" * 40), None) is None


def test_what_is_not_kept_is_named_offline(home: Path) -> None:
    with pytest.raises(MissingData, match=r"hub data set wmt/wmt14 \(de-en\) is not in the cache .*--offline"):
        rows(hub({}, "wmt/wmt14", config="de-en"))


def test_a_split_or_column_that_is_not_there(home: Path) -> None:
    fill_hub_cache(home, "some-owner/some_set", "default", NEW, {"test": labelled(["x"], [0])})
    with pytest.raises(UserError, match=r"no split 'train' \(its splits: test\)"):
        rows(hub({"text": "text"}), "train")
    with pytest.raises(UserError, match=r"test row 1: field text: no column 'sentence' \(columns here: text, label\)"):
        rows(hub({"text": "sentence"}))


def test_several_configurations_must_be_told_apart(home: Path) -> None:
    for config in ("de-en", "fr-en"):
        fill_hub_cache(home, "some-owner/some_set", config, NEW, {"test": labelled(["x"], [0])})
    with pytest.raises(UserError, match="several configurations: de-en, fr-en"):
        rows(hub({"text": "text"}))
    assert len(rows(hub({"text": "text"}, config="fr-en"))) == 1


def test_files_and_hub_give_the_same_examples(home: Path, tmp_path: Path) -> None:
    texts, labels = [f'title "{number}"' for number in range(20)], [number % 2 for number in range(20)]
    table = labelled(texts, labels)
    fill_hub_cache(home, "some-owner/some_set", "default", NEW, {"train": table, "test": table})
    (tmp_path / "made").mkdir()
    lines = "".join(f"{text}\t{'ab'[label]}\n" for text, label in zip(texts, labels, strict=True))
    for split in SPLITS:
        (tmp_path / "made" / f"{split}.tsv").write_text(lines)
    columns = {"text": "text", "label": "label"}
    tsv = made_tasks.ref(
        "csv",
        columns,
        {"train": "train.tsv", "test": "test.tsv"},
        0.25,
        delimiter="\t",
        quoting=False,
        header=["text", "label"],
    )
    online = DatasetRef("hub", {"id": "some-owner/SomeSet"}, columns, SPLITS, 0.25)
    found = [
        Dataset(made_tasks.task("classification", ref), made_tasks.Lookups(), tmp_path, True, tmp_path / "cache")
        for ref in (tsv, online)
    ]
    assert found[0].fingerprints == found[1].fingerprints
    for split in ("train", "validation", "test"):
        assert list(found[0].rows(split)) == list(found[1].rows(split))
    assert found[1].source["stamp"] == f"some-owner/SomeSet@{NEW}"
