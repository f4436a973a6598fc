"""What a matrix becomes: which cells, in which order, by which route, with which values, and why others cannot be."""

from __future__ import annotations

import re
from typing import Any

import pytest
from made_catalog import FIELDS, MadeBackend, MadeFacts, made_catalog
from made_cells import made_record

from xbench.errors import UserError
from xbench.matrix import Matrix
from xbench.plan import Plan, build
from xbench.records import Record
from xbench.specs import Cell, Option


class MadeRecords:
    def __init__(self, *records: Record) -> None:
        self.by_key = {record.key: record for record in records}

    def get(self, cell: Cell) -> Record | None:
        return self.by_key.get(cell.key)


def plan(
    *models: str,
    tasks: tuple[str, ...] = ("tnews",),
    backend: MadeBackend | None = None,
    records: MadeRecords | None = None,
    read: list[str] | None = None,
    retry_failed: bool = False,
    **asked: Any,
) -> Plan:
    facts = [] if read is None else read
    return build(
        Matrix(models or ("net-encoder",), tasks, **asked),
        made_catalog(backend),
        lambda task: MadeFacts(task, facts),
        records or MadeRecords(),
        retry_failed,
    )


def keys(found: Plan) -> list[str]:
    return [cell.key for cell in found.to_run]


def only(found: Plan) -> Cell:
    return found.to_run[0]


# --- which cells ----------------------------------------------------------------------------------------------------


def test_every_cell_has_its_first_seed_early() -> None:
    found = plan("net-encoder", "net-decoder", tasks=("tnews", "other"), seeds=2)
    assert [(e.task, e.model, e.seed, e.state) for e in found.entries] == [
        (task, model, seed, "run")
        for seed in (0, 1)
        for task in ("tnews", "other")
        for model in ("net-encoder", "net-decoder")
    ]
    assert len(set(keys(found))) == 8


def test_a_deterministic_model_runs_seed_0_alone() -> None:
    assert [(e.model, e.seed) for e in plan("majority", "net-encoder").entries] == [
        ("majority", 0),
        ("net-encoder", 0),
        ("net-encoder", 1),
        ("net-encoder", 2),
    ]


def test_pairs_that_cannot_be_are_skips_with_reasons() -> None:
    found = plan("majority", "net-encoder", tasks=("tnews", "chat"), methods=("none", "full", "lora"), seeds=1)
    told = {(e.task, e.model, e.method): (e.state, e.reason) for e in found.entries}
    assert told[("tnews", "majority", "none")] == ("skip", "a baseline fits as full only")
    assert told[("tnews", "majority", "full")] == ("run", "")
    assert told[("tnews", "majority", "lora")] == ("skip", "lora finds no matrix in majority")
    assert told[("chat", "net-encoder", "full")] == ("skip", "no head serves text-to-text for a model of shape encoder")
    assert all(e.cell is None and e.seed is None for e in found.entries if e.state == "skip")
    assert found.counts == {"run": 5, "skip": 7, "done": 0}  # run: majority+full on both, net-encoder on tnews


def test_data_are_read_once_and_only_where_a_cell_may_run() -> None:
    read: list[str] = []
    plan("net-encoder", "net-decoder", tasks=("tnews", "chat", "other"), read=read)
    assert read == ["tnews", "other"]


def test_a_run_in_which_nothing_can_run_is_refused_with_a_reason() -> None:
    with pytest.raises(UserError, match=re.escape("nothing can run: net-encoder+full on chat: no head serves")):
        plan("net-encoder", tasks=("chat",))


def test_a_model_with_its_own_method() -> None:
    found = plan("net-encoder+lora", "net-decoder", methods=("none", "full"), seeds=1)
    assert [(e.model, e.method) for e in found.entries] == [
        ("net-encoder", "lora"),
        ("net-decoder", "none"),
        ("net-decoder", "full"),
    ]


def test_what_is_asked_for_twice_runs_once() -> None:
    assert len(plan("net-encoder", "net-encoder", "nets:net-encoder", tasks=("tnews", "tnews"), seeds=1).entries) == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"models": ("net-encodr",)}, "unknown model 'net-encodr'.*did you mean net-encoder"),
        ({"tasks": ("tnew",)}, "unknown task 'tnew'.*did you mean tnews"),
        ({"methods": ("lor",)}, "unknown method 'lor'.*did you mean lora"),
        ({"recipe": "quik"}, "unknown recipe 'quik'.*did you mean quick"),
        ({"sets": {"lrr": "1"}}, "unknown --set key 'lrr'.*did you mean lr"),
        ({"sets": {"lr": "fast"}}, "lr=fast: expected a finite number"),
        ({"sets": {"techniques": "fmg"}}, "unknown technique 'fmg'.*did you mean fgm"),
        ({"sets": {"lora.r": "4"}}, "--set key 'lora.r': only method lora reads it.*add --method lora"),
        ({"sets": {"fgm.epsilon": "4"}}, "only technique fgm reads it.*add --set techniques=fgm"),
        ({"sets": {"smoothing": "4"}}, "only backend floor reads it.*-m majority"),
        ({"recipe": "mistaken"}, "mistaken.toml: unknown key 'lrate'.*did you mean lr"),
        ({"seeds": 0}, "--seeds 0"),
        ({"route": "haed", "models": ("majority",)}, "unknown --route 'haed'.*did you mean head"),
        ({"tasks": ()}, "nothing to run"),
    ],
)
def test_bad_input_is_one_line_with_the_mend(asked: dict[str, Any], message: str) -> None:
    models = asked.pop("models", ("net-encoder",))
    with pytest.raises(UserError, match=message):
        plan(*models, **asked)


# --- routes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "wanted", "got", "head"),
    [
        ("net-encoder", "auto", "head", "label@1"),
        ("net-decoder", "auto", "head", "label@1"),
        ("net-encoder-decoder", "auto", "text", "label-text@2"),
        ("net-encoder-decoder", "text", "text", "label-text@2"),
        ("majority", "text", "", None),
    ],
)
def test_the_route_is_the_first_that_a_head_serves(model: str, wanted: str, got: str, head: str | None) -> None:
    cell = only(plan(model, route=wanted))
    assert cell.route == got
    assert cell.identity.get("head") == head


@pytest.mark.parametrize(
    ("model", "wanted", "reason"),
    [
        ("net-encoder", "text", "a model of shape encoder has no route 'text', but head"),
        ("net-decoder", "text", "no head serves classification by route 'text' for a model of shape decoder"),
    ],
)
def test_a_route_that_cannot_be_is_a_skip(model: str, wanted: str, reason: str) -> None:
    found = plan(model, "majority", route=wanted)
    assert [e.reason for e in found.entries if e.state == "skip"] == [reason]


# --- values and labels ----------------------------------------------------------------------------------------------


def test_values_come_from_the_option_the_method_the_recipe_and_set() -> None:
    assert only(plan()).recipe_values["lr"] == 1e-3
    assert only(plan(methods=("lora",))).recipe_values["lr"] == 1e-2
    assert only(plan(methods=("lora",), sets={"lr": "3e-5"})).recipe_values["lr"] == 3e-5
    assert only(plan(recipe="quick")).recipe_values["max_examples_seen"] == 6_000
    assert only(plan(recipe="quick", sets={"max_examples_seen": 4000})).recipe_values["max_examples_seen"] == 4_000


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ({}, "default"),
        ({"sets": {"lr": "3e-5"}}, "default[lr=3e-05]"),
        ({"sets": {"lr": "0.001"}}, "default"),
        ({"recipe": "quick", "sets": {"max_examples_seen": "4000"}}, "quick[max_examples_seen=4000]"),
        ({"sets": {"lr": "1", "epochs": "5"}}, "default[epochs=5,lr=1.0]"),
        (
            {"sets": {"techniques": "fgm,ema", "fgm.epsilon": "2"}},
            "default[fgm.epsilon=2.0,techniques=fgm,ema]",
        ),
        ({"recipe": "adversarial"}, "adversarial"),
        ({"sets": {"model.layers": "4"}}, "default[model.layers=4]"),
        ({"methods": ("lora",), "sets": {"lora.r": "16"}}, "default"),
    ],
)
def test_a_recipes_label_says_what_differs(asked: dict[str, Any], label: str) -> None:
    assert only(plan(**asked)).recipe == label


def test_a_method_option_reaches_its_method_alone() -> None:
    found = plan("net-encoder", methods=("full", "lora"), sets={"lora.r": "16"}, seeds=1)
    assert [cell.method_options for cell in found.to_run] == [{}, {"r": 16, "bias": False}]
    base = plan("net-encoder", methods=("full", "lora"), seeds=1)
    assert keys(found)[0] == keys(base)[0]
    assert keys(found)[1] != keys(base)[1]


def test_a_techniques_options_count_where_it_is_in_use() -> None:
    cell = only(plan(recipe="adversarial"))
    assert cell.recipe_values["fgm.epsilon"] == 0.5
    assert "ema.decay" not in cell.recipe_values
    assert cell.identity["recipe"]["techniques"] == ["fgm@1"]
    assert only(plan(recipe="adversarial", sets={"fgm.epsilon": "1"})).key != cell.key


def test_a_models_size_reaches_the_model_and_its_part_of_the_key() -> None:
    cell, base = only(plan(sets={"model.layers": "4"})), only(plan())
    assert (cell.model.options, base.model.options) == ({"layers": 4}, {"layers": 2})
    assert cell.recipe_values["model.layers"] == 4
    assert cell.identity["recipe"] == base.identity["recipe"]
    assert cell.key != base.key
    assert only(plan(sets={"model.layers": "2"})).key == base.key


# --- keys -----------------------------------------------------------------------------------------------------------


def test_set_lr_moves_the_keys_of_cells_that_read_lr_alone() -> None:
    base = plan("majority", "net-encoder", seeds=1)
    moved = plan("majority", "net-encoder", seeds=1, sets={"lr": "3e-5"})
    assert [a == b for a, b in zip(keys(base), keys(moved), strict=True)] == [True, False]


def test_a_recipes_name_is_a_label() -> None:
    assert keys(plan(recipe="full")) == keys(plan(recipe="default", sets={"max_examples_seen": "none"}))


def test_a_new_option_at_its_neutral_value_moves_no_key() -> None:
    longer = (*FIELDS, Option("mixup", "float", 0.0, 0.0))
    assert keys(plan(backend=MadeBackend(fields=longer))) == keys(plan())
    assert keys(plan(backend=MadeBackend(fields=longer), sets={"mixup": "0.1"})) != keys(plan())


def test_a_raised_result_version_moves_keys_of_its_backend_alone() -> None:
    base, raised = (plan("majority", "net-encoder", seeds=1, backend=b) for b in (None, MadeBackend(result_version=2)))
    assert [a == b for a, b in zip(keys(base), keys(raised), strict=True)] == [True, False]


def test_limits_enter_key_and_protocol() -> None:
    whole, limited = only(plan()), only(plan(limit_train=10, limit_eval=5))
    assert (limited.limit_train, limited.limit_eval) == (10, 5)
    assert limited.key != whole.key
    assert limited.protocol != whole.protocol


# --- done before ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "retry_failed", "state"),
    [
        ("ok", False, "done"),
        ("ok", True, "done"),
        ("failed", False, "done"),
        ("diverged", False, "done"),
        ("out_of_memory", True, "run"),
        ("crashed", False, "run"),
        ("interrupted", False, "run"),
    ],
)
def test_what_is_done_is_not_done_again(status: Any, retry_failed: bool, state: str) -> None:
    first = plan(seeds=2)
    records = MadeRecords(made_record(first.to_run[0], status=status))
    again = plan(seeds=2, records=records, retry_failed=retry_failed)
    assert [entry.state for entry in again.entries] == [state, "run"]
    assert (status in again.entries[0].reason) == (status != "ok")


def test_a_run_of_which_all_is_done_is_no_error() -> None:
    records = MadeRecords(*map(made_record, plan().to_run))
    assert plan(records=records).counts == {"run": 0, "skip": 0, "done": 3}


# --- cost -----------------------------------------------------------------------------------------------------------


def test_cost_is_predicted_once_a_pair_and_budgets_are_declared() -> None:
    backend = MadeBackend()
    found = plan("net-encoder", "majority", backend=backend, device="cpu", seeds=3)
    assert backend.asked == ["tnews 100 cpu"]
    assert found.seconds == 3 * 2.0 + 2.0
    assert found.budgets == {"default": 300_000}
    assert plan(recipe="full").budgets == {"full": None}
    assert [entry.shares for entry in found.entries] == [3, 1, 3, 3]


def test_a_recipe_of_another_family_is_no_mistake() -> None:
    """Baselines run under `default` where nothing that trains by it is installed."""
    found = plan("majority", backend=MadeBackend(fields=()), recipe="quick")
    assert only(found).recipe_values == {"smoothing": 1.0}
