"""linear-probe and lora: what they add, train, refuse, and hand to the peft library."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_models
import torch
from peft import AutoPeftModel, PeftModel
from torch import nn
from transformers import AutoModel

from xbench.errors import CellError
from xbench.specs import ModelSpec
from xbench.testing import check_method
from xbench_hf.backbone import HFBackbone
from xbench_hf.checkpoint import load_model, load_tokenizer
from xbench_peft.linear_probe import LinearProbe
from xbench_peft.lora import Lora
from xbench_torch.docs import Docs

ROWS = [[9, 30, 41], [50, 61, 72, 83, 94, 15, 26], [37]]
OPTIONS = {"r": 4, "alpha": 8, "dropout": 0.0, "targets": "qkv"}
SHAPES = {
    **dict.fromkeys(tiny_models.ENCODERS, "encoder"),
    **dict.fromkeys(tiny_models.DECODERS, "decoder"),
    **dict.fromkeys(tiny_models.ENCODER_DECODERS, "encoder-decoder"),
}
MODEL = ModelSpec("hf", "m", None, "encoder-decoder", "t5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def backbone_of(kind: str, folder: Path, route: str = "head") -> HFBackbone:
    spec = ModelSpec("hf", kind, None, SHAPES[kind], source=str(tiny_models.make(kind, folder)))
    backbone = HFBackbone(load_model(spec, route, True), load_tokenizer(spec, True), spec.shape, (spec.source, None))
    backbone.module.eval()
    return backbone


@torch.no_grad()
def states(backbone: HFBackbone) -> torch.Tensor:
    docs = Docs.of(ROWS)
    return backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)


def shake(backbone: HFBackbone, names: Sequence[str]) -> None:
    """Random values in these parameters, so that adapters do something."""
    with torch.no_grad():
        source = torch.Generator().manual_seed(5)
        for name, parameter in backbone.module.named_parameters():
            if name in names:
                parameter.copy_(torch.randn(parameter.shape, generator=source) * 0.3)


@pytest.mark.parametrize("targets", ["qkv", "attention", "all"])
@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_lora_begins_as_the_model_and_trains_a_and_b_alone(kind: str, targets: str, folder: Path) -> None:
    backbone = backbone_of(kind, folder)
    before = states(backbone)
    roles = {"qkv": ["qkv"], "attention": ["qkv", "attn_out"], "all": ["qkv", "attn_out", "ffn_in", "ffn_out"]}
    names = [name for role in roles[targets] for name in backbone.sites[role]]
    shapes = [sorted(backbone.module.get_submodule(name).weight.shape) for name in names]
    applied = Lora().apply(backbone, {**OPTIONS, "targets": targets}, 10, seed=0)
    torch.testing.assert_close(states(backbone), before)
    assert sorted(applied.trained) == sorted(f"{name}.lora_{ab}.default.weight" for name in names for ab in "AB")
    parameters = dict(backbone.module.named_parameters())
    assert sum(parameters[name].numel() for name in applied.trained) == sum(4 * (a + b) for a, b in shapes)
    shake(backbone, applied.trained)
    assert (states(backbone) - before).abs().max() > 1e-2


def test_update_is_alpha_over_r_times_b_a(folder: Path) -> None:
    """GPT-2's Conv1D holds its weight transposed: (in, out)."""
    for kind, transposed in (("bert", False), ("gpt2", True)):
        backbone, plain = backbone_of(kind, folder), backbone_of(kind, folder)
        names = backbone.sites["qkv"]
        applied = Lora().apply(backbone, {**OPTIONS, "r": 4, "alpha": 12}, 10, seed=0)
        shake(backbone, applied.trained)
        parameters = dict(backbone.module.named_parameters())
        with torch.no_grad():
            for name in names:
                a, b = (parameters[f"{name}.lora_{ab}.default.weight"] for ab in "AB")
                update = 12 / 4 * b @ a
                plain.module.get_submodule(name).weight += update.T if transposed else update
        torch.testing.assert_close(states(backbone), states(plain), atol=1e-5, rtol=1e-4)


def test_same_seed_same_adapter_and_the_random_state_stays(folder: Path) -> None:
    def first_a(seed: int) -> torch.Tensor:
        backbone = backbone_of("bert", folder)
        applied = Lora().apply(backbone, OPTIONS, 10, seed)
        return dict(backbone.module.named_parameters())[applied.trained[0]].detach()

    torch.manual_seed(1)
    before = torch.get_rng_state()
    zero = first_a(0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(first_a(0), zero)
    assert not torch.equal(first_a(1), zero)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_exported_adapter_is_read_by_peft(kind: str, folder: Path, tmp_path: Path) -> None:
    backbone = backbone_of(kind, folder)
    applied = Lora().apply(backbone, OPTIONS, 10, seed=0)
    shake(backbone, applied.trained)
    applied.export(tmp_path)
    backbone.tokenizer.save_pretrained(tmp_path)  # as a kept model has it beside the adapter
    model = AutoModel.from_pretrained(tiny_models.make(kind, folder)).eval()
    by_hand = PeftModel.from_pretrained(model, str(tmp_path)).eval()
    for theirs in (by_hand, AutoPeftModel.from_pretrained(str(tmp_path)).eval()):  # which finds the base by itself
        with torch.no_grad():
            expected = torch.cat([theirs(input_ids=torch.tensor([row])).last_hidden_state[0] for row in ROWS])
        torch.testing.assert_close(states(backbone), expected, atol=2e-6, rtol=1e-5)


def test_an_adapter_of_a_part_of_a_model_names_no_class(folder: Path, tmp_path: Path) -> None:
    """T5's encoder is not what its class loads: peft would put the adapter around another model."""
    applied = Lora().apply(backbone_of("t5", folder), OPTIONS, 10, seed=0)
    applied.export(tmp_path)
    assert json.loads((tmp_path / "adapter_config.json").read_text())["auto_mapping"] is None


def test_lora_names_match_whole(folder: Path) -> None:
    """T5's encoder alone: "block.0..." must not reach for the end of some longer name."""
    backbone = backbone_of("t5", folder, route="text")
    applied = Lora().apply(backbone, OPTIONS, 10, seed=0)
    adapted = {name.split(".lora_")[0] for name in applied.trained}
    assert adapted == set(backbone.sites["qkv"])


class Convolution(nn.Module):
    """What peft's LoRA does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 4))


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        ({"qkv": []}, "lora finds nothing to adapt: the model shows no qkv"),
        ({"qkv": ["strange"]}, "lora: .*strange|not supported"),
    ],
)
def test_lora_refuses_a_model_without_targets(sites: Mapping[str, list[str]], message: str) -> None:
    module = nn.ModuleDict({"strange": Convolution()})
    backbone: Any = SimpleNamespace(module=module, sites=sites)
    with pytest.raises(CellError, match=message) as caught:
        Lora().apply(backbone, OPTIONS, 10, seed=0)
    assert caught.value.status == "refused"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"r": 0}, "lora.r=0: a rank is at least 1"),
        ({"dropout": 1.0}, "lora.dropout=1.0: a rate is at least 0 and below 1"),
        ({"r": 8, "dropout": 0.1}, None),
    ],
)
def test_lora_refuses_senseless_options(options: Mapping[str, Any], reason: str | None) -> None:
    assert Lora().refuse(MODEL, "text", {**OPTIONS, **options}) == reason


def test_linear_probe_trains_nothing_of_the_model(folder: Path) -> None:
    applied = LinearProbe().apply(backbone_of("bert", folder), {}, 10, seed=0)
    assert (list(applied.trained), applied.head_trained) == ([], True)
    assert LinearProbe().refuse(MODEL, "head", {}) is None
    assert "the text route has none" in str(LinearProbe().refuse(MODEL, "text", {}))


def test_declaring_the_methods_loads_no_framework() -> None:
    code = (
        "import sys, xbench_peft; names = [m.name for m in xbench_peft.xbench_methods()]; "
        "print(names, [m for m in ('torch', 'peft', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['linear-probe', 'lora'] []"


@pytest.mark.parametrize("method", [LinearProbe(), Lora()])
@pytest.mark.parametrize("route", ["head", "text"])
def test_conformance(method: LinearProbe | Lora, route: str) -> None:
    check_method(method, MODEL, route)
