"""Each built-in task is visited: what it names exists, and what a reader must know of it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from xbench.cards import read_card
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.errors import MissingData
from xbench.specs import TaskSpec

CATALOG = Catalog.load()
TASKS = [task for name in CATALOG.names("task") for task in CATALOG.tasks_named(name)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_task(task: TaskSpec) -> None:
    tasktype = CATALOG.tasktype(task.type)
    assert task.version >= 1
    assert set(task.inputs) <= set(tasktype.fields)
    assert len(set(task.labels)) == len(task.labels)
    assert bool(task.labels) == bool({"label", "tags"} & set(tasktype.targets.values()))
    assert task.licence
    assert task.citation
    assert task.description
    assert all(len(code) in (2, 3) for code in task.language)  # ISO 639
    for text in task.metrics:
        assert CATALOG.metric(text).signature(task)
    for ref in (task.data, *task.mirrors):
        assert CATALOG.reader(ref.reader)
        assert {"train", "test"} <= set(ref.splits) <= {"train", "validation", "test"}
        # Each source must give the same rows: a validation split, or the same share of train.
        assert ("validation" in ref.splits) != (ref.validation_share > 0)
        assert ref.validation_share == task.data.validation_share
        if ref.reader != "demo":
            assert {*task.inputs, *tasktype.targets} <= set(ref.columns)


@pytest.mark.parametrize("task", [t for t in TASKS if t.data.reader != "demo"], ids=lambda task: task.name)
def test_missing_data_says_where_it_was_looked_for(
    task: TaskSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf")
    with pytest.raises(MissingData) as caught:
        Dataset(task, CATALOG, tmp_path, True, tmp_path / "cache").rows("test")
    for ref in (task.data, *task.mirrors):
        assert str(ref.location.get("id") or tmp_path / str(ref.location["folder"])) in str(caught.value)


def test_names_that_the_documentation_promises() -> None:
    assert [task.name for task in CATALOG.tasks_named("wmt14")] == ["wmt14-en-de"]
    assert [task.name for task in CATALOG.tasks_named("multi30k")] == ["multi30k-de-en", "multi30k-en-de"]
    assert {"banking77", "tnews", "cluener", "demo-sentiment"} <= set(CATALOG.names("task"))


def test_cards_are_files_that_may_be_named_by_path() -> None:
    import xbench_nlu

    (card,) = xbench_nlu.xbench_tasks()
    assert read_card(card).name == "banking77"


def test_only_banking77_and_what_is_generated_may_be_shown() -> None:
    shown = {task.name for task in TASKS if task.redistributable and not task.name.startswith("demo-")}
    assert shown == {"banking77"}


def test_t5_is_told_what_to_translate() -> None:
    for name, prefix in {
        "wmt14-en-de": "translate English to German: ",
        "multi30k-en-de": "translate English to German: ",
        "multi30k-de-en": "translate German to English: ",
    }.items():
        (task,) = CATALOG.tasks_named(name)
        assert task.prefixes["t5"] == prefix
