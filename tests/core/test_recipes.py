"""Recipes: typed values, where each came from, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.errors import UserError
from xbench.names import format_value
from xbench.recipes import Recipe, effective, parse_sets, read_recipe, typed
from xbench.specs import Option

OPTIONS = (
    Option("lr", "float", 1e-3),
    Option("epochs", "int", 3),
    Option("max_examples_seen", "int", None),
    Option("schedule", "str", "linear", choices=("linear", "cosine")),
    Option("techniques", "list", ()),
)


def test_a_recipe_is_its_files_stem_and_flat_values(tmp_path: Path) -> None:
    path = tmp_path / "quick.toml"
    path.write_text(
        'description = "Short."\nepochs = 1\ntechniques = ["fgm"]\n[fgm]\nepsilon = 0.5\n', encoding="utf-8"
    )
    values = {"epochs": 1, "techniques": ["fgm"], "fgm.epsilon": 0.5}
    assert read_recipe(path) == Recipe("quick", values, "Short.", str(path))


def test_set_overrides_recipe_overrides_method_overrides_default() -> None:
    values, origins = effective(
        OPTIONS,
        {"lr": 3e-4, "epochs": 5, "schedule": "cosine"},
        {"epochs": 1, "schedule": "linear", "elsewhere": 1},
        {"schedule": "cosine", "lora.r": "8"},
    )
    assert values == {"lr": 3e-4, "epochs": 1, "max_examples_seen": None, "schedule": "cosine", "techniques": ()}
    assert origins == {
        "lr": "method",
        "epochs": "recipe",
        "max_examples_seen": "default",
        "schedule": "--set",
        "techniques": "default",
    }


def test_values_that_a_notebook_gives_are_typed_already() -> None:
    values, _ = effective(OPTIONS, {}, {}, {"lr": 1, "epochs": 2, "techniques": ["ema"], "max_examples_seen": None})
    assert values["lr"] == 1.0
    assert isinstance(values["lr"], float)
    assert (values["epochs"], values["techniques"], values["max_examples_seen"]) == (2, ["ema"], None)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "300_000", 300000),
        ("int", "3e5", 300000),
        ("int", "none", None),
        ("float", "3e-5", 3e-5),
        ("float", "2", 2.0),
        ("bool", "true", True),
        ("bool", "False", False),
        ("str", "a=b", "a=b"),
        ("list", "fgm, ema", ["fgm", "ema"]),
        ("list", "", []),
    ],
)
def test_texts_are_read_by_the_options_type(kind: Any, text: str, value: Any) -> None:
    assert typed(Option("x", kind, None), text) == value


@given(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
)
def test_a_value_survives_its_text(value: Any) -> None:
    kind: Any = {bool: "bool", int: "int", float: "float", type(None): "float"}[type(value)]
    assert typed(Option("x", kind, None), format_value(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs=1.5", "--set epochs=1.5: expected a whole number"),
        ("epochs=", "--set epochs=: expected a whole number"),
        ("epochs=true", "--set epochs=true: expected a whole number"),
        ("lr=fast", "--set lr=fast: expected a finite number"),
        ("lr=nan", "--set lr=nan: expected a finite number"),
        ("lr=1e999", "--set lr=1e999: expected a finite number"),
        ("schedule=cosin", "--set schedule=cosin: not one of linear, cosine (did you mean cosine?)"),
        ("lr", "--set lr: no value (write --set key=value)"),
        ("=1", "--set =1: no value (write --set key=value)"),
    ],
)
def test_a_wrong_set_is_told(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        effective(OPTIONS, {}, {}, parse_sets([text]))
    assert str(caught.value) == message


def test_the_last_set_of_a_key_wins() -> None:
    assert parse_sets(["lr=1", "epochs=2", "lr=3"]) == {"lr": "3", "epochs": "2"}


def test_none_is_a_value_where_it_is_one_of_the_choices() -> None:
    option = Option("tokenize", "str", "13a", choices=("13a", "none"))
    assert [typed(option, text) for text in ("none", "13a", None)] == ["none", "13a", None]
