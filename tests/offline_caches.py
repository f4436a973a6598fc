"""Hugging Face caches made on the spot, laid out as the libraries write them, so that they read them offline."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

WMT14_REVISION = "0123456789abcdef0123456789abcdef01234567"  # stands for a commit hash

_NOUNS = [("dog", "Hund"), ("man", "Mann"), ("car", "Wagen"), ("tree", "Baum"), ("table", "Tisch"), ("king", "König")]
_VERBS = [("sees", "sieht"), ("finds", "findet"), ("buys", "kauft"), ("paints", "malt"), ("loses", "verliert")]
_ADJECTIVES = [("old", "alten"), ("small", "kleinen"), ("green", "grünen"), ("new", "neuen"), ("heavy", "schweren")]


def sentence_pair(source: random.Random) -> dict[str, str]:
    """An English and a German sentence of one grammar."""
    (subject, subjekt), (thing, ding) = source.sample(_NOUNS, 2)
    (verb, verbum), (adjective, adjektiv) = source.choice(_VERBS), source.choice(_ADJECTIVES)
    count = source.randrange(2, 1000)
    return {
        "en": f"The {subject} {verb} the {adjective} {thing} {count} times.",
        "de": f"Der {subjekt} {verbum} den {adjektiv} {ding} {count} Mal.",
    }


def fill_hub_cache(hf_home: Path, hub_id: str, config: str, revision: str, splits: dict[str, object]) -> Path:
    """Put `splits` (`datasets.Dataset` by name) where `load_dataset(hub_id, config)` looks offline.

    `datasets` builds `datasets/<owner>___<name>/<config>/0.0.0/<commit>/` with one arrow file a split and
    `dataset_info.json`.

    Returns:
        the folder.
    """
    import datasets

    owner, name = hub_id.split("/")
    target = hf_home / "datasets" / f"{owner}___{name}" / config / "0.0.0" / revision
    target.mkdir(parents=True)
    info = datasets.DatasetInfo(
        builder_name="parquet", dataset_name=name, config_name=config, version="0.0.0", splits=datasets.SplitDict()
    )
    for split, table in splits.items():
        staged = target / f".{split}"
        table.save_to_disk(str(staged))
        (arrow,) = staged.glob("*.arrow")
        arrow.rename(target / f"{name}-{split}.arrow")
        shutil.rmtree(staged)
        info.features = table.features
        info.splits[split] = datasets.SplitInfo(name=split, num_examples=len(table), dataset_name=name)
    info.write_to_directory(str(target))
    return target


def fill_wmt14_cache(hf_home: Path, pairs: int) -> None:
    """`pairs` generated sentence pairs as wmt/wmt14 (de-en), split 8:1:1 into train, validation and test."""
    import datasets

    source = random.Random(14)
    rows = [{"translation": sentence_pair(source)} for _ in range(pairs)]
    features = datasets.Features({"translation": datasets.Translation(languages=["de", "en"])})
    tenth = pairs // 10
    parts = {"train": rows[2 * tenth :], "validation": rows[tenth : 2 * tenth], "test": rows[:tenth]}
    splits = {name: datasets.Dataset.from_list(part, features=features) for name, part in parts.items()}
    fill_hub_cache(hf_home, "wmt/wmt14", "de-en", WMT14_REVISION, splits)


T5_REVISION = "89abcdef0123456789abcdef0123456789abcdef"  # stands for a commit hash


def fill_t5_cache(hf_home: Path) -> None:
    """A tiny random T5 and its tokenizer as t5-base, so that `from_pretrained("t5-base")` finds it offline.

    `huggingface_hub` keeps `hub/models--t5-base/{refs/main, snapshots/<commit>/, blobs/}`, the snapshot's files being
    links to the blobs.
    """
    import tiny_models

    repository = hf_home / "hub" / "models--t5-base"
    blobs, snapshot = repository / "blobs", repository / "snapshots" / T5_REVISION
    for folder in (blobs, snapshot, repository / "refs"):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(T5_REVISION)
    made = tiny_models.make("t5", hf_home / "made")
    for path in sorted(made.iterdir()):
        path.rename(blobs / path.name)
        (snapshot / path.name).symlink_to(Path("..", "..", "blobs", path.name))
    shutil.rmtree(hf_home / "made")
