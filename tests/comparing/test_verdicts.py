"""A comparison in words."""

from __future__ import annotations

from made_cells import Share
from made_rows import ask, hits, keep_row

from xbench.comparing import verdicts
from xbench.store import Store


def test_a_verdict_is_a_sentence_that_names_the_better_one(store: Store) -> None:
    (pair,) = ask(store, "poor", "good")
    assert pair["sentence"].startswith(
        "Separated: good+full is better than poor+full by 0.7000 accuracy (95 % interval +"
    )
    assert pair["sentence"].endswith("more than other seeds and other test examples would change.")
    assert (pair["low"], pair["high"]) < (0, 0)  # poor minus good; the sentence turns it round
    assert pair["better_on"] == {"a": 0, "b": 10, "neither": 0}


def test_where_lower_is_better_the_lower_one_is(store: Store) -> None:
    (pair,) = ask(store, "poor", "good", metric=Share(higher_is_better=False))
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
    assert verdicts.detectable(pair).endswith(" if the seeds of both spread alike.")
    (runs,) = ask(store, "run-good-full-tnews-0-0.001", "run-poor-full-tnews-1-0.001")
    assert runs["sentence"].startswith("Untestable: both have a single seed,")
    assert verdicts.detectable(runs).endswith(" between two such runs.")  # none would be found between the methods


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
    assert pair["p_value"] == 2**-9  # ten examples that all speak for one side, by their sign test
    assert pair["sentence"] == (
        "Separated: all+full is better than none+full by 1.0000 accuracy (p=0.002), "
        "more than other test examples would change."
    )
    assert verdicts.chance(0.0) == "p<0.0001"


def test_a_handful_of_examples_separates_nothing(store: Store) -> None:
    keep_row(store, "all", hits("11111"), deterministic=True, task="few")
    keep_row(store, "none", hits("00000"), deterministic=True, task="few")
    (pair,) = ask(store, "all", "none", "few")
    assert (pair["verdict"], pair["p_value"]) == ("tied", 1 / 16)
    assert pair["sentence"] == (
        "Tied: all+full is ahead of none+full by 1.0000 accuracy (p=0.062), "
        "no more than other test examples may change."
    )


def test_a_figure_has_the_decimals_of_its_scale_and_one_digit_where_these_show_none() -> None:
    share, percent = {"scale": [0, 1]}, {"scale": [0, 100]}
    assert [verdicts.figure(value, share) for value in (0.5, 0.0, 0.00001)] == ["0.5000", "0.0000", "1e-05"]
    assert [verdicts.figure(value, percent, sign=True) for value in (31.4159, -0.004)] == ["+31.42", "-0.004"]
