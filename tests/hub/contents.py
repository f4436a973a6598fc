"""What the tests' hub holds from the start: a tiny random T5 as t5-base, a few hundred pairs as wmt/wmt14."""

from __future__ import annotations

import random
from pathlib import Path

from hub.repositories import Repository, of_folder, of_rows

T5, WMT14 = "google-t5/t5-base", "wmt/wmt14"
PAIRS = {"train": 200, "validation": 20, "test": 20}


def t5_base(folder: Path) -> Repository:
    """A tiny random T5 with its tokenizer, made under `folder`, and beside it the weights that nobody should fetch."""
    import tiny_models

    made = tiny_models.make("t5", folder)
    (made / "pytorch_model.bin").write_bytes(b"a pickle" * 1000)
    (made / "onnx").mkdir(exist_ok=True)
    (made / "onnx" / "config.json").write_text("{}")
    return of_folder("models", T5, made)


def wmt14() -> Repository:
    """English and German sentences of one grammar, as wmt/wmt14 (de-en) has them."""
    import datasets
    from offline_caches import sentence_pair

    source = random.Random(14)
    rows = {split: [{"translation": sentence_pair(source)} for _ in range(number)] for split, number in PAIRS.items()}
    features = datasets.Features({"translation": datasets.Translation(languages=["de", "en"])})
    return of_rows(WMT14, {"de-en": rows}, features)
