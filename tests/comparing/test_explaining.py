"""Why two rows may or may not be compared, on records made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_cells import FINGERPRINTS, made_cell, made_model, made_record, made_task

from xbench.comparing.explaining import explain_protocols, value
from xbench.errors import UserError
from xbench.records import Record
from xbench.specs import Json

ONE = made_model("one")
TWO = made_model("two")


def row(*seeds: int, **made: object) -> list[Record]:
    cells = [made_cell(seed, **made) for seed in seeds]  # type: ignore[arg-type]
    return [made_record(cell, f"run-{cell.key[:12]}") for cell in cells]


def ask(a: str, b: str, *rows: list[Record]) -> list[Json]:
    return explain_protocols([record for found in rows for record in found], a, b, lambda method: {})


def test_a_limit_keeps_rows_apart_and_is_named() -> None:
    (pair,) = ask("one", "two", row(0, 1, model=ONE, limit_train=2000), row(0, model=TWO))
    assert pair["protocol"] == [["limits.train", 2000, None]]
    assert not pair["comparable"]
    assert pair["sentence"] == (
        "Their scores may not be compared: they train on other parts of the data (limits.train: 2000 against none)."
    )
    assert pair["key"] == []


def test_the_gravest_difference_is_told_first_and_the_others_are_counted() -> None:
    other = {**FINGERPRINTS, "test": "ab" * 32, "train": "cd" * 32}
    (pair,) = ask("one", "two", row(0, model=ONE, limit_train=5), row(0, model=TWO, fingerprints=other))
    assert [path for path, *_ in pair["protocol"]] == ["data.test", "data.train", "limits.train"]
    assert pair["sentence"].endswith("the data are others (data.test: f00d against abababababab, and 2 more paths).")


def test_other_tasks_are_explained_too() -> None:
    (pair,) = ask("one", "two", row(0, model=ONE, task=made_task("films")), row(0, model=TWO, task=made_task("books")))
    assert pair["tasks"] == ["films", "books"]
    assert pair["sentence"].startswith("Their scores may not be compared: they are other tasks (name: films against b")


def test_one_protocol_says_so_and_then_what_of_the_key_differs() -> None:
    (pair,) = ask("one", "two", row(0, 1, model=ONE), row(0, model=TWO, values={"lr": 0.5}))
    assert pair["comparable"]
    assert pair["protocol"] == []
    assert pair["key"] == [
        ["model.id", "one", "two"],
        ["recipe.values.lr", 0.001, 0.5],
        ["run.seed", [0, 1], 0],
    ]
    assert pair["sentence"] == (
        f"Their scores may be compared: both have the protocol {pair['protocols'][0][:8]}; "
        "they differ in model.id, recipe.values.lr, run.seed."
    )


def test_two_runs_of_a_row_differ_in_the_seed() -> None:
    first, second = runs = row(0, 1, model=ONE)
    (pair,) = ask(first.key[:10], second.run_id, runs)
    assert pair["key"] == [["run.seed", 0, 1]]
    assert (pair["a"], pair["b"]) == ("one+full s0", "one+full s1")


def test_a_metric_that_counts_otherwise_keeps_scores_apart() -> None:
    new = [replace(record, signatures={"accuracy": "accuracy:2"}) for record in row(0, model=TWO)]
    (pair,) = ask("one", "two", row(0, model=ONE), new)
    assert pair["signatures"] == [["accuracy", "accuracy:1", "accuracy:2"]]
    assert not pair["comparable"]
    assert pair["sentence"] == (
        "Their scores of accuracy may not be compared: the metric counts in another way "
        "(accuracy:1 against accuracy:2)."
    )


def test_one_label_that_stands_under_two_protocols_is_set_against_itself_once() -> None:
    (pair,) = ask("one", "one", row(0, model=ONE), row(0, model=ONE, limit_train=7))
    assert [path for path, *_ in pair["protocol"]] == ["limits.train"]


def test_a_row_with_itself_is_the_same() -> None:
    (pair,) = ask("one", "one+full", row(0, model=ONE))
    assert pair["sentence"].endswith("are the same: nothing that determines their predictions differs.")


def test_unknown_names_have_a_nearest_one() -> None:
    with pytest.raises(UserError, match=r"unknown row or run 'onn' \(did you mean one"):
        ask("onn", "one", row(0, model=ONE))


def test_values_are_told_in_short() -> None:
    assert value(None) == "none"
    assert value("ab" * 32) == "abababababab"
    assert value(["a", "b"]) == "a, b"
    assert value([str(n) for n in range(77)]) == "0, 1, 2, 3, ... (77)"
    assert value(3e-05) == "3e-05"
