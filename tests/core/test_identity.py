"""What moves a key, what does not, and how two pre-images are told apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_cells import OPTIONS, made_cell, made_model, made_task

import xbench.identity as identity_module
from xbench.identity import canonical, digest, effective, explain, image, key_of, recipe_image
from xbench.protocols import Part
from xbench.specs import Option
from xbench.wire import dumps, loads

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("e\u0301", "\u00e9"),  # NFC
        (3.0, 3),
        (-0.0, 0),
        ((1, 2), [1, 2]),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ({"e\u0301": 1}, {"\u00e9": 1}),
    ],
)
def test_values_that_mean_the_same_have_one_digest(one: object, same: object) -> None:
    assert digest(one) == digest(same)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), ("1", 1), (None, False), ([], {}), (0.1, 0.2), ("a", "A")]
)
def test_values_that_mean_something_else_have_another_digest(one: object, other: object) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), [1, {"lr": float("-inf")}]])
def test_numbers_that_are_not_finite_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="cannot stand in an identity"):
        digest(bad)


@pytest.mark.parametrize("bad", [{1: 2}, {1, 2}, object(), b"x"])
def test_what_is_no_json_is_refused(bad: object) -> None:
    with pytest.raises(TypeError):
        digest(bad)


@given(json_values)
def test_the_canonical_form_is_stable_and_survives_json(value: object) -> None:
    form = canonical(value)
    assert canonical(form) == form
    assert digest(json.loads(json.dumps(form))) == digest(value)


def test_a_neutral_value_is_as_if_the_option_did_not_exist() -> None:
    assert effective({"lr": 0.1, "label_smoothing": 0.0}, OPTIONS) == {"lr": 0.1}
    assert effective({"label_smoothing": 0}, OPTIONS) == {}
    assert effective({"label_smoothing": False}, OPTIONS) == {"label_smoothing": False}  # a bool is no number
    added = (*OPTIONS, Option("mixup", "float", 0.0, neutral=0.0))
    assert made_cell(values={"mixup": 0.0}, options=added).key == made_cell().key
    assert made_cell(values={"mixup": 0.5}, options=added).key != made_cell().key


def test_labels_places_and_reported_metrics_are_no_part_of_a_key() -> None:
    base = made_cell()
    assert made_cell(model=made_model(source="/elsewhere", seen_tasks=("tnews",))).key == base.key
    moved = replace(made_task().data, location={"folder": "other/place"})
    task = made_task(
        data=moved, metrics=("accuracy", "macro_f1"), licence="MIT", citation="", description="x", suites=("clue",)
    )
    assert made_cell(task=task).key == base.key
    assert made_cell(values={"epochs": 3.0}).key == base.key


@pytest.mark.parametrize(
    ("cell", "paths"),
    [
        (made_cell(seed=1), ["run.seed"]),
        (made_cell(values={"lr": 3e-5}), ["recipe.values.lr"]),
        (made_cell(model=made_model("other")), ["model.id"]),
        (made_cell(model=made_model(revision="ffff")), ["model.revision"]),
        (made_cell(model=made_model(options={"layers": 4})), ["model.options", "model.options.layers"]),
        (made_cell(method="none"), ["method.name"]),
        (made_cell(result_version=2), ["model.backend"]),
        (made_cell(limit_train=100), ["task.limits.train"]),
        (made_cell(task=made_task(inputs=("text", "text_pair"))), ["task.inputs"]),
        (made_cell(task=made_task(metrics=("macro_f1",))), ["run.select_by"]),
        (made_cell(task=made_task(version=2)), ["task.version"]),
        (made_cell(fingerprints={"train": "c0ffee", "validation": "beef", "test": "0000"}), ["task.data.test"]),
        (made_cell(techniques=(Part("technique", "fgm", "m:a"),)), ["recipe.techniques"]),
    ],
)
def test_what_determines_predictions_moves_the_key_and_is_named(cell: object, paths: list[str]) -> None:
    base = made_cell()
    assert cell.key != base.key  # type: ignore[attr-defined]
    assert [path for path, _, _ in explain(base.identity, cell.identity)] == paths  # type: ignore[attr-defined]


def test_a_prefix_counts_for_the_family_and_the_route_that_read_it() -> None:
    task, t5 = made_task(prefixes={"t5": "classify: "}), made_model(family="t5")
    assert made_cell(task=task, route="text").key == made_cell(route="text").key
    assert made_cell(task=task, model=t5, route="head").key == made_cell(model=t5, route="head").key
    plain, prefixed = made_cell(model=t5, route="text"), made_cell(model=t5, task=task, route="text")
    assert explain(plain.identity, prefixed.identity) == [("run.prefix", "(absent)", "classify: ")]


def test_the_protocol_is_the_task_side_alone() -> None:
    base = made_cell()
    same = made_cell(seed=4, model=made_model("other"), method="none", values={"lr": 1.0}, result_version=9)
    assert same.protocol == base.protocol
    limited = made_cell(limit_train=100)
    assert limited.protocol != base.protocol
    assert explain(base.protocol_of, limited.protocol_of) == [("limits.train", None, 100)]
    assert digest(base.protocol_of) == base.protocol


def test_the_stored_pre_images_give_the_key_again() -> None:
    cell = made_cell(values={"label_smoothing": 0.1})
    back = loads(dumps(cell), type(cell))
    assert key_of(back.identity) == cell.key
    assert digest(back.protocol_of) == cell.protocol


def test_shared_parts_are_hashed_once_for_all_their_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    big = image({"labels": [f"label {index}" for index in range(500)]})
    cell = made_cell()
    parts = {name: image(part) for name, part in cell.identity.items() if name != "run"} | {"recipe": big}
    hashed: list[int] = []
    plain = identity_module._hash
    monkeypatch.setattr(identity_module, "_hash", lambda form: hashed.append(len(str(form))) or plain(form))
    keys = {
        identity_module.make_cell(cell.task, cell.model, "full", {}, "default", {}, "", seed, parts).key
        for seed in range(200)
    }
    assert len(keys) == 200
    assert len(hashed) == 400  # the run part and the list of digests, nothing shared
    assert max(hashed) < 1000


def test_a_technique_of_another_result_version_is_another_recipe() -> None:
    one, other = (Part("technique", "fgm", "somewhere:FGM", result_version=version) for version in (1, 2))
    assert recipe_image({}, (), [one]).values == {"values": {}, "techniques": ["fgm@1"]}
    assert recipe_image({}, (), [one]).digest != recipe_image({}, (), [other]).digest
