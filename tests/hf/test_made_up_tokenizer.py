"""A checkpoint without its tokenizer: transformers makes one up, which knows no word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tiny_models
from transformers import AutoTokenizer

from xbench.errors import CellError
from xbench_hf.checkpoint import load_tokenizer
from xbench_hf.resolve import resolve


@pytest.mark.parametrize("kind", ["bert", "t5", "gpt2"])
def test_a_tokenizer_out_of_nothing_is_refused(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / kind
    shutil.copytree(tiny_models.make(kind, tmp_path / "made"), folder)
    spec = resolve(str(folder), offline=True)
    assert spec is not None
    assert len(load_tokenizer(spec, offline=True)) > 200
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    assert len(AutoTokenizer.from_pretrained(folder)) < 200  # what the check is for: no error, and no vocabulary
    with pytest.raises(CellError) as refusal:
        load_tokenizer(spec, offline=True)
    assert refusal.value.message.endswith("there is no tokenizer beside the weights")
