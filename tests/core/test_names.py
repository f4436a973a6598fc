"""Names as people type them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.errors import UserError
from xbench.names import (
    alike,
    as_label,
    format_call,
    format_value,
    labelled,
    nearest,
    parse_call,
    split_method,
    unknown,
)

WORD = st.from_regex(r"[a-z0-9_.+-]+", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "known", "best"),
    [
        ("acuracy", ["bleu", "accuracy", "macro_f1"], "accuracy"),
        ("TNEWS", ["news", "tnews"], "tnews"),
        ("zzz", ["full"], "full"),
        ("x", [], None),
    ],
)
def test_the_nearest_name_is_found_whatever_its_case(text: str, known: list[str], best: str | None) -> None:
    assert nearest(text, known) == best


def test_an_unknown_name_is_told_with_its_place_and_the_nearest() -> None:
    assert str(unknown("task", "tnew", ["tnews"])) == "unknown task 'tnew' (did you mean tnews?)"
    assert str(unknown("a.toml: key", "nme", ["name"])) == "a.toml: unknown key 'nme' (did you mean name?)"
    assert str(unknown("model", "x", [], "install one")) == "unknown model 'x' (none is known; install one)"
    assert unknown("a.toml: key", "nme", ["name"]).noun == "key"


def test_where_no_name_is_like_it_the_known_ones_are_named_and_none_is_guessed() -> None:
    assert str(unknown("format", "pdf", ["md", "csv"])) == "unknown format 'pdf' (one of csv, md)"
    assert str(unknown("head", "zzz", ["full"])) == "unknown head 'zzz' (the only one is full)"
    many = [f"corpus-{number}" for number in range(20)]
    assert str(unknown("task", "zzz", many, listed="xbench list tasks")) == (
        "unknown task 'zzz' (`xbench list tasks` names them all)"
    )
    assert str(unknown("--set key", "zzz", many)).endswith("corpus-14, corpus-15, ...)")


def test_a_name_within_the_other_is_like_it() -> None:
    assert str(unknown("task", "news", ["tnews", "wmt14"])).endswith("(did you mean tnews?)")


@given(WORD, st.dictionaries(WORD, WORD, max_size=3))
def test_a_call_survives_its_text(name: str, parameters: dict[str, str]) -> None:
    assert parse_call(format_call(name, parameters)) == (name, parameters)


def test_the_canonical_text_of_a_call_has_its_keys_in_order_and_no_spaces() -> None:
    assert parse_call(" bleu( tokenize = zh, lowercase=true ) ") == ("bleu", {"tokenize": "zh", "lowercase": "true"})
    assert format_call("bleu", {"tokenize": "zh", "lowercase": True}) == "bleu(lowercase=true,tokenize=zh)"
    assert format_call("bleu", {}) == "bleu"


@pytest.mark.parametrize("text", ["", "bleu(", "bleu)", "bleu(zh)", "bleu(a=1,a=2)", "bleu(=1)", "bleu(a=)", "a b"])
def test_a_malformed_call_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="cannot read"):
        parse_call(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none"), (True, "true"), (3e-05, "3e-05"), (["fgm", "ema"], "fgm,ema"), ((), ""), ("a=b", "a=b")],
)
def test_a_value_is_written_as_set_reads_it(value: object, text: str) -> None:
    assert format_value(value) == text


@pytest.mark.parametrize(
    ("text", "model", "method"),
    [
        ("minilm+lora", "minilm", "lora"),
        ("a+b+lora", "a+b", "lora"),
        ("minilm", "minilm", None),
        ("folder/c++", "folder/c++", None),
        ("+lora", "+lora", None),
    ],
)
def test_a_model_may_bring_its_method(text: str, model: str, method: str | None) -> None:
    assert split_method(text, ["full", "lora"]) == (model, method)


def test_labels_name_what_differs() -> None:
    assert labelled("lora", {"r": 16, "alpha": 32, "sites": ["q", "v"]}, {"r": 8, "alpha": 32}) == (
        "lora[r=16,sites=q,v]"
    )
    assert labelled("full", {}, {}) == "full"


@pytest.mark.parametrize(
    ("text", "name", "slip"),
    [
        ("acuracy", "accuracy", True),
        ("--modle", "model", True),
        ("qa", "squad-qa-v2", True),  # a part of it
        ("q", "squad", False),  # a letter is a part of nearly everything
        ("bleu", "accuracy", False),
    ],
)
def test_what_may_be_a_slip_of_what(text: str, name: str, slip: bool) -> None:
    assert alike(text, name) is alike(name, text) is slip


def test_a_label_written_as_a_number_or_a_truth_value_is_its_text() -> None:
    assert [as_label(value) for value in (3, 0.5, True, "3", None)] == ["3", "0.5", "true", "3", None]
    assert as_label(math.nan) is math.nan  # a missing one stays missing, and is refused
