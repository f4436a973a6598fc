"""A checkpoint's states and logits through a backbone are those of transformers itself, padded or not."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_models
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    GraniteConfig,
    GraniteForCausalLM,
    MarianConfig,
    MarianMTModel,
)

from xbench.errors import CellError
from xbench.specs import ModelSpec
from xbench_hf.backbone import HFBackbone
from xbench_hf.checkpoint import load_model, load_tokenizer
from xbench_torch.docs import Docs

ROWS = [[9, 30, 41], [50, 61, 72, 83, 94, 15, 26], [37], [48, 59, 60, 71, 82]]
SHAPES = {
    **dict.fromkeys(tiny_models.ENCODERS, "encoder"),
    **dict.fromkeys(tiny_models.DECODERS, "decoder"),
    **dict.fromkeys(tiny_models.ENCODER_DECODERS, "encoder-decoder"),
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def spec_of(kind: str, path: Path) -> ModelSpec:
    return ModelSpec("hf", kind, "sha256:0", SHAPES[kind], kind, source=str(path))


def backbone_of(kind: str, folder: Path, route: str) -> HFBackbone:
    spec = spec_of(kind, tiny_models.make(kind, folder))
    backbone = HFBackbone(load_model(spec, route, True), load_tokenizer(spec, True), spec.shape)
    backbone.module.eval()
    return backbone


def encoded(backbone: HFBackbone, rows: list[list[int]]) -> torch.Tensor:
    docs = Docs.of(rows)
    return backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)


@pytest.mark.parametrize("kind", tiny_models.KINDS)
@torch.no_grad()
def test_states_are_those_of_each_document_alone(kind: str, folder: Path) -> None:
    backbone = backbone_of(kind, folder, "head")
    model = AutoModel.from_pretrained(tiny_models.make(kind, folder)).eval()
    stack = model.get_encoder() if kind in tiny_models.ENCODER_DECODERS else model
    theirs = torch.cat([stack(input_ids=torch.tensor([row])).last_hidden_state[0] for row in ROWS])
    torch.testing.assert_close(encoded(backbone, ROWS), theirs, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", tiny_models.ENCODER_DECODERS)
@torch.no_grad()
def test_logits_of_an_encoder_decoder_are_those_of_each_pair_alone(kind: str, folder: Path) -> None:
    backbone = backbone_of(kind, folder, "text")
    targets = [backbone.start_target(row) for row in reversed(ROWS)]
    source, target = Docs.of(ROWS), Docs.of(targets)
    memory = encoded(backbone, ROWS)
    states = backbone.decode(backbone.embed(target.ids, "decoder"), target, memory, source, None)
    model = AutoModelForSeq2SeqLM.from_pretrained(tiny_models.make(kind, folder)).eval()
    theirs = [
        model(input_ids=torch.tensor([row]), labels=torch.tensor([labels])).logits[0]
        for row, labels in zip(ROWS, reversed(ROWS), strict=True)
    ]
    torch.testing.assert_close(backbone.vocab_logits(states), torch.cat(theirs), atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", tiny_models.DECODERS)
@torch.no_grad()
def test_logits_of_a_causal_model_at_chosen_tokens(kind: str, folder: Path) -> None:
    backbone = backbone_of(kind, folder, "text")
    docs, at = Docs.of(ROWS), torch.tensor([15, 2, 9])
    states = backbone.encode(backbone.embed(docs.ids, "encoder"), docs, at)
    model = AutoModelForCausalLM.from_pretrained(tiny_models.make(kind, folder)).eval()
    theirs = torch.cat([model(input_ids=torch.tensor([row])).logits[0] for row in ROWS])[at]
    torch.testing.assert_close(backbone.vocab_logits(states), theirs, atol=2e-6, rtol=1e-5)


@torch.no_grad()
def test_second_segment_reaches_a_bert(folder: Path) -> None:
    backbone = backbone_of("bert", folder, "head")
    segments = [[0] * (len(row) // 2) + [1] * (len(row) - len(row) // 2) for row in ROWS]
    docs = Docs.of(ROWS, {"token_type_ids": segments})
    ours = backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)
    model = AutoModel.from_pretrained(tiny_models.make("bert", folder)).eval()
    theirs = [
        model(input_ids=torch.tensor([row]), token_type_ids=torch.tensor([types])).last_hidden_state[0]
        for row, types in zip(ROWS, segments, strict=True)
    ]
    torch.testing.assert_close(ours, torch.cat(theirs), atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize(("kind", "length"), [("bert", 64), ("roberta", 64), ("gpt2", 64), ("bart", 64), ("t5", None)])
@torch.no_grad()
def test_longest_document(kind: str, length: int | None, folder: Path) -> None:
    backbone = backbone_of(kind, folder, "head")
    assert backbone.max_length == length
    assert encoded(backbone, [[40] * (length or 100)]).shape == (length or 100, 32)


@pytest.mark.parametrize(
    ("kind", "route"),
    [(kind, "head") for kind in tiny_models.KINDS]
    + [(kind, "text") for kind in tiny_models.DECODERS + tiny_models.ENCODER_DECODERS],
)
@torch.no_grad()
def test_saved_weights_load_with_plain_from_pretrained(kind: str, route: str, folder: Path, tmp_path: Path) -> None:
    backbone = backbone_of(kind, folder, route)
    for parameter in backbone.module.parameters():
        parameter.mul_(1.5)
    ours = encoded(backbone, ROWS)
    backbone.save(tmp_path)
    model = AutoModel.from_pretrained(tmp_path).eval()
    stack = model.get_encoder() if kind in tiny_models.ENCODER_DECODERS else model
    theirs = torch.cat([stack(input_ids=torch.tensor([row])).last_hidden_state[0] for row in ROWS])
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    assert (
        load_tokenizer(spec_of(kind, tmp_path), True)("good dog")["input_ids"]
        == (backbone.tokenizer("good dog")["input_ids"])
    )


@torch.no_grad()
def test_marian_scales_in_its_encoder_what_it_looks_up_and_in_its_decoder_what_it_is_given() -> None:
    sizes = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 200, "max_position_embeddings": 64}
    heads = {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    ids = {"pad_token_id": 0, "eos_token_id": 2, "bos_token_id": 1, "decoder_start_token_id": 0}
    model = MarianMTModel(MarianConfig(**sizes, **heads, **ids, scale_embedding=True)).eval()
    backbone = HFBackbone(model, None, "encoder-decoder")
    source, target = Docs.of([ROWS[1]]), Docs.of([backbone.start_target(ROWS[0])])
    states = backbone.decode(backbone.embed(target.ids, "decoder"), target, encoded(backbone, [ROWS[1]]), source, None)
    theirs = model(input_ids=source.ids[None], decoder_input_ids=target.ids[None]).logits[0]
    torch.testing.assert_close(backbone.vocab_logits(states), theirs, atol=2e-6, rtol=1e-5)


def test_logits_that_are_more_than_a_head_on_states_are_refused() -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = GraniteConfig(vocab_size=200, intermediate_size=64, **sizes, logits_scaling=8.0)
    with pytest.raises(CellError, match="GraniteForCausalLM computes its logits in a way of its own"):
        HFBackbone(GraniteForCausalLM(config), None, "decoder")


def test_checkpoint_without_the_weights_that_a_route_needs_is_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "headless"
    AutoModel.from_pretrained(tiny_models.make("llama", folder)).save_pretrained(path)
    with pytest.raises(CellError, match=r"lacks weights that AutoModelForCausalLM needs: lm_head.weight"):
        load_model(spec_of("llama", path), "text", True)


def test_tokenizer_without_a_fast_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "CanineTokenizer"}')
    with pytest.raises(CellError, match="CanineTokenizer has no fast version"):
        load_tokenizer(spec_of("bert", tmp_path), True)
