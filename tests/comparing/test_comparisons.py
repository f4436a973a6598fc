"""Two rows face to face, on arrays written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_cells import made_cell, made_model, made_record, made_task
from made_rows import GOOD, POOR, ask, hits, keep, keep_row

from xbench import stats
from xbench.errors import UserError
from xbench.store import Store


def test_rows_that_differ_are_separated_with_the_numbers_of_the_crossed_test(store: Store) -> None:
    (pair,) = ask(store, "good", "poor+full")
    expected = stats.compare(GOOD, POOR)
    assert pair["delta"] == pytest.approx(27 / 30 - 6 / 30)
    assert (pair["low"], pair["high"]) == pytest.approx((expected.low, expected.high))
    assert pair["p_value"] == pytest.approx(expected.p_value)
    assert pair["smallest_detectable"] == pytest.approx(expected.smallest_detectable)
    assert (pair["verdict"], pair["scope"], pair["seeds"]) == ("separated", "method", [3, 3])
    assert (pair["task"], pair["metric"], pair["a"], pair["b"]) == ("tnews", "accuracy", "good+full", "poor+full")


def test_the_other_way_round_is_the_negative(store: Store) -> None:
    (one,), (other,) = ask(store, "good", "poor"), ask(store, "poor", "good")
    assert other["delta"] == -one["delta"]
    assert other["p_value"] == pytest.approx(one["p_value"])


def test_a_row_is_tied_with_one_that_is_about_as_good(store: Store) -> None:
    keep_row(store, "fair", hits("1111101101", "1110111101", "1101111110"))
    (pair,) = ask(store, "good", "fair")
    assert pair["verdict"] == "tied"
    assert pair["smallest_detectable"] > pair["delta"]


def test_a_difference_of_rounding_alone_is_none(store: Store) -> None:
    """Three seeds of 0.9, 0.1 and 0.2 against one of 0.4: the means of their pseudo-values differ in the last bit."""
    keep_row(store, "three", hits("1111111110", "1000000000", "1100000000"))
    keep_row(store, "one", hits("1111000000"), deterministic=True)
    (pair,) = ask(store, "three", "one")
    assert (pair["delta"], pair["verdict"]) == (0.0, "tied")
    assert pair["sentence"].startswith("Tied: three+full and one+full score the same (95 % interval ")


def test_single_runs_say_nothing_of_methods(store: Store) -> None:
    (pair,) = ask(store, "run-good-full-tnews-0-0.001", "run-poor-full-tnews-1-0.001")
    assert pair["verdict"] == "untestable"
    assert pair["delta"] == pytest.approx(0.9 - 0.2)
    assert pair["seeds"] == [1, 1]


def test_one_seed_against_three_is_no_test_of_the_methods(store: Store) -> None:
    (pair,) = ask(store, "good", "run-poor-full-tnews-1-0.001")
    assert (pair["verdict"], pair["seeds"]) == ("untestable", [3, 1])


def test_deterministic_rows_are_tested_on_their_one_seed(store: Store) -> None:
    keep_row(store, "floor", hits("0000000000"), deterministic=True)
    keep_row(store, "linear", hits("1111111110"), deterministic=True)
    (pair,) = ask(store, "linear", "floor")
    assert (pair["scope"], pair["verdict"], pair["seeds"]) == ("method", "separated", [1, 1])
    (mixed,) = ask(store, "good", "floor")
    zeros = np.zeros((3, 10))
    assert mixed["p_value"] == pytest.approx(stats.compare(GOOD, zeros).p_value)  # no seed variance is borrowed for it


def test_examples_that_belong_together_count_as_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    cluster = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]
    keep_row(store, "good", GOOD, cluster=cluster)
    keep_row(store, "poor", POOR, cluster=cluster)
    (pair,) = ask(store, "good", "poor")
    assert pair["p_value"] == pytest.approx(stats.compare(GOOD, POOR, clusters=cluster).p_value)


def test_every_shared_task_is_compared_or_the_one_asked_for(store: Store) -> None:
    keep_row(store, "good", POOR, task="other")
    keep_row(store, "poor", GOOD, task="other")
    keep_row(store, "good", GOOD, task="alone")
    assert [(pair["task"], round(pair["delta"], 2)) for pair in ask(store, "good", "poor")] == [
        ("other", -0.7),
        ("tnews", 0.7),
    ]
    assert [pair["task"] for pair in ask(store, "good", "poor", "other")] == ["other"]
    with pytest.raises(UserError, match="unknown task of these results 'nowhere'"):
        ask(store, "good", "poor", "nowhere")


def test_rows_that_share_nothing_are_told_so(store: Store) -> None:
    keep_row(store, "far", GOOD, task="other")
    with pytest.raises(UserError, match=r"share no task, metric and protocol.*good has tnews; far has other"):
        ask(store, "good", "far")


def test_a_row_with_a_failed_seed_has_no_fair_mean(store: Store) -> None:
    cell = made_cell(3, task=made_task("tnews"), model=made_model("good"))
    store.publish(store.staging(cell), made_record(cell, "dead", status="diverged", scores={}, signatures={}))
    with pytest.raises(UserError, match="no fair mean: seed 3: diverged"):
        ask(store, "good", "poor")


def test_missing_statistics_are_named(store: Store) -> None:
    record = next(record for record in store.records() if record.cell.model.name == "good")
    (store.folder(record) / "stats.npz").unlink()
    with pytest.raises(UserError, match=r"stats\.npz holds no statistics of accuracy.*rescore"):
        ask(store, "good", "poor")


def test_a_metric_that_keeps_no_statistics_is_left_out_and_named(tmp_path: Path) -> None:
    store, task = Store(tmp_path), made_task(metrics=("accuracy", "vibes"))
    for model, rows in (("good", GOOD), ("poor", POOR)):
        for seed, row in enumerate(rows):
            cell = made_cell(seed, task=task, model=made_model(model))
            staged = store.staging(cell)
            np.savez_compressed(staged / "stats.npz", accuracy=np.stack([row, np.ones_like(row)], axis=1))
            scores = {"accuracy": float(row.mean()), "vibes": 0.5}
            signatures = {"accuracy": "accuracy:1", "vibes": "vibes:1"}
            store.publish(staged, made_record(cell, f"{model}-{seed}", scores=scores, signatures=signatures))
    (pair,) = ask(store, "good", "poor")
    assert (pair["metric"], pair["left_out"]) == ("accuracy", ["vibes"])


def test_other_protocols_are_explained_by_another_command(store: Store) -> None:
    for seed, row in enumerate(GOOD):
        keep(store, made_cell(seed, task=made_task(), model=made_model("short"), limit_train=2000), row)
    with pytest.raises(UserError, match="`xbench explain-protocol good short` says what keeps them apart on tnews"):
        ask(store, "good", "short")
