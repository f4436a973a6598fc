"""The conformance kit: sound components pass, and each fault of a broken one is named."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from xbench.catalog import Catalog
from xbench.methods import CoreMethod
from xbench.protocols import Job, Learner
from xbench.specs import Cell, DatasetRef, Example, ModelSpec, Option, Prediction
from xbench.testing import (
    FAKE_TASK,
    FakeAccuracy,
    FakeBackend,
    FakeReader,
    check_backend,
    check_method,
    check_metric,
    check_task,
)
from xbench.testing.fake_backend import FakeLearner

EXAMPLES = [{"id": str(i), "label": label} for i, label in enumerate(["yes", "no", "yes", "no"])]
PREDICTIONS = [{"id": str(i), "prediction": label} for i, label in enumerate(["yes", "yes", "yes", "no"])]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(["xbench.testing"])


def test_the_fakes_keep_the_contract(catalog: Catalog) -> None:
    check_task(FAKE_TASK, catalog=catalog)
    check_metric(FakeAccuracy(), FAKE_TASK, EXAMPLES, PREDICTIONS)
    check_method(CoreMethod("full"), ModelSpec("fake", "ok", None, "encoder"))
    scores = check_backend(FakeBackend(), "ok", FAKE_TASK, catalog=catalog, limit=60)
    assert set(scores) == {0, 1}
    assert all(score > 0.8 for score in scores.values())


def test_check_task_names_a_missing_licence_and_content_that_changes(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match="licence and citation must be said"):
        check_task(replace(FAKE_TASK, licence=""), catalog=catalog)
    numbers = itertools.count()

    def changing(self: FakeReader, *arguments: Any) -> Iterator[dict[str, str]]:
        yield {"text": f"text {next(numbers)}", "label": "yes"}

    monkeypatch.setattr(FakeReader, "rows", changing)
    with pytest.raises(AssertionError, match="two reads gave different content"):
        check_task(replace(FAKE_TASK, data=DatasetRef("fake", {}, {}, FAKE_TASK.data.splits)), catalog=catalog)


class Single(FakeAccuracy):
    def statistics(self, *arguments: Any) -> Any:
        return super().statistics(*arguments).astype(np.float32)


class Averaged(FakeAccuracy):
    def score(self, sums: Any) -> Any:
        return sums[0] / sums[1]  # of one sum only


class Shifted(FakeAccuracy):
    def direct(self, *arguments: Any) -> float:
        return super().direct(*arguments) + 0.01


class NotAdditive(FakeAccuracy):
    """Right on the whole, wrong on every part."""

    def statistics(self, task: Any, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        share = self.direct(task, examples, predictions)
        return np.array([[share, 1.0]] * len(examples))


@pytest.mark.parametrize(
    ("metric", "complaint"),
    [
        (Single(), "float32"),
        (Averaged(), r"score\(\) of \(3, 2\)"),
        (Shifted(), "from its statistics"),
        (NotAdditive(), "without the first example"),
    ],
)
def test_check_metric_finds(metric: FakeAccuracy, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_metric(metric, FAKE_TASK, EXAMPLES, PREDICTIONS)


class Undocumented(CoreMethod):
    @property
    def options(self) -> Sequence[Option]:
        return (Option("r", "int", 8),)


class Mistyped(CoreMethod):
    @property
    def options(self) -> Sequence[Option]:
        return (Option("r", "int", "eight", doc="rank"),)


class Refusing(CoreMethod):
    def refuse(self, *arguments: Any) -> str | None:
        return ""


@pytest.mark.parametrize(
    ("method", "complaint"),
    [(Undocumented("m"), "says nothing in `doc`"), (Mistyped("m"), "'eight' is no int"), (Refusing("m"), "refuse")],
)
def test_check_method_finds(method: CoreMethod, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_method(method, ModelSpec("fake", "ok", None, "encoder"))


class Forgetful(FakeBackend):
    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, Learner]]:  # type: ignore[override]
        yield from list(super().fit(jobs))[:-1]  # type: ignore[misc]


class Losing(FakeBackend):
    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        return [cells[:1]]


class Amnesic(FakeBackend):
    """What it loads is not what it saved."""

    def load(self, cell: Cell, *arguments: Any) -> Learner:
        return FakeLearner({}, "no", cell, 0.0)


@pytest.mark.parametrize(
    ("backend", "model", "complaint"),
    [
        (Forgetful(), "ok", "without 1 of its cells"),
        (Losing(), "ok", "lost or doubled a cell"),
        (Amnesic(), "ok", r"otherwise after save\(\) and load\(\)"),
        (FakeBackend(), "short", "19 predictions for 20 examples"),
        (FakeBackend(), "diverges", "diverged in fit: the loss is nan"),
        (FakeBackend(), "nobody", "knows no model nobody"),
    ],
)
def test_check_backend_finds(catalog: Catalog, backend: FakeBackend, model: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_backend(backend, model, FAKE_TASK, catalog=catalog)


def test_check_backend_sets_declared_options_only(catalog: Catalog) -> None:
    check_backend(FakeBackend(), "ok", FAKE_TASK, options={"steps": 1}, catalog=catalog)
    with pytest.raises(AssertionError, match="declares no option"):
        check_backend(FakeBackend(), "ok", FAKE_TASK, options={"stepz": 1}, catalog=catalog)
