"""The modules of real architectures by role, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_models
import torch
from transformers import AlbertConfig, AlbertModel

from xbench.specs import ModelSpec
from xbench_hf.backbone import HFBackbone
from xbench_hf.checkpoint import load_model, load_tokenizer
from xbench_scratch.backbone import ScratchBackbone
from xbench_scratch.config import Config
from xbench_torch.sites import ROLES, find_sites

BERT = {
    "qkv": ["attention.self.query", "attention.self.key", "attention.self.value"],
    "attn_out": ["attention.output.dense"],
    "ffn_in": ["intermediate.dense"],
    "ffn_out": ["output.dense"],
    "norm": ["attention.output.LayerNorm", "output.LayerNorm"],
    "attention": ["attention.self"],
    "layers": [""],
}
GPT2 = {
    "qkv": ["attn.c_attn"],
    "attn_out": ["attn.c_proj"],
    "ffn_in": ["mlp.c_fc"],
    "ffn_out": ["mlp.c_proj"],
    "norm": ["ln_1", "ln_2"],
    "attention": ["attn"],
    "layers": [""],
}
LLAMA = {
    "qkv": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    "attn_out": ["self_attn.o_proj"],
    "ffn_in": ["mlp.gate_proj", "mlp.up_proj"],
    "ffn_out": ["mlp.down_proj"],
    "norm": ["input_layernorm", "post_attention_layernorm"],
    "attention": ["self_attn"],
    "layers": [""],
}
T5_ENCODER = {
    "qkv": ["layer.0.SelfAttention.q", "layer.0.SelfAttention.k", "layer.0.SelfAttention.v"],
    "attn_out": ["layer.0.SelfAttention.o"],
    "ffn_in": ["layer.1.DenseReluDense.wi"],
    "ffn_out": ["layer.1.DenseReluDense.wo"],
    "norm": ["layer.0.layer_norm", "layer.1.layer_norm"],
    "attention": ["layer.0.SelfAttention"],
    "layers": [""],
}
T5_DECODER = {
    "qkv": [f"layer.{n}.{kind}Attention.{letter}" for n, kind in ((0, "Self"), (1, "EncDec")) for letter in "qkv"],
    "attn_out": ["layer.0.SelfAttention.o", "layer.1.EncDecAttention.o"],
    "ffn_in": ["layer.2.DenseReluDense.wi"],
    "ffn_out": ["layer.2.DenseReluDense.wo"],
    "norm": ["layer.0.layer_norm", "layer.1.layer_norm", "layer.2.layer_norm"],
    "attention": ["layer.0.SelfAttention", "layer.1.EncDecAttention"],
    "layers": [""],
}
BART_ENCODER = {
    "qkv": ["self_attn.k_proj", "self_attn.v_proj", "self_attn.q_proj"],
    "attn_out": ["self_attn.out_proj"],
    "ffn_in": ["fc1"],
    "ffn_out": ["fc2"],
    "norm": ["self_attn_layer_norm", "final_layer_norm"],
    "attention": ["self_attn"],
    "layers": [""],
}
BART_DECODER = {
    "qkv": [f"{kind}_attn.{letter}_proj" for kind in ("self", "encoder") for letter in "kvq"],
    "attn_out": ["self_attn.out_proj", "encoder_attn.out_proj"],
    "ffn_in": ["fc1"],
    "ffn_out": ["fc2"],
    "norm": ["self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"],
    "attention": ["self_attn", "encoder_attn"],
    "layers": [""],
}
CASES = {  # (kind, route): stacks as (where layers are, what a layer holds), norms outside of the layers
    ("bert", "head"): ([("encoder.layer", BERT)], ["embeddings.LayerNorm"]),
    ("roberta", "head"): ([("encoder.layer", BERT)], ["embeddings.LayerNorm"]),
    ("gpt2", "head"): ([("h", GPT2)], ["ln_f"]),
    ("gpt2", "text"): ([("transformer.h", GPT2)], ["transformer.ln_f"]),
    ("llama", "head"): ([("layers", LLAMA)], ["norm"]),
    ("llama", "text"): ([("model.layers", LLAMA)], ["model.norm"]),
    ("t5", "head"): ([("block", T5_ENCODER)], ["final_layer_norm"]),
    ("t5", "text"): (
        [("encoder.block", T5_ENCODER), ("decoder.block", T5_DECODER)],
        ["encoder.final_layer_norm", "decoder.final_layer_norm"],
    ),
    ("bart", "head"): ([("layers", BART_ENCODER)], ["layernorm_embedding"]),
    ("bart", "text"): (
        [("model.encoder.layers", BART_ENCODER), ("model.decoder.layers", BART_DECODER)],
        ["model.encoder.layernorm_embedding", "model.decoder.layernorm_embedding"],
    ),
}


def hf_backbone(kind: str, route: str, folder: Path) -> HFBackbone:
    shape = (
        "encoder" if kind in tiny_models.ENCODERS else "decoder" if kind in tiny_models.DECODERS else "encoder-decoder"
    )
    spec = ModelSpec("hf", kind, "sha256:0", shape, source=str(tiny_models.make(kind, folder)))
    return HFBackbone(load_model(spec, route, True), load_tokenizer(spec, True), shape)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.mark.parametrize(("kind", "route"), CASES)
def test_names_by_role(kind: str, route: str, folder: Path) -> None:
    stacks, outside = CASES[kind, route]
    sites = hf_backbone(kind, route, folder).sites
    for role in ROLES:
        expected = [
            f"{where}.{layer}.{name}".removesuffix(".")
            for where, content in stacks
            for layer in range(2)
            for name in content[role]
        ]
        found = [name for name in sites[role] if name not in outside]
        assert found == expected, role
    assert set(outside) <= set(sites["norm"])


SCRATCH = {
    "qkv": ["attention.query", "attention.key", "attention.value"],
    "attn_out": ["attention.out"],
    "ffn_in": ["feed_forward.inner"],
    "ffn_out": ["feed_forward.outer"],
    "norm": ["attention_residual.norm", "feed_forward_residual.norm"],
    "attention": ["attention"],
    "layers": [""],
}
SCRATCH_DECODER = {
    **SCRATCH,
    "qkv": [f"{kind}attention.{part}" for kind in ("", "cross_") for part in ("query", "key", "value")],
    "attn_out": ["attention.out", "cross_attention.out"],
    "norm": ["attention_residual.norm", "feed_forward_residual.norm", "cross_attention_residual.norm"],
    "attention": ["attention", "cross_attention"],
}


@pytest.mark.parametrize(
    ("shape", "encoder_only", "stacks"),
    [
        ("encoder", False, {"encoder": SCRATCH}),
        ("decoder", False, {"encoder": SCRATCH}),
        ("encoder-decoder", True, {"encoder": SCRATCH}),
        ("encoder-decoder", False, {"encoder": SCRATCH, "decoder": SCRATCH_DECODER}),
    ],
)
def test_a_transformer_of_our_own(shape: str, encoder_only: bool, stacks: dict[str, dict[str, list[str]]]) -> None:
    """Its cross-attention projects the memory before its own layer runs."""
    backbone = ScratchBackbone.fresh(Config(shape, 32, 4, 64, 2, 50, encoder_only=encoder_only), None, 0)
    for role, names in backbone.sites.items():
        expected = [
            f"{stack}.{layer}.{name}".removesuffix(".")
            for stack, content in stacks.items()
            for layer in range(2)
            for name in content[role]
        ]
        assert [name for name in names if name not in ("encoder_norm", "decoder_norm")] == expected, role


def test_layers_that_share_their_weights_are_one() -> None:
    config = AlbertConfig(
        vocab_size=50,
        embedding_size=8,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
    )
    sites = HFBackbone(AlbertModel(config, add_pooling_layer=False), None, "encoder").sites
    layer = "encoder.albert_layer_groups.0.albert_layers.0"
    assert sites["qkv"] == [f"{layer}.attention.{name}" for name in ("query", "key", "value")]
    assert (sites["attn_out"], sites["ffn_in"], sites["ffn_out"]) == (
        [f"{layer}.attention.dense"],
        [f"{layer}.ffn"],
        [f"{layer}.ffn_output"],
    )


def test_tracing_leaves_the_model_and_the_random_state_alone(folder: Path) -> None:
    backbone = hf_backbone("bert", "head", folder)
    backbone.module.train()
    backbone.module.get_submodule("encoder.layer.1").eval()
    modes = {name: module.training for name, module in backbone.module.named_modules()}
    before = torch.get_rng_state()
    assert find_sites(backbone, decodes=False) == find_sites(backbone, decodes=False)
    assert torch.equal(torch.get_rng_state(), before)
    assert {name: module.training for name, module in backbone.module.named_modules()} == modes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in backbone.module.modules())


def test_eager_attention_is_found_by_its_softmax(folder: Path) -> None:
    backbone = hf_backbone("llama", "head", folder)
    expected = find_sites(backbone, decodes=False)
    backbone.module.set_attn_implementation("eager")
    assert find_sites(backbone, decodes=False) == expected
