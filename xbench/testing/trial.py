"""Small trainings of one backend on one task, without a plan, a store or a worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench import scoring, wire
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.identity import make_cell, task_image
from xbench.protocols import Backend, Job, Learner, Method, Metric
from xbench.recipes import Recipe
from xbench.runner import CellContext
from xbench.specs import Cell, Example, Json, ModelSpec, Prediction, TaskSpec
from xbench.variants import route, variant


def require(condition: bool, message: str) -> None:
    """Raises AssertionError, whatever Python's -O says."""
    if not condition:
        raise AssertionError(message)


@dataclass(frozen=True, slots=True)
class Trial:
    """Small trainings of one backend on one task. name: what complaints begin with."""

    name: str
    catalog: Catalog
    backend: Backend
    task: TaskSpec
    data: Dataset

    @property
    def context(self) -> CellContext:
        return CellContext(self.catalog, "cpu", offline=True)

    @property
    def metric(self) -> Metric:
        return self.catalog.metric(self.task.metrics[0])

    def cells(self, spec: ModelSpec, method: Method, options: Json) -> list[Cell]:
        """Two seeds, as a plan would make them. Raises AssertionError where no head serves the task."""
        one = variant(self.catalog, self.backend, spec, method, Recipe("check", {}), options)
        unknown = options.keys() - {option.name for option in one.declared}
        require(not unknown, f"{self.name}: declares no option {', '.join(sorted(unknown))}")
        try:
            way, _ = route(self.catalog, self.backend, one.model, self.task, "auto")
        except LookupError as problem:
            raise AssertionError(f"{self.name}: {problem}") from problem
        tasktype = self.catalog.tasktype(self.task.type)
        images = {**one.images, "task": task_image(self.task, tasktype, self.data.fingerprints, None, None)}
        values = (one.method_options, one.label, one.values)
        return [make_cell(self.task, one.model, method.name, *values, way, seed, images) for seed in (0, 1)]

    def refusal(self, cell: Cell) -> str | None:
        """Why the method or the backend does not take the cell."""
        method = self.catalog.method(cell.method)
        return method.refuse(cell.model, cell.route, cell.method_options) or self.backend.refuse(cell)

    def job(self, cell: Cell) -> Job:
        train, validation = self.data.rows("train"), self.data.rows("validation")
        examples = list(validation)

        def select(predictions: Sequence[Prediction]) -> float:
            value = scoring.quick_score(self.metric, self.task, examples, predictions)
            return value if self.metric.higher_is_better else -value

        return Job(cell, train, validation, self.context, select, lambda step, values: None)

    def score(self, cell: Cell, learner: Learner, folder: Path) -> float:
        """The test score, once the learner has predicted, and predicted the same after save and load."""
        test = list(self.data.rows("test"))
        shown = json.dumps(test)
        predictions = self._predicted(learner, test)
        require(json.dumps(test) == shown, f"{self.name}: predict() changed the examples")
        for predicted, example in zip(predictions, test, strict=True):
            problem = scoring.problem(predicted, example, self.task, self.catalog.tasktype(self.task.type))
            require(problem is None, f"{self.name}: {problem}")
        for said in (learner.cost, learner.counts, list(learner.flags)):
            wire.plain(said)
        folder.mkdir(parents=True)
        learner.save(folder)
        again = self._predicted(self.backend.load(cell, folder, self.context), test)
        answers = [[prediction["prediction"] for prediction in side] for side in (predictions, again)]
        require(answers[0] == answers[1], f"{self.name}: predicts otherwise after save() and load()")
        return scoring.quick_score(self.metric, self.task, test, predictions)

    def _predicted(self, learner: Learner, test: Sequence[Example]) -> list[Prediction]:
        predictions = list(learner.predict(test))
        require(len(predictions) == len(test), f"{self.name}: {len(predictions)} predictions for {len(test)} examples")
        return predictions
