"""Additive statistics give the reference's own number, on ugly cases too."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbench.specs import DatasetRef, TaskSpec
from xbench_metrics import xbench_metrics
from xbench_metrics.entities import EntityF1
from xbench_metrics.interop import EvaluateMetric
from xbench_metrics.labels import Accuracy, MacroF1
from xbench_metrics.texts import Bleu, Chrf


def task(kind: str, labels: tuple[str, ...] = ()) -> TaskSpec:
    data = DatasetRef("none", {}, {}, {})
    return TaskSpec("t", 1, kind, data, ("text",), labels, ("accuracy",), ("en",), "CC0", "none")


LABELS = ("a", "b", "c", "never")
CLASSES, TAGS, TEXTS = task("classification", LABELS), task("tagging", ("PER", "LOC")), task("text-to-text")


def both(metric: Any, spec: TaskSpec, gold: list[Any], predicted: list[Any]) -> tuple[float, float]:
    field = {"classification": "label", "tagging": "tags", "text-to-text": "target"}[spec.type]
    examples = [{"id": str(i), field: g} for i, g in enumerate(gold)]
    predictions = [{"id": str(i), "prediction": p} for i, p in enumerate(predicted)]
    table = metric.statistics(spec, examples, predictions)
    assert table.dtype == np.float64
    assert table.shape[0] == len(gold)
    return float(metric.score(table.sum(0))), metric.direct(spec, examples, predictions)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([*LABELS, "no label at all"])), min_size=1))
@settings(max_examples=60, deadline=None)
def test_label_scores_equal_scikit_learn(rows: list[tuple[str, str]]) -> None:
    gold, predicted = [g for g, _ in rows], [p for _, p in rows]
    for metric in (Accuracy(), MacroF1()):
        ours, reference = both(metric, CLASSES, gold, predicted)
        assert ours == pytest.approx(reference, abs=1e-12)


def test_macro_f1_by_hand() -> None:
    # a: 1 of 2 found, one false alarm -> 2/4; b: 1 of 1 found, one false alarm -> 2/3; c and never: 0
    ours, _ = both(MacroF1(), CLASSES, ["a", "a", "b", "c"], ["a", "b", "b", "a"])
    assert ours == pytest.approx((0.5 + 2 / 3) / 4)


tag = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
sentence = st.integers(1, 8).flatmap(
    lambda n: st.tuples(st.lists(tag, min_size=n, max_size=n), *[st.lists(tag, min_size=n, max_size=n)])
)


@given(st.lists(sentence, min_size=1, max_size=8))
@settings(max_examples=80, deadline=None)
def test_entity_f1_equals_seqeval_strict(rows: list[tuple[list[str], list[str]]]) -> None:
    ours, reference = both(EntityF1(), TAGS, [g for g, _ in rows], [p for _, p in rows])
    assert ours == pytest.approx(reference, abs=1e-12)


def test_entity_f1_by_hand() -> None:
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "O"]]
    # right: LOC; PER is cut short; the second sentence's I-PER begins no entity under IOB2
    predicted = [["B-PER", "O", "O", "B-LOC"], ["I-PER", "O"]]
    ours, _ = both(EntityF1(), TAGS, gold, predicted)
    assert ours == pytest.approx(2 * 1 / (2 + 2))


@pytest.mark.parametrize(("gold", "predicted"), [([["O"]], [["O"]]), ([["B-PER"]], [["O"]]), ([["O"]], [["B-PER"]])])
def test_entity_f1_of_nothing_is_zero(gold: list[list[str]], predicted: list[list[str]]) -> None:
    assert both(EntityF1(), TAGS, gold, predicted) == (0.0, 0.0)


UGLY = [
    (["the cat sat on the mat"], ["the cat sat on the mat"]),
    (["the cat sat on the mat"], [""]),
    (["a"], ["a"]),
    (["the cat"], ["completely different words here now"]),
    (["one two three four five six"], ["one two x four five y"]),
    (["", "something else entirely"], ["", "something else"]),
    (["  spaces   and\ttabs "], ["spaces and tabs"]),
    (["今天天气很好，我们去公园。"], ["今天天气不错，我们去公园吧。"]),
    (["emoji 😀 and ümläuts"], ["emoji 😀 und ümlauts"]),
]


@pytest.mark.parametrize(("gold", "predicted"), UGLY)
@pytest.mark.parametrize("metric", [Bleu(), Bleu(tokenize="zh"), Bleu(lowercase=True), Chrf(), Chrf(word_order=0)])
def test_text_scores_equal_sacrebleu(metric: Any, gold: list[str], predicted: list[str]) -> None:
    ours, reference = both(metric, TEXTS, gold, predicted)
    assert ours == pytest.approx(reference, abs=1e-9)


word = st.sampled_from(["the", "a", "cat", "dog", "sat", "ran", "on", "under", "mat", ",", ".", "你", "好"])
text = st.lists(word, max_size=12).map(" ".join)


@given(st.lists(st.tuples(text, text), min_size=1, max_size=12))
@settings(max_examples=80, deadline=None)
def test_text_scores_equal_sacrebleu_on_random_corpora(rows: list[tuple[str, str]]) -> None:
    for metric in (Bleu(), Bleu(tokenize="zh"), Chrf()):
        ours, reference = both(metric, TEXTS, [g for g, _ in rows], [p for _, p in rows])
        assert ours == pytest.approx(reference, abs=1e-9)


def test_chinese_needs_its_tokeniser() -> None:
    gold, predicted = ["我们明天一起去看电影吧"], ["我们明天一起去看电影"]
    default, _ = both(Bleu(), TEXTS, gold, predicted)
    chinese, _ = both(Bleu().bind({"tokenize": "zh"}), TEXTS, gold, predicted)
    assert default == 0.0  # one unbroken token each
    assert chinese > 80


def test_signatures_name_the_variant() -> None:
    assert Bleu().signature(TEXTS).startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert "tok:zh" in Bleu(tokenize="zh").signature(TEXTS)
    assert "nw:2" in Chrf().signature(TEXTS)
    assert "mode:strict|scheme:IOB2" in EntityF1().signature(TAGS)


@pytest.mark.parametrize("metric", list(xbench_metrics()), ids=lambda m: m.name)
def test_score_works_on_stacks_of_sums(metric: Any) -> None:
    """The jackknife asks for the score of many sums at once: each must equal the score computed alone."""
    rng = random.Random(0)
    spec, field = {
        "entity_f1": (TAGS, "tags"), "bleu": (TEXTS, "target"), "chrf": (TEXTS, "target")
    }.get(metric.name, (CLASSES, "label"))  # fmt: skip

    def draw() -> Any:
        if field == "tags":
            return [rng.choice(["O", "B-PER", "I-PER", "B-LOC"]) for _ in range(6)]
        return rng.choice("abc") if field == "label" else " ".join(rng.choices(["a", "b", "c", "d"], k=9))

    examples = [{"id": str(i), field: draw()} for i in range(30)]
    predictions = [{"id": str(i), "prediction": draw()} for i in range(30)]
    table = metric.statistics(spec, examples, predictions)
    left_out = table.sum(0) - table
    stacked = metric.score(left_out)
    assert stacked.shape == (30,)
    for i in (0, 7, 29):
        rest = [k for k in range(30) if k != i]
        alone = metric.direct(spec, [examples[k] for k in rest], [predictions[k] for k in rest])
        assert stacked[i] == pytest.approx(alone, abs=1e-9)


def test_evaluate_speaks_to_our_metrics() -> None:
    wrapped = EvaluateMetric(Bleu(), TEXTS)
    result = wrapped.compute(predictions=["the cat sat on the mat"], references=["the cat sat on the mat"])
    assert result == {"bleu": pytest.approx(100.0)}
    assert EvaluateMetric(EntityF1(), TAGS).compute(predictions=[["B-PER"]], references=[["B-PER"]]) == {
        "entity_f1": 1.0
    }
