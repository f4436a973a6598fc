"""What a model's name means: folders, the hub's cache, and names that are nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_models

from xbench.errors import MissingModel, UserError
from xbench_hf.resolve import resolve, seen_tasks

SHAPES = {
    **dict.fromkeys(tiny_models.ENCODERS, "encoder"),
    **dict.fromkeys(tiny_models.DECODERS, "decoder"),
    **dict.fromkeys(tiny_models.ENCODER_DECODERS, "encoder-decoder"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_folder(kind: str, folder: Path) -> None:
    path = tiny_models.make(kind, folder)
    spec = resolve(str(path), offline=True)
    assert spec is not None
    assert (spec.backend, spec.name, spec.shape, spec.family) == ("hf", f"{folder.name}/{kind}-0", SHAPES[kind], kind)
    assert spec.source == str(path)
    assert spec.seen_tasks == ()


def test_revision_of_a_folder_is_its_content_wherever_it_lies(folder: Path, tmp_path: Path) -> None:
    path = tiny_models.make("bert", folder)
    copy = tmp_path / "elsewhere"
    shutil.copytree(path, copy)
    (copy / "README.md").write_text("not part of the model")
    before = resolve(str(path), offline=True)
    assert resolve(str(copy), offline=True).revision == before.revision
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        content = (path / name).read_bytes()
        (copy / name).write_bytes(content[:-1] + b"?" if name == "model.safetensors" else content + b"\n")
        assert resolve(str(copy), offline=True).revision != before.revision, name
        (copy / name).write_bytes(content)


def test_bert_that_is_set_to_decode_is_a_decoder(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "decoder"
    shutil.copytree(tiny_models.make("bert", folder), copy)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "is_decoder": True}))
    assert resolve(str(copy), offline=True).shape == "decoder"


def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "pickled"
    shutil.copytree(tiny_models.make("bert", folder), copy)
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"only pytorch_model.bin, which may run code .* \(save the model with"):
        resolve(str(copy), offline=True)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", "it says no model_type"),
        ("[]", "it says no model_type"),
        ('{"hidden_size": 8}', "it says no model_type"),
        ('{"model_type": "novel"}', "model_type 'novel' is unknown"),
        ('{"model_type": "vit"}', "model_type 'vit' is no text model"),
    ],
)
def test_folder_with_a_config_that_is_none(config: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(config)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(UserError, match=message):
        resolve(str(tmp_path), offline=True)


@pytest.mark.parametrize("text", ["a b", "../up", "x\0y", "", "no--such", "/nowhere/at/all", "é"])
def test_what_is_nothing_is_nobody_s(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert resolve(text, offline=True) is None


@pytest.mark.parametrize("text", ["majorty", "owner/name"])
def test_what_may_be_a_hub_id_and_is_not_kept_says_how_to_get_it(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingModel, match=f"no folder or hub id in the cache {tmp_path} .`xbench fetch -m {text}`"):
        resolve(text, offline=True)


def test_plain_name_loads_no_framework() -> None:
    code = (
        "import sys, xbench_hf; from xbench_hf.resolve import resolve; "
        "import contextlib; from xbench.errors import MissingModel\n"
        "with contextlib.suppress(MissingModel): resolve('majorty', offline=True)\n"
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["t5-base", "google-t5/t5-base", "t5-small", "google-t5/t5-11b"])
def test_t5_has_seen_wmt14(name: str) -> None:
    assert "wmt14" in seen_tasks(name)


@pytest.mark.parametrize("name", ["google/t5-v1_1-base", "google/mt5-base", "somebody/t5-base", "bert-base-chinese"])
def test_others_are_not_known_to_have_seen_it(name: str) -> None:
    assert seen_tasks(name) == ()


@pytest.mark.parametrize("kept", [0, 5, 200, -1])
def test_a_torn_copy_of_the_weights_is_told_before_anything_is_loaded(kept: int, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "torn"
    shutil.copytree(tiny_models.make("bert", folder), copy)
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"model\.safetensors: no whole safetensors file .*fetch it again"):
        resolve(str(copy), offline=True)
