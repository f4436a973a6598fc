"""The cards on the official files; sizes and distributions as their publishers give them."""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.specs import TaskSpec

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif("XBENCH_DATA_DIR" not in os.environ, reason="XBENCH_DATA_DIR names no benchmark files"),
]
CATALOG = Catalog.load()


def task(name: str) -> TaskSpec:
    (found,) = CATALOG.tasks_named(name)
    return found


@pytest.fixture(scope="module")
def root() -> Path:
    return Path(os.environ["XBENCH_DATA_DIR"])


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def labels(data: Dataset, split: str) -> Counter[str]:
    return Counter(example["label"] for example in data.rows(split))


def test_banking77(root: Path, cache: Path) -> None:
    data = Dataset(task("banking77"), CATALOG, root, True, cache)
    assert data.counts["full"] == {"train": 9003, "validation": 1000, "test": 3080}  # 10,003 / 3,080
    assert set(labels(data, "test").values()) == {40}
    official = labels(data, "train") + labels(data, "validation")
    assert official.most_common(2) == [("card_payment_fee_charged", 187), ("direct_debit_payment_not_recognised", 182)]
    assert set(official) == set(task("banking77").labels)
    for label, count in official.items():
        assert labels(data, "validation")[label] == pytest.approx(count / 10, abs=1)


def test_banking77_is_sorted_by_class_and_a_limit_keeps_all_77(root: Path, cache: Path) -> None:
    with (root / "banking77" / "train.csv").open(newline="", encoding="utf-8") as file:
        first = [row["category"] for row in csv.DictReader(file)][:2000]
    assert len(set(first)) == 17
    limited = Dataset(task("banking77"), CATALOG, root, True, cache, limit_train=2000, limit_eval=500)
    whole = labels(Dataset(task("banking77"), CATALOG, root, True, cache), "train")
    drawn = labels(limited, "train")
    assert len(drawn) == 77
    assert drawn.total() == 2000
    assert all(abs(drawn[label] - count * 2000 / 9003) < 1 for label, count in whole.items())
    assert len(labels(limited, "test")) == 77


def test_tnews(root: Path, cache: Path) -> None:
    data = Dataset(task("tnews"), CATALOG, root, True, cache)
    assert data.counts["full"] == {"train": 48024, "validation": 5336, "test": 10000}  # 53,360 / 10,000
    official = labels(data, "train") + labels(data, "validation")
    assert official.most_common(3) == [("news_tech", 5955), ("news_finance", 5200), ("news_entertainment", 4976)]
    assert labels(data, "test").most_common(3) == [
        ("news_tech", 1089),
        ("news_finance", 956),
        ("news_entertainment", 910),
    ]
    assert set(official) == set(task("tnews").labels)


def test_tnews_gives_the_same_from_the_original_json_lines(root: Path, cache: Path) -> None:
    card = task("tnews")
    tsv = replace(card.data, splits={"train": "dev.tsv", "test": "dev.tsv"})
    jsonl = replace(card.mirrors[0], splits={"train": "dev.json", "test": "dev.json"})
    found = [Dataset(replace(card, data=ref), CATALOG, root, True, cache) for ref in (tsv, jsonl)]
    assert [data.source["reader"] for data in found] == ["csv", "jsonl"]
    assert found[0].fingerprints == found[1].fingerprints


def test_tnews_duplicates_of_the_ten_thousand(root: Path, cache: Path) -> None:
    """4.16 % of the dev titles stand in that subset of train too."""
    card = task("tnews")
    ref = replace(card.data, splits={"train": "train.10k.tsv", "test": "dev.tsv"})
    counts = Dataset(replace(card, data=ref), CATALOG, root, True, cache).counts
    assert counts["duplicates"] == 416


def test_cluener(root: Path, cache: Path) -> None:
    data = Dataset(task("cluener"), CATALOG, root, True, cache)
    assert data.counts["full"] == {"train": 9673, "validation": 1075, "test": 1343}  # 10,748 / 1,343
    found = {
        split: Counter(tag[2:] for example in data.rows(split) for tag in example["tags"] if tag.startswith("B-"))
        for split in ("train", "validation", "test")
    }
    assert found["test"]["name"] == 465
    assert found["test"]["position"] == 433
    # Spans in the files: 3,072 in dev and 23,972 in train; two lie inside others.
    assert sum(count.total() for count in found.values()) + data.counts["repaired"] == 3072 + 23_972
    assert data.counts["repaired"] == 2
    assert set(found["train"]) == set(task("cluener").labels)


@pytest.mark.parametrize("name", ["multi30k-en-de", "multi30k-de-en"])
def test_multi30k(root: Path, cache: Path, name: str) -> None:
    data = Dataset(task(name), CATALOG, root, True, cache)
    assert data.counts["full"] == {"train": 29000, "validation": 1014, "test": 1000}
    english, german = "Two young, White males are outside near many bushes.", "Zwei junge weiße Männer sind im Freien"
    first = next(iter(data.rows("train")))
    texts = (first["source"], first["target"]) if name == "multi30k-en-de" else (first["target"], first["source"])
    assert texts[0] == english
    assert texts[1].startswith(german)


def test_a_file_saved_with_a_byte_order_mark_and_windows_ends_is_the_same_data(
    root: Path, cache: Path, tmp_path: Path
) -> None:
    shutil.copytree(root / "multi30k", tmp_path / "multi30k", copy_function=shutil.copyfile)
    for path in (tmp_path / "multi30k").iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    there, here = (Dataset(task("multi30k-en-de"), CATALOG, folder, True, cache) for folder in (root, tmp_path))
    assert there.fingerprints == here.fingerprints
