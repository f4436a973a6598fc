"""How the catalog reads what a user types."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_plugins import METRIC, READER, a_task, backend, install

from xbench.catalog import Catalog
from xbench.errors import UserError

NEWS = a_task("made-news", ', aliases=("headlines",), suites=("made-suite",)')
SPORT = a_task("made-sport", ', suites=("made-suite",)')
CLAIM_FOLDERS = "return ModelSpec('folders', text, 'r1', 'encoder') if text.startswith('folder/') else None"
CLAIM_ONE = "return ModelSpec('jealous', text, None, 'none') if text == 'folder/both' else None"
MODULE = f"""
{METRIC}
{READER}
@hookimpl
def xbench_tasks():
    return [{NEWS}, {SPORT}]
{backend("folders", "plain", CLAIM_FOLDERS)}
"""
OTHER = backend("jealous", "other", CLAIM_ONE)


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    modules = {"made_module": MODULE, "made_other": OTHER, "made_bad": backend("bad", "", "return {}[text]")}
    install(tmp_path, modules, {"made": "made_module", "other": "made_other", "bad": "made_bad"})
    monkeypatch.syspath_prepend(tmp_path)
    yield Catalog.load(["no:hf"])
    for module in modules:
        sys.modules.pop(module, None)


@pytest.mark.parametrize(
    ("text", "tasks"),
    [
        ("made-news", ["made-news"]),
        ("headlines", ["made-news"]),
        ("made:made-news", ["made-news"]),
        ("made-suite", ["made-news", "made-sport"]),
    ],
)
def test_a_task_is_named_by_name_alias_owner_or_suite(catalog: Catalog, text: str, tasks: list[str]) -> None:
    assert [task.name for task in catalog.tasks_named(text)] == tasks


def test_a_task_may_be_the_path_of_a_card(catalog: Catalog, tmp_path: Path) -> None:
    card = tmp_path / "mine.toml"
    text = """
name = "mine"
version = 1
type = "classification"
inputs = ["text"]
labels = ["a", "b"]
metrics = ["made-metric( scale = 1 )", "made-metric(scale=100, case=fold)"]
language = ["en"]
licence = "CC0-1.0"
citation = "none"
[data]
reader = "made-reader"
location = {}
columns = {}
splits = { train = "train", test = "test" }
"""
    card.write_text(text, encoding="utf-8")
    (task,) = catalog.tasks_named(str(card))
    assert task.metrics == ("made-metric", "made-metric(case=fold,scale=100.0)")  # canonical
    for good, bad, message in [
        (
            "classification",
            "clasification",
            "task mine: unknown task type 'clasification' (did you mean classification?)",
        ),
        ("made-reader", "made-raeder", "task mine: unknown reader 'made-raeder' (did you mean made-reader?)"),
        ("made-metric(", "made-metrik(", "task mine: unknown metric 'made-metrik' (did you mean made-metric?)"),
        ('["text"]', '["txt"]', "unknown input of task mine (classification) 'txt' (did you mean text?)"),
    ]:
        card.write_text(text.replace(good, bad), encoding="utf-8")
        with pytest.raises(UserError) as caught:
            catalog.tasks_named(str(card))
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("task", "headlins", "unknown task 'headlins' (did you mean headlines?)"),
        ("task", "made-suit", "unknown task 'made-suit' (did you mean made-suite?)"),
        ("method", "ful", "unknown method 'ful' (did you mean full?)"),
        ("metric", "made-metrik(scale=1)", "unknown metric 'made-metrik' (did you mean made-metric?)"),
        ("metric", "made-metric(scal=1)", "unknown parameter of metric made-metric 'scal' (did you mean scale?)"),
        ("metric", "made-metric(scale=x)", "metric made-metric: scale=x: expected a finite number"),
        ("metric", "made-metric(case=up)", "metric made-metric: case=up: not one of keep, fold (did you mean keep?)"),
        ("metric", "made-metric(scale", "cannot read 'made-metric(scale' (write it as name or name(key=value, ...))"),
        (
            "model",
            "plian",
            "unknown model 'plian': no plugin declares it, and bad failed: KeyError: 'plian'",
        ),
        ("model", "plian", "(did you mean plain?)"),
        ("model", "plain+ful", "unknown method 'ful' (did you mean full?)"),
        ("model", "plain@v2", "model 'plain' has no revisions (write plain without @v2)"),
        ("model", "mine=plain", "model 'mine=plain': plain has a name already (a label is for a folder or a hub id)"),
        (
            "model",
            "folder/both",
            "model 'folder/both' is claimed by more than one backend (say folders:",
        ),
    ],
)
def test_an_unreadable_name_is_told(catalog: Catalog, kind: str, text: str, message: str) -> None:
    read = getattr(catalog, {"task": "tasks_named"}.get(kind, kind))
    with pytest.raises(UserError) as caught:
        read(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "backend", "name", "revision"),
    [
        ("plain", "folders", "plain", None),
        ("folders:plain", "folders", "plain", None),
        ("folder/x", "folders", "folder/x", "r1"),
        ("folders:folder/both", "folders", "folder/both", "r1"),
        ("jealous:folder/both", "jealous", "folder/both", None),
        ("mini=folder/x", "folders", "mini", "r1"),
        ("mini=folders:folder/both", "folders", "mini", "r1"),
    ],
)
def test_a_model_is_named_or_resolved(
    catalog: Catalog, text: str, backend: str, name: str, revision: str | None
) -> None:
    found, spec = catalog.model(text)
    assert (found.name, spec.backend, spec.name, spec.revision) == (backend, backend, name, revision)


def test_metric_parameters_are_typed_and_bound(catalog: Catalog) -> None:
    assert catalog.metric("made-metric").bounds == (0.0, 1.0)
    assert catalog.metric("made-metric(scale=100)").bounds == (0.0, 100.0)
    for text in ("made-metric", "made-metric(case=fold,scale=2.5)"):
        assert catalog.metric_text(text) == text
        assert catalog.metric_text(catalog.metric_text(f"made:{text}")) == f"made:{text}"
    assert catalog.metric_text("made-metric( scale=1 , case = keep)") == "made-metric"


def test_names_and_owners(catalog: Catalog) -> None:
    assert catalog.names("tasktype") == ["classification", "tagging", "text-to-text"]
    assert {"none", "full"} <= set(catalog.names("method"))
    assert catalog.owner("method", "full") == "methods"
    assert catalog.owner("model", "plain") == "folders"
    assert catalog.names("no-such-kind-of-part") == []
