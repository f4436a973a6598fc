"""The examples that decide a comparison."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_cells import Share
from made_rows import ask, hits, keep_row

from xbench.comparing.deciding import Texts
from xbench.errors import UserError
from xbench.specs import Cell, Example
from xbench.store import Store
from xbench.tasktypes import Classification


def texts(public: bool = False, known: Collection[str] = tuple(f"t{i}" for i in range(10))) -> Texts:
    def examples_of(cell: Cell, ids: Collection[str]) -> Mapping[str, Example]:
        if not known:
            raise UserError("task tnews: no data at hand")
        return {name: {"id": name, "text": f"text {name}", "label": "a"} for name in ids if name in known}

    return Texts(examples_of, lambda name: Classification(), public)


@pytest.fixture
def told(tmp_path: Path) -> Store:
    """Two seeds a row; "a" is right. Example 3: right in both seeds here, in none there; 1 and 2: in one more."""
    store = Store(tmp_path)
    left, right = hits("11110", "11110"), hits("10101", "11001")
    keep_row(store, "left", left, answers=["aaaab", "aaaac"])
    keep_row(store, "right", right, answers=["abaca", "aabba"])
    return store


def test_the_heaviest_examples_come_first_with_both_sides_answers(told: Store) -> None:
    (pair,) = ask(told, "left", "right", texts=texts())
    # means over seeds: left 1 1 1 1 0, right 1 .5 .5 0 1
    assert [(one["id"], one["weight"]) for one in pair["examples"]] == [
        ("t3", pytest.approx(1.0)),
        ("t4", pytest.approx(-1.0)),
        ("t1", pytest.approx(0.5)),
        ("t2", pytest.approx(0.5)),
    ]  # t0 speaks for neither; equal weights stand in the split's order
    assert pair["better_on"] == {"a": 3, "b": 1, "neither": 1}
    assert sum(one["weight"] for one in pair["examples"]) / 5 == pytest.approx(pair["delta"])
    third = pair["examples"][0]
    assert third["a"] == {"prediction": "a", "seeds": 2, "of": 2}
    assert third["b"] == {"prediction": "c", "seeds": 1, "of": 2}  # the seeds disagree: the first one's
    assert third["input"] == {"text": "text t3"}
    assert third["told"] == {"target": "a", "a": "a", "b": "c"}
    assert pair["examples_note"] == ""


def test_weights_of_a_corpus_metric_are_differences_of_its_pseudo_values(tmp_path: Path) -> None:
    class Root(Share):
        def score(self, sums: Any) -> Any:
            return np.sqrt(sums[..., 0] / sums[..., 1])

    store = Store(tmp_path)
    keep_row(store, "left", hits("1110"), deterministic=True)
    keep_row(store, "right", hits("1000"), deterministic=True)
    (pair,) = ask(store, "left", "right", metric=Root(), texts=texts())
    # By hand: left without a hit sqrt(2/3), without its miss 1; right without its hit 0, else sqrt(1/3).
    left = [np.sqrt(2 / 3)] * 3 + [1.0]
    right = [0.0] + [np.sqrt(1 / 3)] * 3
    values = [whole + 3 * (np.mean(out) - np.array(out)) for whole, out in ((np.sqrt(3 / 4), left), (0.5, right))]
    expected = dict(enumerate(values[0] - values[1]))
    assert {one["row"]: one["weight"] for one in pair["examples"]} == pytest.approx(expected)
    weights = [abs(one["weight"]) for one in pair["examples"]]
    assert weights == sorted(weights, reverse=True)


def test_records_without_predictions_say_so_and_keep_their_verdict(store: Store) -> None:
    (pair,) = ask(store, "good", "poor", texts=texts())
    assert pair["verdict"] == "separated"
    assert pair["examples_note"] == "no texts here: the predictions of good+full are not kept beside its records"
    assert set(pair["examples"][0]) == {"row", "weight"}
    assert len(pair["examples"]) == 10


def test_where_the_data_are_not_at_hand_answers_stand_without_texts(told: Store) -> None:
    (pair,) = ask(told, "left", "right", texts=texts(known=()))
    assert pair["examples_note"] == "no texts here: task tnews: no data at hand"
    assert pair["examples"][0]["told"]["b"] == "c"
    assert "input" not in pair["examples"][0]


def test_texts_that_may_not_be_passed_on_are_told_to_nobody_else(told: Store) -> None:
    (pair,) = ask(told, "left", "right", texts=texts(public=True))
    assert pair["examples_note"].startswith(
        "no texts here: others may read this, and the licence of tnews does not let them"
    )
    assert set(pair["examples"][0]) == {"row", "weight"}


def test_weights_that_differ_by_rounding_alone_stand_in_the_splits_order(store: Store) -> None:
    """Two thirds minus one is more than one third minus none, by the last bit."""
    keep_row(store, "left", hits("1110", "0110", "0010"), task="thirds")
    keep_row(store, "right", hits("0110", "0010", "0010"), task="thirds")
    (pair,) = ask(store, "left", "right", "thirds", texts=texts())
    assert [(one["row"], one["weight"]) for one in pair["examples"]] == [
        (0, pytest.approx(1 / 3)),
        (1, pytest.approx(1 / 3)),
    ]
