"""The backend as the core sees it: the conformance kit on tiny checkpoints, its defaults and its declaration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tiny_models

from xbench.catalog import Catalog
from xbench.specs import ModelSpec
from xbench.testing import check_backend
from xbench_hf.backend import HFBackend


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.mark.parametrize(
    ("kind", "task", "method"),
    [("bert", "demo-sentiment", "full"), ("llama", "demo-tagging", "lora"), ("t5", "demo-translation", "full")],
)
def test_conformance(kind: str, task: str, method: str, catalog: Catalog, tmp_path: Path) -> None:
    (spec,) = catalog.tasks_named(task)
    options = {"max_steps": 2, "batch_size": 4, "max_length": 48, "max_target_length": 8, "num_beams": 1}
    path = str(tiny_models.make(kind, tmp_path))
    scores = check_backend(HFBackend(), path, spec, method, options, catalog=catalog, limit=12)
    assert sorted(scores) == [0, 1]


@pytest.mark.parametrize(
    ("shape", "family", "routes", "lr"),
    [
        ("encoder", "bert", ["head"], 5e-5),
        ("decoder", "llama", ["head", "text"], 6.25e-5),
        ("encoder-decoder", "bart", ["text", "head"], 3e-5),
        ("encoder-decoder", "mt5", ["text", "head"], 3e-4),
    ],
)
def test_routes_and_defaults_by_shape_and_family(shape: str, family: str, routes: list[str], lr: float) -> None:
    model = ModelSpec("hf", "m", "abc", shape, family)
    assert list(HFBackend().routes(model)) == routes
    defaults = {option.name: option.default for option in HFBackend().options(model)}
    assert (defaults["lr"], defaults["epochs"], defaults["batch_size"], defaults["warmup_ratio"]) == (lr, 3, 32, 0.06)


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_size_from_the_config_alone(kind: str, tmp_path: Path) -> None:
    path = tiny_models.make(kind, tmp_path)
    spec = HFBackend().resolve(str(path), offline=True)
    assert spec is not None
    real = sum(p.numel() for p in tiny_models.model(kind, len(tiny_models.tokenizer(kind))).parameters())
    assert 0.4 < HFBackend().parameter_count(spec) / real < 1.4  # an untied head, or a table of positions, apart


def test_declaring_the_backend_loads_no_framework() -> None:
    code = (
        "import sys, xbench_hf; (backend,) = xbench_hf.xbench_backends(); "
        "print(backend.name, [name for name in ('torch', 'transformers', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "hf []"
