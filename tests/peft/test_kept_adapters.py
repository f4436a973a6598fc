"""Kept adapters: they need the checkpoint that they were trained on, and say so when it is gone or another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny_models
from peft import PeftConfig

from xbench import api
from xbench.errors import UserError

COMMIT = "89abcdef0123456789abcdef0123456789abcdef"
BUDGET = {"max_steps": 2, "batch_size": 4, "max_length": 48}


def keep(model: str, results: Path, **asked: Any) -> Path:
    """The folder of a run of lora that kept its model."""
    limits = {"limit_train": 40, "limit_eval": 10}
    given = {"methods": ["lora"], "seeds": 1, "sets": BUDGET, "save_model": True, **limits, **asked}
    assert api.run(model, "demo-sentiment", results=results, **given).ok == 1
    (record,) = results.glob("*/*/record.json")
    return record.parent


def test_the_checkpoint_of_a_folder_is_found_again_or_named(tmp_path: Path) -> None:
    base = tiny_models.make("bert", tmp_path / "checkpoints")
    folder = keep(f"tiny={base}", tmp_path / "results")
    assert PeftConfig.from_pretrained(str(folder / "model")).base_model_name_or_path == str(base)
    assert str(tmp_path) not in (folder / "record.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in (folder / "model" / "README.md").read_text(encoding="utf-8")
    (before,) = api.predict(folder, "a fine film")

    away = base.rename(tmp_path / "moved")
    with pytest.raises(UserError, match=f"tiny: what it was trained on is not at {base} .*xbench.json"):
        api.load_model(folder)
    shutil.copytree(tiny_models.make("bert", tmp_path / "others", seed=1), base)
    with pytest.raises(UserError, match=f"{base} is another checkpoint by now"):
        api.load_model(folder)

    config = folder / "model" / "xbench.json"  # as the message says
    values = json.loads(config.read_text(encoding="utf-8"))
    values["base"]["source"] = str(away)
    config.write_text(json.dumps(values), encoding="utf-8")
    assert api.predict(folder, "a fine film") == [before]


def test_the_checkpoint_of_a_hub_id_comes_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    cache = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    repository = cache / "models--owner--tiny"
    shutil.copytree(tiny_models.make("bert", tmp_path / "checkpoints"), repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    folder = keep("owner/tiny", tmp_path / "results", offline=True)
    config = PeftConfig.from_pretrained(str(folder / "model"))
    assert (config.base_model_name_or_path, config.revision) == ("owner/tiny", COMMIT)
    readme = (folder / "model" / "README.md").read_text(encoding="utf-8")
    assert f'AutoModel.from_pretrained("owner/tiny", revision="{COMMIT}")' in readme
    (repository / "refs" / "main").write_text("f" * 40)  # the hub has moved on: the commit is asked for
    assert len(api.load_model(folder, offline=True).predict(["a", "b"])) == 2
    shutil.rmtree(repository)
    with pytest.raises(UserError, match="what it was trained on is not at owner/tiny"):
        api.load_model(folder, offline=True)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("xbench.json", b'{"schema": 1}', "kept in format 1, and this xbench reads 2"),
        ("xbench.json", b"{", "no description of a kept model"),
        ("head.safetensors", b"torn", "its weights cannot be read"),
        ("adapter.safetensors", b"torn", "its weights cannot be read"),
        ("base/model.safetensors", b"torn", "cannot be loaded|cannot be read"),
    ],
)
def test_what_is_torn_is_named(file: str, content: bytes, told: str, scratch: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(scratch, tmp_path / "copy")
    (copy / "model" / file).write_bytes(content)
    with pytest.raises(UserError, match=told):
        api.load_model(copy)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep("scratch-tiny-encoder", tmp_path_factory.mktemp("scratch"))
