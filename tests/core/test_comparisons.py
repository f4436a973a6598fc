"""Two rows face to face, on arrays written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_cells import made_cell, made_model, made_record, made_task

from xbench import stats
from xbench.comparisons import compare
from xbench.errors import UserError
from xbench.specs import Cell, Json
from xbench.store import Store


class Share:
    """Hits over examples: pseudo-values are the hits themselves."""

    higher_is_better = True
    bounds = (0.0, 1.0)

    @staticmethod
    def score(sums: Any) -> Any:
        return sums[..., 0] / sums[..., 1]


def hits(*seeds: str) -> Any:
    return np.array([[float(mark) for mark in seed] for seed in seeds])


GOOD = hits("1111101111", "1111111101", "1101111111")
POOR = hits("1000010000", "0100000001", "0001000010")


def keep(store: Store, cell: Cell, row: Any, cluster: Sequence[int] | None = None, **changes: Any) -> str:
    staged = store.staging(cell)
    arrays = {"accuracy": np.stack([row, np.ones_like(row)], axis=1)}
    if cluster:
        arrays["__clusters__"] = np.array(cluster)
    np.savez_compressed(staged / "stats.npz", **arrays)
    run_id = f"run-{cell.model.name}-{cell.method}-{cell.task.name}-{cell.seed}-{cell.recipe_values['lr']}"
    store.publish(staged, made_record(cell, run_id, scores={"accuracy": float(row.mean())}, **changes))
    return run_id


def keep_row(store: Store, model: str, rows: Any, task: str = "tnews", lr: float = 1e-3, **changes: Any) -> list[str]:
    spec = made_model(model, deterministic=changes.pop("deterministic", False))
    made = {"task": made_task(task), "model": spec, "values": {"lr": lr}, "method": changes.pop("method", "full")}
    return [keep(store, made_cell(seed, **made), row, **changes) for seed, row in enumerate(rows)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    keep_row(store, "good", GOOD)
    keep_row(store, "poor", POOR)
    return store


def ask(store: Store, a: str, b: str, task: str | None = None) -> list[Json]:
    return compare(list(store.records()), a, b, store.folder, lambda text: Share(), lambda method: {}, task)  # type: ignore[arg-type, return-value]


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
    with pytest.raises(UserError, match="no records of task 'nowhere'"):
        ask(store, "good", "poor", "nowhere")


def test_a_label_that_names_two_rows_is_refused_with_what_to_say(store: Store) -> None:
    keep_row(store, "good", POOR, method="none")
    with pytest.raises(
        UserError, match=r"names more than one row of tnews .*good\+full\+default or good\+none\+default"
    ):
        ask(store, "good", "poor")
    assert ask(store, "good+none", "poor")[0]["delta"] == 0.0


def test_an_unknown_row_has_a_nearest_one(store: Store) -> None:
    with pytest.raises(UserError, match=r"unknown row or run 'god'.*good"):
        ask(store, "god", "poor")


def test_the_beginning_of_a_key_and_a_folder_name_a_run(store: Store) -> None:
    record = next(record for record in store.records() if record.cell.model.name == "good")
    for text in (record.key[:10], str(store.folder(record))):
        (pair,) = ask(store, text, "poor")
        assert pair["scores"][0] == record.scores["accuracy"]
        assert pair["seeds"] == [1, 3]


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
