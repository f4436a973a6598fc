"""Baselines by hand, saved and loaded, and close to the published floors on the real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xbench.specs import Cell, DatasetRef, ModelSpec, TaskSpec
from xbench_baseline.backend import MODELS, BaselineBackend, BaselineLearner
from xbench_baseline.gazetteer import Gazetteer, entities
from xbench_baseline.memory import peak_mib

DATA = DatasetRef("none", {}, {}, {})


def task(kind: str, language: str = "en") -> TaskSpec:
    inputs, labels = {
        "classification": (("text",), ("pos", "neg")),
        "tagging": (("tokens",), ("PER", "LOC")),
        "text-to-text": (("source",), ()),
    }[kind]
    return TaskSpec("t", 1, kind, DATA, inputs, labels, ("accuracy",), (language,), "CC0", "none")


ROWS: dict[str, list[dict[str, Any]]] = {
    "classification": [
        {"id": "0", "text": "good film", "label": "pos"},
        {"id": "1", "text": "good plot", "label": "pos"},
        {"id": "2", "text": "bad film", "label": "neg"},
    ],
    "tagging": [
        {"id": "0", "tokens": ["Ann", "in", "New", "York"], "tags": ["B-PER", "O", "B-LOC", "I-LOC"]},
        {"id": "1", "tokens": ["York", "sleeps"], "tags": ["B-LOC", "O"]},
        {"id": "2", "tokens": ["York", "sleeps"], "tags": ["B-PER", "O"]},
        {"id": "3", "tokens": ["York", "sleeps"], "tags": ["B-PER", "O"]},
    ],
    "text-to-text": [{"id": "0", "source": "a b", "target": "b a"}],
}


def fitted(name: str, kind: str) -> BaselineLearner:
    predictor = MODELS[name][0]()
    predictor.fit(ROWS[kind], task(kind), {})
    return BaselineLearner(predictor, {})


def test_majority_takes_the_most_frequent() -> None:
    unseen = [{"id": "9", "text": "bad bad"}]
    assert list(fitted("majority", "classification").predict(unseen)) == [{"id": "9", "prediction": "pos"}]
    assert next(fitted("majority", "tagging").predict(ROWS["tagging"]))["prediction"] == ["O"] * 4


def test_gazetteer_prefers_the_longest_match_and_the_most_frequent_type() -> None:
    predictor = fitted("gazetteer", "tagging")
    [found] = predictor.predict([{"id": "9", "tokens": ["York", "or", "New", "York", "Ann"]}])
    assert found["prediction"] == ["B-PER", "O", "B-LOC", "I-LOC", "B-PER"]


def test_entities_are_runs_that_begin_with_b() -> None:
    assert entities(["I-PER", "B-PER", "I-PER", "I-LOC", "B-LOC", "B-LOC"]) == [
        (1, 3, "PER"),
        (4, 5, "LOC"),
        (5, 6, "LOC"),
    ]


def test_a_single_character_is_no_entry() -> None:
    predictor = Gazetteer()
    predictor.fit([{"tokens": ["张", "和", "张", "三"], "tags": ["B-PER", "O", "B-PER", "I-PER"]}], task("tagging"), {})
    assert predictor.predict([{"tokens": ["张", "张", "三"]}]) == [["O", "B-PER", "I-PER"]]


def test_gazetteer_of_nothing_finds_nothing() -> None:
    empty = Gazetteer()
    empty.fit([], task("tagging"), {})
    assert empty.predict([{"tokens": ["Ann"]}]) == [["O"]]


def test_tfidf_learns_words() -> None:
    found = [p["prediction"] for p in fitted("tfidf", "classification").predict(ROWS["classification"])]
    assert found == ["pos", "pos", "neg"]


PAIRS = [
    ("majority", "classification"),
    ("majority", "tagging"),
    ("tfidf", "classification"),
    ("gazetteer", "tagging"),
    ("copy", "text-to-text"),
]


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_saved_and_loaded_predicts_the_same(name: str, kind: str, tmp_path: Path) -> None:
    learner = fitted(name, kind)
    learner.save(tmp_path)
    back = BaselineBackend().load(cell(name, kind), tmp_path, None)  # type: ignore[arg-type]
    assert list(back.predict(ROWS[kind])) == list(learner.predict(ROWS[kind]))


def cell(name: str, kind: str, method: str = "full") -> Cell:
    model = ModelSpec("baseline", name, None, "baseline", deterministic=True)
    return Cell(task(kind), model, method, {}, "default", {}, "", 0, None, None, (), {}, {}, "key", "protocol")


def test_what_a_baseline_refuses() -> None:
    backend = BaselineBackend()
    assert backend.refuse(cell("majority", "classification")) is None
    assert backend.refuse(cell("copy", "classification")) == "copy cannot solve classification tasks"
    assert "`full` only" in (backend.refuse(cell("majority", "classification", "lora")) or "")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"ngrams": ["1", "3"]}, None),
        ({"ngrams": ["3", "1"]}, "ngrams=3,1: write the shortest and the longest"),
        ({"ngrams": ["a"]}, "ngrams=a: write the shortest and the longest"),
        ({"svm_c": 0.0}, "svm_c=0.0: it is above 0"),
    ],
)
def test_values_that_cannot_be_fitted_are_refused(values: dict[str, Any], reason: str | None) -> None:
    refusal = BaselineBackend().refuse(replace(cell("tfidf", "classification"), recipe_values=values))
    assert (refusal is None) if reason is None else (refusal or "").startswith(reason)


def test_ngrams_may_be_given_as_texts() -> None:
    predictor = MODELS["tfidf"][0]()
    predictor.fit(ROWS["classification"], task("classification"), {"ngrams": ["1", "3"]})
    assert predictor.predict(ROWS["classification"]) == ["pos", "pos", "neg"]


def test_chinese_is_cut_into_characters() -> None:
    predictor = MODELS["tfidf"][0]()
    rows = [{"text": "很好看", "label": "pos"}, {"text": "不好看", "label": "neg"}]
    predictor.fit(rows, replace(task("classification"), language=("zh",)), {})
    assert predictor.predict([{"text": "真不错不"}, {"text": "很棒"}]) == ["neg", "pos"]


def test_peak_memory_is_a_cells_own() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        pytest.skip("this system does not let a process reset its peak")
    block = b"1" * (100 << 20)  # what an earlier cell of the same worker took
    high = peak_mib()
    del block
    job: Any = SimpleNamespace(cell=cell("majority", "classification"), train=ROWS["classification"])
    ((_, learner),) = BaselineBackend().fit([job])
    assert isinstance(learner, BaselineLearner)
    assert 0 < learner.cost["peak_memory_mib"] < high - 80
