"""What a Hugging Face backbone leaves: plain `from_pretrained` reads it, with the labels' names in the config."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_models
import torch
import transformers

from xbench.specs import DatasetRef, ModelSpec, TaskSpec
from xbench.tasktypes import bio_tags
from xbench_hf.backbone import HFBackbone
from xbench_hf.checkpoint import load_model, load_tokenizer
from xbench_torch.docs import Docs
from xbench_torch.heads.classification import ClassificationHead
from xbench_torch.heads.tagging import TaggingHead

IDS = [9, 30, 41, 50, 61, 72]
LABELS = ("person", "place")
SHAPES = {
    **dict.fromkeys(tiny_models.ENCODERS, "encoder"),
    **dict.fromkeys(tiny_models.DECODERS, "decoder"),
    **dict.fromkeys(tiny_models.ENCODER_DECODERS, "encoder-decoder"),
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def task(kind: str) -> TaskSpec:
    data = DatasetRef("memory", {}, {}, {})
    field = {"tagging": "tokens", "classification": "text"}[kind]
    return TaskSpec("toy", 1, kind, data, (field,), LABELS, ("accuracy",), ("en",), "CC0-1.0", "")


def loaded(kind: str, folder: Path, route: str = "head") -> HFBackbone:
    spec = ModelSpec("hf", kind, None, SHAPES[kind], source=str(folder))
    backbone = HFBackbone(load_model(spec, route, True), load_tokenizer(spec, True), spec.shape)
    backbone.module.eval()
    return backbone


@torch.no_grad()
def states(backbone: HFBackbone) -> torch.Tensor:
    docs = Docs.of([IDS])
    return backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_tagger_loads_with_its_head_where_its_family_has_one(kind: str, checkpoints: Path, tmp_path: Path) -> None:
    backbone = loaded(kind, tiny_models.make(kind, checkpoints))
    head = TaggingHead(backbone)
    module = head.build(backbone, task("tagging")).eval()
    loader = backbone.save_labelled(tmp_path, module, head.classes(task("tagging")), head.standard)
    with torch.no_grad():
        ours = module(states(backbone))
    again = states(loaded(kind, tmp_path))
    torch.testing.assert_close(again, states(backbone), atol=0, rtol=0)
    names = transformers.AutoConfig.from_pretrained(tmp_path).id2label
    assert names == dict(enumerate(bio_tags(LABELS)))
    assert transformers.AutoTokenizer.from_pretrained(tmp_path).get_vocab() == backbone.tokenizer.get_vocab()
    if kind == "bart":  # transformers has no BartForTokenClassification
        assert loader == ""
        return
    assert loader == "AutoModelForTokenClassification"
    model = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        theirs = model(input_ids=torch.tensor([IDS])).logits[0]
    torch.testing.assert_close(theirs, ours, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_classifier_loads_as_a_backbone_that_knows_its_labels(kind: str, checkpoints: Path, tmp_path: Path) -> None:
    backbone = loaded(kind, tiny_models.make(kind, checkpoints))
    head = ClassificationHead(backbone)
    module = head.build(backbone, task("classification"))
    assert backbone.save_labelled(tmp_path, module, head.classes(task("classification")), head.standard) == ""
    model = transformers.AutoModel.from_pretrained(tmp_path).eval()
    if SHAPES[kind] == "encoder-decoder":
        assert backbone.loader == ("transformers", "AutoModel", ".get_encoder()")
        model = model.get_encoder()
    with torch.no_grad():
        theirs = model(input_ids=torch.tensor([IDS])).last_hidden_state[0]
    torch.testing.assert_close(theirs, states(backbone), atol=2e-6, rtol=1e-4)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert (config["id2label"], config["label2id"]) == ({"0": "person", "1": "place"}, {"person": 0, "place": 1})


@pytest.mark.parametrize(("kind", "loader"), [("t5", "AutoModelForSeq2SeqLM"), ("gpt2", "AutoModelForCausalLM")])
def test_a_writer_loads_with_its_language_model_head(kind: str, loader: str, checkpoints: Path, tmp_path: Path) -> None:
    backbone = loaded(kind, tiny_models.make(kind, checkpoints), route="text")
    with torch.no_grad():  # as training would
        next(backbone.module.parameters()).mul_(1.5)
    backbone.save(tmp_path)
    assert backbone.loader == ("transformers", loader, "")
    model = getattr(transformers, loader).from_pretrained(tmp_path).eval()
    ids = torch.tensor([IDS])
    asked = {"input_ids": ids, **({"decoder_input_ids": ids} if kind == "t5" else {})}
    with torch.no_grad():
        torch.testing.assert_close(model(**asked).logits, backbone.model(**asked).logits, atol=1e-6, rtol=1e-5)


def test_nothing_kept_is_a_pickle(checkpoints: Path, tmp_path: Path) -> None:
    backbone = loaded("bert", tiny_models.make("bert", checkpoints))
    head = TaggingHead(backbone)
    backbone.save_labelled(
        tmp_path, head.build(backbone, task("tagging")), head.classes(task("tagging")), head.standard
    )
    assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".safetensors", ".txt"}
