"""Two rows face to face, on arrays written by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_cells import made_cell, made_model, made_record, made_task

from xbench import stats
from xbench.api.displays import Comparisons
from xbench.cli.compare import lines as printed
from xbench.comparing import verdicts
from xbench.comparing.comparisons import compare
from xbench.comparing.deciding import Texts
from xbench.errors import UserError
from xbench.specs import Cell, Example, Json
from xbench.store import Store
from xbench.tasktypes import Classification


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


def keep(
    store: Store,
    cell: Cell,
    row: Any,
    cluster: Sequence[int] | None = None,
    answers: Sequence[str] | None = None,
    **changes: Any,
) -> str:
    staged = store.staging(cell)
    if answers is not None:
        lines = [{"id": f"t{i}", "target": "a", "prediction": answer} for i, answer in enumerate(answers)]
        (staged / "predictions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
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
    answers = changes.pop("answers", [None] * len(rows))
    return [
        keep(store, made_cell(seed, **made), row, answers=told, **changes)
        for seed, (row, told) in enumerate(zip(rows, answers, strict=True))
    ]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    keep_row(store, "good", GOOD)
    keep_row(store, "poor", POOR)
    return store


def ask(
    store: Store, a: str, b: str, task: str | None = None, texts: Texts | None = None, metric: Any = None
) -> list[Json]:
    found: Any = metric or Share()
    return compare(list(store.records()), a, b, store.folder, lambda text: found, lambda method: {}, task, texts)


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


def test_a_label_that_names_two_rows_is_refused_with_what_to_say(store: Store) -> None:
    keep_row(store, "good", POOR, method="none")
    with pytest.raises(UserError, match=r"'good' names more than one row of tnews \(say good\+full or good\+none\)"):
        ask(store, "good", "poor")
    assert ask(store, "good+none", "poor")[0]["delta"] == 0.0


def test_an_unclear_task_is_left_out_and_told(store: Store) -> None:
    keep_row(store, "good", POOR, method="none", task="other")
    keep_row(store, "good", GOOD, task="other")
    keep_row(store, "poor", POOR, task="other")
    keep_row(store, "good", POOR, method="none", task="mine alone")  # which poor has not
    keep_row(store, "good", GOOD, task="mine alone")
    (pair,) = ask(store, "good", "poor")
    why = "left out: 'good' names more than one row of other (say good+full or good+none)"
    assert (pair["task"], pair["ambiguous"]) == ("tnews", {"other": why})
    with pytest.raises(UserError, match=r"'good' names more than one row of other \(say good\+full or good\+none\)"):
        ask(store, "good", "poor", "other")
    told = Comparisons([pair])
    assert repr(told).splitlines()[1:] == [f"other: {why}"]
    assert "names more than one row of other" in told._repr_html_()
    assert f"other: {why}" in " ".join(" ".join(printed([pair], 80)).split())


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


# --- in words -------------------------------------------------------------------------------------------------------


def test_a_verdict_is_a_sentence_that_names_the_better_one(store: Store) -> None:
    (pair,) = ask(store, "poor", "good")
    assert pair["sentence"].startswith(
        "Separated: good+full is better than poor+full by 0.7000 accuracy (95 % interval +"
    )
    assert pair["sentence"].endswith("more than other seeds and other test examples would change.")
    assert (pair["low"], pair["high"]) < (0, 0)  # poor minus good; the sentence turns it round
    assert pair["better_on"] == {"a": 0, "b": 10, "neither": 0}


def test_where_lower_is_better_the_lower_one_is(store: Store) -> None:
    class Loss(Share):
        higher_is_better = False

    (pair,) = ask(store, "poor", "good", metric=Loss())
    assert pair["sentence"].startswith("Separated: poor+full is better than good+full by 0.7000 accuracy (95 % ")
    assert pair["better_on"] == {"a": 10, "b": 0, "neither": 0}


def test_a_tie_says_who_is_ahead_and_that_it_may_be_chance(store: Store) -> None:
    keep_row(store, "fair", hits("1111101101", "1110111101", "1101111110"))
    (pair,) = ask(store, "good", "fair")
    assert pair["sentence"].startswith("Tied: good+full is ahead of fair+full by 0.1000 accuracy (95 % interval -")
    assert f"{pair['smallest_detectable']:.4f}" in verdicts.detectable(pair)


def test_a_single_seed_is_named_as_what_forbids_a_verdict(store: Store) -> None:
    (pair,) = ask(store, "good", "run-poor-full-tnews-1-0.001")
    assert pair["single"] == {"a": False, "b": True}
    assert pair["sentence"].startswith("Untestable: poor+full s1 has a single seed, which says how two trained models")
    assert pair["sentence"].endswith("; here good+full is ahead of poor+full s1 by 0.7000 accuracy.")
    (runs,) = ask(store, "run-good-full-tnews-0-0.001", "run-poor-full-tnews-1-0.001")
    assert runs["sentence"].startswith("Untestable: both have a single seed,")


def test_deterministic_rows_that_agree_on_all_are_tied_without_a_detectable_difference(store: Store) -> None:
    keep_row(store, "one", hits("1111111110"), deterministic=True)
    keep_row(store, "two", hits("1111111110"), deterministic=True)
    (pair,) = ask(store, "one", "two")
    assert pair["verdict"] == "tied"
    assert pair["sentence"] == "Tied: one+full and two+full got the same credit for every test example."
    assert pair["smallest_detectable"] is None  # nothing varied: 0 would be a claim
    assert verdicts.detectable(pair) == ""


def test_a_p_value_has_the_digits_that_show_its_side_of_the_level() -> None:
    assert [verdicts.chance(p) for p in (0.0312, 0.0504, 0.04996, 0.05, 1.0, 0.00009)] == [
        *("p=0.031", "p=0.0504", "p=0.04996", "p=0.05", "p=1", "p<0.0001"),
    ]


def test_a_p_value_is_never_told_as_zero(store: Store) -> None:
    keep_row(store, "all", hits("1111111111"), deterministic=True)
    keep_row(store, "none", hits("0000000000"), deterministic=True)
    (pair,) = ask(store, "all", "none")
    assert pair["p_value"] == 0.0
    assert pair["sentence"] == (
        "Separated: all+full is better than none+full by 1.0000 accuracy (p<0.0001), "
        "more than other test examples would change."
    )


def test_a_row_is_not_compared_with_itself(store: Store) -> None:
    with pytest.raises(UserError, match=r"good and good\+full: on tnews both are good\+full \(name two that differ\)"):
        ask(store, "good", "good+full")
    with pytest.raises(UserError, match="both are good"):  # nor with one of its own seeds
        ask(store, "good", "run-good-full-tnews-0-0.001")


def test_rows_of_one_model_and_method_are_told_apart_by_their_recipes(store: Store) -> None:
    spec = made_model("good")
    for seed, row in enumerate(POOR):
        cell = made_cell(seed, task=made_task(), model=spec, values={"lr": 0.5})
        keep(store, dataclasses.replace(cell, recipe="hot"), row)
    (pair,) = ask(store, "good+full+hot", "good+full+default")
    assert (pair["a"], pair["b"]) == ("good+full+hot", "good+full+default")


def test_the_beginning_of_a_run_id_names_a_run(store: Store) -> None:
    (pair,) = ask(store, "run-good-full-tnews-1", "poor")
    assert (pair["a"], pair["seeds"]) == ("good+full s1", [1, 3])
    with pytest.raises(UserError, match=r"'run-good' is the beginning of 3 runs \(give more of it\)"):
        ask(store, "run-good", "poor")


def test_other_protocols_are_explained_by_another_command(store: Store) -> None:
    for seed, row in enumerate(GOOD):
        keep(store, made_cell(seed, task=made_task(), model=made_model("short"), limit_train=2000), row)
    with pytest.raises(UserError, match="`xbench explain-protocol good short` says what keeps them apart on tnews"):
        ask(store, "good", "short")


# --- the examples that decide ---------------------------------------------------------------------------------------


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
        @staticmethod
        def score(sums: Any) -> Any:
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
    assert pair["examples_note"].startswith("no texts here: the licence of tnews does not let them")
    assert set(pair["examples"][0]) == {"row", "weight"}
