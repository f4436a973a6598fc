"""Checks of what a plugin declares against the contract; AssertionError names the thing and the fault."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xbench import scoring, wire
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.errors import CellError
from xbench.identity import make_cell, task_image
from xbench.names import SAFE_NAME
from xbench.protocols import Backend, Job, Learner, Method, Metric
from xbench.recipes import Recipe
from xbench.runner import CellContext
from xbench.specs import Cell, Example, Json, ModelSpec, Option, Prediction, TaskSpec
from xbench.variants import route, variant

_SPLITS = ("train", "validation", "test")
_TOLERANCE = 1e-9


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _check_options(owner: str, options: Sequence[Option]) -> None:
    names = [option.name for option in options]
    _require(len(set(names)) == len(names), f"{owner}: an option is declared twice: {sorted(names)}")
    kinds: Mapping[str, tuple[type, ...]] = {
        "int": (int,),
        "float": (int, float),
        "str": (str,),
        "bool": (bool,),
        "list": (list, tuple),
    }
    for option in options:
        where = f"{owner}: option {option.name}"
        _require(option.type in kinds, f"{where}: unknown type {option.type}")
        for value in (option.default, option.neutral):
            _require(value is None or isinstance(value, kinds[option.type]), f"{where}: {value!r} is no {option.type}")
        _require(bool(option.doc), f"{where}: says nothing in `doc`")
        _require(not option.choices or option.default in (None, *option.choices), f"{where}: default is no choice")


def check_task(task: TaskSpec, root: Path | None = None, offline: bool = True, catalog: Catalog | None = None) -> None:
    """Reads all splits and checks every row; two reads must give the same content.

    Args:
        root: the data folder, for tasks that read files.
        catalog: where reader, task type and metrics are looked up; default: every installed plugin.

    Raises:
        AssertionError: what is broken.
        UserError: a malformed row, or data that is not at hand.
    """
    found = catalog if catalog is not None else Catalog.load()
    _require(bool(SAFE_NAME.fullmatch(task.name)), f"task {task.name}: a name is letters, digits, . _ + -")
    _require(task.version >= 1, f"task {task.name}: version {task.version}")
    _require(bool(task.metrics), f"task {task.name}: no metric")
    _require(bool(task.licence and task.citation), f"task {task.name}: licence and citation must be said")
    for text in task.metrics:
        _require(bool(found.metric(text).signature(task)), f"task {task.name}: {text} has an empty signature")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        data = Dataset(task, found, root, offline, Path(first))
        again = Dataset(task, found, root, offline, Path(second))
        tasktype = found.tasktype(task.type)
        for split in _SPLITS:
            rows = list(data.rows(split))
            _require(bool(rows) or split == "validation", f"task {task.name}: {split} is empty")
            _require(len({row["id"] for row in rows}) == len(rows), f"task {task.name}: an id stands twice in {split}")
            for row in rows:
                problem = tasktype.check(row, task)
                _require(problem is None, f"task {task.name}: {split} {row['id']}: {problem}")
        _require(data.fingerprints == again.fingerprints, f"task {task.name}: two reads gave different content")


def check_metric(
    metric: Metric, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> None:
    """Statistics must add up to the reference's own number, for one sum and for many at once, in any order.

    Args:
        examples: at least three; ugly ones (empty, equal, odd characters) say most.
        predictions: some right, some wrong.
    """
    import numpy as np

    name = f"metric {metric.name}"
    _require(len(examples) >= 3, f"{name}: give at least three examples")
    _check_options(name, metric.options)
    _require(bool(metric.signature(task)), f"{name}: empty signature")
    direct = metric.direct(task, examples, predictions)
    _require(isinstance(direct, float), f"{name}: direct() gave {type(direct).__name__}")
    if metric.bounds is not None and math.isfinite(direct):
        low, high = metric.bounds
        _require(low <= direct <= high, f"{name}: {direct} lies outside of its bounds {metric.bounds}")
    statistics = metric.statistics(task, examples, predictions)
    if statistics is None:
        return
    array = np.asarray(statistics)
    _require(array.dtype == np.float64, f"{name}: statistics are {array.dtype}, not float64")
    _require(array.ndim == 2 and len(array) == len(examples), f"{name}: statistics of shape {array.shape}")
    _require(bool(np.isfinite(array).all()), f"{name}: statistics that are no numbers")
    additive = float(metric.score(array.sum(axis=0)))
    _require(
        math.isclose(additive, direct, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE),
        f"{name}: {additive} from its statistics, {direct} from its reference",
    )
    sums = np.stack([array.sum(axis=0), array[:-1].sum(axis=0), array[1:].sum(axis=0)])
    many = np.asarray(metric.score(sums))
    _require(many.shape == (3,), f"{name}: score() of {sums.shape} gave {many.shape}")
    for row, value in zip(sums, many, strict=True):
        one = float(metric.score(row))
        same = math.isclose(one, float(value), rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
        _require(same or not math.isfinite(one), f"{name}: {value} among many, {one} alone")
    left_out = metric.direct(task, examples[1:], predictions[1:])
    _require(
        math.isclose(float(many[2]), left_out, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE),
        f"{name}: without the first example {many[2]} from statistics, {left_out} from the reference",
    )


def check_method(method: Method, model: ModelSpec, route: str = "") -> None:
    """Its options and defaults are declared soundly, and it answers for `model` with a reason or None."""
    name = f"method {method.name}"
    _require(bool(SAFE_NAME.fullmatch(method.name)), f"{name}: a name is letters, digits, . _ + -")
    _check_options(name, method.options)
    wire.plain(dict(method.defaults))
    answer = method.refuse(model, route, {option.name: option.default for option in method.options})
    _require(answer is None or (isinstance(answer, str) and bool(answer)), f"{name}: refuse() gave {answer!r}")


def check_backend(
    backend: Backend,
    model: str,
    task: TaskSpec,
    method: str = "full",
    options: Json | None = None,
    root: Path | None = None,
    catalog: Catalog | None = None,
    limit: int = 20,
) -> Mapping[int, float]:
    """Fits two seeds of `model` on a little of `task` in one call, predicts, saves, loads, and predicts the same.

    Args:
        options: values that differ from the declared defaults (few steps, for one).
        catalog: default: every installed plugin.
        limit: examples of each split.

    Returns:
        The main metric on test by seed, for further assertions.
    """
    found = catalog if catalog is not None else Catalog.load()
    names = [spec.name for spec in backend.models()]
    _require(len(set(names)) == len(names), f"backend {backend.name}: a model is declared twice")
    spec = next((spec for spec in backend.models() if spec.name == model), None) or backend.resolve(model, True)
    if spec is None:
        raise AssertionError(f"backend {backend.name}: knows no model {model}")
    name = f"backend {backend.name}, model {spec.name}"
    _check_options(name, backend.options(spec))
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(task, found, root, True, Path(folder), limit_train=limit, limit_eval=limit)
        trial = _Trial(name, found, backend, task, data)
        cells = trial.cells(spec, found.method(method), options or {})
        grouped = [cell.key for group in backend.groups(cells) for cell in group]
        _require(sorted(grouped) == sorted(cell.key for cell in cells), f"{name}: groups() lost or doubled a cell")
        scores = {}
        for group in backend.groups(cells):
            wanted = {cell.key for cell in group}
            for cell, learner in backend.fit([trial.job(cell) for cell in group]):
                _require(cell.key in wanted, f"{name}: fit() yielded a cell that is not its own, or twice")
                wanted.remove(cell.key)
                if isinstance(learner, CellError):
                    raise AssertionError(f"{name}: {learner.status} in {learner.stage}: {learner.message}")
                scores[cell.seed] = trial.score(cell, learner, Path(folder) / f"s{cell.seed}")
            _require(not wanted, f"{name}: fit() ended without {len(wanted)} of its cells")
    return scores


@dataclass(frozen=True, slots=True)
class _Trial:
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
        """Two seeds, as a plan would make them."""
        one = variant(self.catalog, self.backend, spec, method, Recipe("check", {}), options)
        unknown = options.keys() - one.declared
        _require(not unknown, f"{self.name}: declares no option {', '.join(sorted(unknown))}")
        way, _ = route(self.catalog, self.backend, one.model, self.task, "auto")
        tasktype = self.catalog.tasktype(self.task.type)
        images = {**one.images, "task": task_image(self.task, tasktype, self.data.fingerprints, None, None)}
        values = (one.method_options, one.label, one.values)
        cells = [make_cell(self.task, one.model, method.name, *values, way, seed, images) for seed in (0, 1)]
        for refusal in (method.refuse(one.model, way, one.method_options), self.backend.refuse(cells[0])):
            _require(refusal is None, f"{self.name}: {method.name} on {self.task.name} is refused: {refusal}")
        return cells

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
        _require(json.dumps(test) == shown, f"{self.name}: predict() changed the examples")
        for predicted, example in zip(predictions, test, strict=True):
            problem = scoring.problem(predicted, example, self.task, self.catalog.tasktype(self.task.type))
            _require(problem is None, f"{self.name}: {problem}")
        for said in (learner.cost, learner.counts, list(learner.flags)):
            wire.plain(said)
        learner.save(folder)
        again = self._predicted(self.backend.load(cell, folder, self.context), test)
        answers = [[prediction["prediction"] for prediction in side] for side in (predictions, again)]
        _require(answers[0] == answers[1], f"{self.name}: predicts otherwise after save() and load()")
        return scoring.quick_score(self.metric, self.task, test, predictions)

    def _predicted(self, learner: Learner, test: Sequence[Example]) -> list[Prediction]:
        predictions = list(learner.predict(test))
        _require(len(predictions) == len(test), f"{self.name}: {len(predictions)} predictions for {len(test)} examples")
        return predictions
