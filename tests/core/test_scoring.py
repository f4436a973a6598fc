"""What a prediction must be, what metrics must add up to, and which flags a number gets."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_cells import made_cell, made_model, made_task

from xbench import scoring
from xbench.errors import CellError
from xbench.specs import DatasetRef
from xbench.statsfile import CLUSTERS
from xbench.tasktypes import Classification, Tagging
from xbench.testing import FAKE_TASK, FakeAccuracy

EXAMPLES = [{"id": str(i), "text": "x", "label": label} for i, label in enumerate(["yes", "no", "yes", "no"])]


def answers(*labels: str) -> list[dict[str, Any]]:
    return [{"id": str(i), "prediction": label} for i, label in enumerate(labels)]


class Lying(FakeAccuracy):
    """Its reference says something else than its statistics."""

    def direct(self, *arguments: Any) -> float:
        return super().direct(*arguments) + 2e-6


class Nan(FakeAccuracy):
    def direct(self, *arguments: Any) -> float:
        return math.nan


class Whole(FakeAccuracy):
    """A metric of the whole, without statistics."""

    def statistics(self, *arguments: Any) -> Any:
        return None


def test_scores_come_with_statistics_signatures_and_clusters() -> None:
    task = replace(FAKE_TASK, cluster="text")
    examples = [example | {"text": text} for example, text in zip(EXAMPLES, "abab", strict=True)]
    scored = scoring.score({"fake_accuracy": FakeAccuracy()}, task, examples, answers("yes", "no", "no", "no"))
    assert scored.scores == {"fake_accuracy": 0.75}
    assert scored.signatures == {"fake_accuracy": "fake_accuracy@1"}
    assert scored.statistics["fake_accuracy"].tolist() == [[1, 1], [1, 1], [0, 1], [1, 1]]
    assert scored.statistics[CLUSTERS].tolist() == [0, 1, 0, 1]
    assert scored.statistics[CLUSTERS].dtype == np.int64


def test_a_metric_without_statistics_is_scored_by_its_reference() -> None:
    scored = scoring.score({"whole": Whole()}, FAKE_TASK, EXAMPLES, answers("yes", "no", "no", "no"))
    assert scored.scores == {"whole": 0.75}
    assert scored.statistics == {}
    assert scoring.quick_score(Whole(), FAKE_TASK, EXAMPLES, answers("no", "no", "no", "no")) == 0.5


@pytest.mark.parametrize(("metric", "status"), [(Lying(), "failed"), (Nan(), "diverged")])
def test_a_score_that_cannot_be_trusted_is_none(metric: FakeAccuracy, status: str) -> None:
    with pytest.raises(CellError) as caught:
        scoring.score({"m": metric}, FAKE_TASK, EXAMPLES, answers("yes", "no", "yes", "no"))
    assert (caught.value.status, caught.value.stage) == (status, "score")


def test_a_prediction_must_bear_the_id_and_the_shape_that_were_asked() -> None:
    kind = Classification()
    assert scoring.problem({"id": "0", "prediction": "yes"}, EXAMPLES[0], FAKE_TASK, kind) is None
    assert (
        scoring.problem({"id": "1", "prediction": "yes"}, EXAMPLES[0], FAKE_TASK, kind) == "id '1' where '0' was asked"
    )
    assert scoring.problem({"id": "0", "prediction": 3}, EXAMPLES[0], FAKE_TASK, kind) is not None
    tagging = replace(FAKE_TASK, type="tagging", labels=("per",))
    example = {"id": "0", "tokens": ["a", "b"], "tags": ["O", "B-per"]}
    assert scoring.problem({"id": "0", "prediction": ["O"]}, example, tagging, Tagging()) == "0: 1 tags for 2 tokens"
    assert scoring.problem({"id": "0", "prediction": ["O", "O"]}, example, tagging, Tagging()) is None


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, ()),
        ({"unknown_tokens": 0.11}, ("unknown-tokens",)),
        ({"unknown_tokens": 0.10}, ()),
        ({"truncated": 1}, ("truncation",)),
        ({"generation_cut": 0.25}, ("generation-cut",)),
        ({"duplicates": 2}, ("train-test-duplicates",)),
        ({"duplicates": 0, "truncated": 0, "generation_cut": 0.0}, ()),
    ],
)
def test_counts_raise_flags(counts: dict[str, float], expected: tuple[str, ...]) -> None:
    right = answers("yes", "no", "yes", "no")
    assert scoring.flags(made_cell(), EXAMPLES, right, "label", counts, ()) == expected


def test_a_handful_among_thousands_is_no_flag() -> None:
    many = [EXAMPLES[0] | {"id": str(i), "label": "yes" if i % 2 else "no"} for i in range(1000)]
    right = [{"id": example["id"], "prediction": example["label"]} for example in many]
    assert scoring.flags(made_cell(), many, right, "label", {"truncated": 9, "duplicates": 9}, ()) == ()
    assert scoring.flags(made_cell(), many, right, "label", {"truncated": 10}, ()) == ("truncation",)


def test_one_answer_to_everything_is_flagged_unless_it_is_right() -> None:
    assert scoring.flags(made_cell(), EXAMPLES, answers(*["yes"] * 4), "label", {}, ()) == ("constant-predictions",)
    all_yes = [example | {"label": "yes"} for example in EXAMPLES]
    assert scoring.flags(made_cell(), all_yes, answers(*["yes"] * 4), "label", {}, ()) == ()
    tagged = [{"id": "0", "tags": ["O", "B-per"]}, {"id": "1", "tags": ["O"]}]
    silent = [{"id": "0", "prediction": ["O", "O"]}, {"id": "1", "prediction": ["O"]}]
    assert scoring.flags(made_cell(), tagged, silent, "tags", {}, ()) == ("constant-predictions",)


def test_one_answer_to_almost_everything_is_flagged_too() -> None:
    gold = [EXAMPLES[0] | {"id": str(i), "label": "yes" if i % 2 else "no"} for i in range(500)]
    predicted = [{"id": str(i), "prediction": "yes" if i == 7 else "no"} for i in range(500)]
    assert scoring.flags(made_cell(), gold, predicted, "label", {}, ()) == ("constant-predictions",)
    rare = [example | {"label": "yes" if i < 7 else "no"} for i, example in enumerate(gold)]
    assert scoring.flags(made_cell(), rare, predicted, "label", {}, ()) == ()  # the other label is as rare as that


def test_a_task_that_the_model_was_trained_on_is_flagged_by_name_alias_or_hub_id() -> None:
    right = answers("yes", "no", "yes", "no")
    hub = DatasetRef("hub", {"id": "wmt/wmt14"}, {}, {})
    task = made_task("wmt14-en-de", aliases=("wmt14",), mirrors=(hub,))
    for seen in ("wmt14-en-de", "wmt14", "wmt/wmt14"):
        cell = made_cell(task=task, model=made_model(seen_tasks=(seen,)))
        assert scoring.flags(cell, EXAMPLES, right, "label", {}, ()) == ("seen-task",)
    cell = made_cell(task=task, model=made_model(seen_tasks=("wmt16",)))
    assert scoring.flags(cell, EXAMPLES, right, "label", {}, ("untrained-head",)) == ("untrained-head",)


def test_statistics_of_another_number_of_examples_are_the_metrics_fault() -> None:
    class Short(FakeAccuracy):
        def statistics(self, *asked: Any) -> Any:
            return super().statistics(*asked)[1:]

    with pytest.raises(CellError, match=r"statistics of shape \(3, 2\) for 4 examples"):
        scoring.score({"short": Short()}, FAKE_TASK, EXAMPLES, answers("no", "no", "yes", "no"))
