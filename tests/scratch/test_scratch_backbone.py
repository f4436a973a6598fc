"""The backbone as heads and methods see it, its folder, and the backend that loads it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from xbench.specs import DatasetRef, ModelSpec, TaskSpec
from xbench_scratch.backbone import ScratchBackbone
from xbench_scratch.backend import ScratchBackend
from xbench_torch.docs import Docs

TEXTS = ["the cat sat on the mat.", "a cat ate the hat.", "the mat is flat."] * 5
TASK = TaskSpec(
    name="toy",
    version=1,
    type="text-to-text",
    data=DatasetRef("none", {}, {}, {}),
    inputs=("source",),
    labels=(),
    metrics=(),
    language=("en",),
    licence="Apache-2.0",
    citation="",
)
CONTEXT = SimpleNamespace(device="cpu", offline=True, declared=None, parts=None)
BACKEND = ScratchBackend()
MODELS = {model.name: model for model in BACKEND.models()}


def load(name: str, route: str = "text", seed: int = 0, **options: object) -> ScratchBackbone:
    values = {f"model.{option}": value for option, value in options.items()}
    return BACKEND.load_backbone(MODELS[name], route, TASK, TEXTS, values, seed, CONTEXT)  # type: ignore[return-value]


def weights(backbone: ScratchBackbone) -> torch.Tensor:
    return torch.cat([parameter.flatten() for parameter in backbone.module.parameters()])


def test_nine_models_and_their_shapes() -> None:
    shapes = {name: model.shape for name, model in MODELS.items()}
    assert len(shapes) == 9
    assert shapes["scratch-tiny"] == "encoder-decoder"
    assert shapes["scratch-small-encoder"] == "encoder"
    assert shapes["scratch-base-decoder"] == "decoder"
    assert all(model.revision is None and model.source == "" for model in MODELS.values())
    assert BACKEND.routes(MODELS["scratch-tiny"]) == ("head", "text")


@pytest.mark.parametrize(
    ("size", "width", "heads", "ff", "layers"),
    [("tiny", 64, 4, 128, 2), ("small", 256, 4, 1024, 3), ("base", 512, 8, 2048, 6)],
)
def test_sizes(size: str, width: int, heads: int, ff: int, layers: int) -> None:
    config = load(f"scratch-{size}-encoder", "head").module.config
    assert (config.width, config.heads, config.ff, config.layers) == (width, heads, ff, layers)


def test_model_options_reach_the_model() -> None:
    backbone = load("scratch-tiny", layers=1, width=32, norm="post", vocab_size=30, positions="learned")
    config = backbone.module.config
    assert (config.layers, config.width, config.norm, config.positions) == (1, 32, "post", "learned")
    assert config.vocab_size == len(backbone.tokenizer) <= 30
    assert backbone.max_length == 512
    assert load("scratch-tiny").max_length is None
    declared = {option.name for option in BACKEND.options(MODELS["scratch-tiny"]) if option.name.startswith("model.")}
    assert declared == {f"model.{name}" for name in ("layers", "width", "norm", "vocab_size", "positions")}


def test_defaults_for_random_weights() -> None:
    values = {option.name: option.default for option in BACKEND.options(MODELS["scratch-small"])}
    assert values["schedule"] == "inverse-sqrt"
    assert (values["dropout"], values["label_smoothing"]) == (0.1, 0.1)
    assert values["epochs"] > 3
    assert values["lr"] >= 1e-4


def test_a_head_needs_the_encoder_alone() -> None:
    whole, half = load("scratch-tiny", "text"), load("scratch-tiny", "head")
    assert half.shape == whole.shape == "encoder-decoder"
    assert not any(name.startswith("decoder") for name, _ in half.module.named_parameters())
    assert set(half.sites["layers"]) == {"encoder.0", "encoder.1"}
    assert set(whole.sites["layers"]) == {"encoder.0", "encoder.1", "decoder.0", "decoder.1"}


def test_sites_name_what_the_modules_are() -> None:
    sites = load("scratch-tiny-encoder", "head", layers=1).sites
    attention = "encoder.0.attention"
    assert sorted(sites["qkv"]) == [f"{attention}.{part}" for part in ("key", "query", "value")]
    assert list(sites["attn_out"]) == [f"{attention}.out"]
    assert list(sites["ffn_in"]) == ["encoder.0.feed_forward.inner"]
    assert list(sites["ffn_out"]) == ["encoder.0.feed_forward.outer"]
    assert list(sites["attention"]) == [attention]


def test_cross_attention_is_an_attention_too() -> None:
    sites = load("scratch-tiny", layers=1).sites
    assert set(sites["attention"]) == {"encoder.0.attention", "decoder.0.attention", "decoder.0.cross_attention"}
    assert "decoder.0.cross_attention.key" in sites["qkv"]
    assert "decoder.0.cross_attention.out" in sites["attn_out"]
    assert len(sites["qkv"]) == 9


@pytest.mark.parametrize("name", ["scratch-tiny", "scratch-tiny-encoder", "scratch-tiny-decoder"])
def test_flat_states_do_not_depend_on_the_company(name: str) -> None:
    backbone = load(name)
    backbone.module.double().eval()
    together, alone = Docs.of([[5, 6, 7], [8, 9, 5, 6, 7, 8]]), Docs.of([[5, 6, 7]])
    with torch.no_grad():
        states = backbone.encode(backbone.embed(together.ids, "encoder"), together, None)
        single = backbone.encode(backbone.embed(alone.ids, "encoder"), alone, None)
        picked = backbone.encode(backbone.embed(together.ids, "encoder"), together, torch.tensor([8, 1]))
    assert states.shape == (9, 64)
    torch.testing.assert_close(states[:3], single, rtol=0, atol=1e-12)
    assert torch.equal(picked, states[[8, 1]])


def test_decoder_input_is_the_target_shifted_right() -> None:
    backbone = load("scratch-tiny")
    ids = backbone.tokenizer("the cat")["input_ids"]
    assert ids[-1] == 2
    assert backbone.start_target(ids) == [1, *ids[:-1]]


@pytest.mark.parametrize("name", ["scratch-tiny", "scratch-tiny-encoder", "scratch-tiny-decoder"])
def test_a_saved_folder_reads_back_equal(name: str, tmp_path: Path) -> None:
    backbone = load(name, "text", positions="learned")
    backbone.save(tmp_path)
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= {file.name for file in tmp_path.iterdir()}
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "xbench-scratch"
    spec: ModelSpec = dataclasses.replace(MODELS[name], source=str(tmp_path))
    again = BACKEND.load_backbone(spec, "text", TASK, (), {}, 99, CONTEXT)
    assert isinstance(again, ScratchBackbone)
    assert again.module.config == backbone.module.config
    assert torch.equal(weights(again), weights(backbone))
    assert again.tokenizer.get_vocab() == backbone.tokenizer.get_vocab()
    assert again.tokenizer("a cat, the ☃")["input_ids"] == backbone.tokenizer("a cat, the ☃")["input_ids"]
    assert again.tokenizer.pad_token_id == 0


def test_same_seed_same_model() -> None:
    assert torch.equal(weights(load("scratch-tiny", seed=3)), weights(load("scratch-tiny", seed=3)))
    assert not torch.equal(weights(load("scratch-tiny", seed=3)), weights(load("scratch-tiny", seed=4)))
