"""Which rows or runs a text names, and what it says of one that names none or several."""

from __future__ import annotations

import dataclasses

import pytest
from made_cells import made_cell, made_model, made_task
from made_rows import GOOD, POOR, ask, keep, keep_row

from xbench.api.displays import Comparisons
from xbench.cli.compare import lines as printed
from xbench.errors import UserError
from xbench.store import Store


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
    assert repr(told).splitlines()[0].endswith("is found by four of five such comparisons.")
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
    with pytest.raises(UserError, match="unknown row or run 'run'"):  # three letters name no run
        ask(store, "run", "poor")
