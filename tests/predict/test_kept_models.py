"""A kept model says what its run has stored, of one input what it says of many; and its README loads it without us."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_models
import torch
from kept_runs import BUDGET, asked, folders, keep, stored

from xbench import api
from xbench_torch.docs import Docs
from xbench_torch.learner import TorchLearner

TASKS = ("demo-sentiment", "demo-tagging", "demo-translation")
SHAPES = ("scratch-tiny", "scratch-tiny-encoder", "scratch-tiny-decoder")
IDS = [5, 9, 30, 41, 50, 61]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Runs and questions share its cache."""
    place = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        yield place


def says_the_same(model: api.Model, cache: Path) -> None:
    rows = asked(model, cache)
    told, kept = model.predict(rows), stored(model.trained.folder)
    assert [row["id"] for row in told] == [row["id"] for row in kept]
    assert [row["prediction"] for row in told] == [row["prediction"] for row in kept]
    if model.record.cell.task.type == "classification":
        assert [row.get("scores") for row in told] == [pytest.approx(row.get("scores"), abs=1e-6) for row in kept]
    for row, one in zip(rows[:2], told, strict=False):
        (alone,) = model.predict(row)
        assert alone["prediction"] == one["prediction"]
        if "scores" in alone:
            assert alone["scores"] == pytest.approx(one["scores"], abs=1e-4)
        for span, other in zip(alone.get("spans", ()), one.get("spans", ()), strict=True):
            assert {**span, "score": 0} == {**other, "score": 0}
            assert span.get("score") == pytest.approx(other.get("score"), abs=1e-4)
    assert [row["prediction"] for row in model.predict(rows, batch=5)] == [row["prediction"] for row in kept]


@torch.no_grad()
def loads_as_its_readme_says(model: api.Model, checkpoints: Path) -> None:
    """The states (or, where the head is in it, the logits) of the model that the README's code loads are ours."""
    learner = model.trained._learner
    assert isinstance(learner, TorchLearner)
    folder = model.trained.folder / "model"
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    code = re.sub(r'"the folder of (\w+)"', lambda found: repr(str(checkpoints / f"{found[1]}-0")), code)
    names: dict[str, Any] = {"folder": str(folder)}
    exec(code, names)
    theirs, backbone = names["model"], learner.session.backbone
    docs, ids = Docs.of([IDS]), torch.tensor([IDS])
    states = backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)
    assert names["tokenizer"]("red cat").input_ids == backbone.tokenizer("red cat").input_ids
    if model.record.cell.model.backend == "scratch":  # takes embeddings, as its own code says
        found = theirs.encode(theirs.embed(ids), torch.ones_like(ids))[0]
    elif learner.session.head.generates:
        if theirs.config.is_encoder_decoder:
            found = theirs.get_encoder()(input_ids=ids).last_hidden_state[0]
        else:
            found, states = theirs(input_ids=ids).logits[0], backbone.vocab_logits(states)
    elif "TokenClassification" in code:
        found, states = theirs(input_ids=ids).logits[0], learner.session.module(states)
    else:
        found = theirs(input_ids=ids).last_hidden_state[0]
        logits = found[:1] @ names["weight"].T + names["bias"]
        torch.testing.assert_close(logits, learner.session.module(states[:1]), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found, states, atol=1e-5, rtol=1e-4)


def checked(results: Path, place: Path, torch_models: bool = True) -> Counter[str]:
    """How many runs there were of each method, all of them good."""
    kept = folders(results)
    for folder in kept:
        model = api.load_model(folder)
        says_the_same(model, place / "cache")
        if torch_models:
            loads_as_its_readme_says(model, place / "checkpoints")
    return Counter(folder.name.split("--")[1] for folder in kept)


def checkpoint(kind: str, place: Path) -> str:
    return f"{kind}={tiny_models.make(kind, place / 'checkpoints')}"


def test_baselines(place: Path) -> None:
    keep(place / "baselines", ["majority", "tfidf", "gazetteer", "copy"], TASKS, sets=None)
    assert checked(place / "baselines", place, torch_models=False) == {"full": 5}


def test_scratch_models_in_every_shape(place: Path) -> None:
    """The average of the weights (ema) is what predicts, and what is kept. An encoder writes no texts: no such run.

    An adapter stands beside a base that is kept, for there is no checkpoint; one shape has the parts of all.
    """
    keep(place / "scratch", [*SHAPES, "scratch-tiny+lora"], TASKS, sets={**BUDGET, "techniques": "ema"})
    assert checked(place / "scratch", place) == {"full": 8, "lora": 3}


def test_checkpoints(place: Path) -> None:
    """A probe needs a head; t5 classifies by writing."""
    models = [checkpoint(kind, place) for kind in ("bert", "t5")]
    keep(place / "hf", models, TASKS, methods=["full", "lora", "linear-probe"])
    assert checked(place / "hf", place) == {"full": 5, "lora": 5, "linear-probe": 3}


@pytest.mark.slow  # classes as bert's, and t5's encoder with a head as on tagging
def test_a_head_on_an_encoder_decoder(place: Path) -> None:
    """Its adapter sits on the encoder alone."""
    keep(place / "headed", [checkpoint("t5", place)], TASKS[:1], methods=["full", "lora"], route="head")
    assert checked(place / "headed", place) == {"full": 1, "lora": 1}


@pytest.mark.slow  # adapters on the other shapes
def test_adapters_on_every_shape_of_scratch(place: Path) -> None:
    keep(place / "shapes", SHAPES[1:], TASKS, methods=["lora"], sets={**BUDGET, "techniques": "ema"})
    assert checked(place / "shapes", place) == {"lora": 5}


@pytest.mark.slow  # the other families: nothing new, but that their names and shapes differ
def test_the_other_families(place: Path) -> None:
    models = [checkpoint(kind, place) for kind in ("roberta", "gpt2", "llama", "bart")]
    keep(place / "others", models, TASKS, methods=["full", "lora", "linear-probe"])
    assert checked(place / "others", place)["full"] == 11
