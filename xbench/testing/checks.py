"""Checks of what a plugin declares against the contract; AssertionError names the thing and the fault."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from xbench import wire
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.errors import CellError
from xbench.names import SAFE_NAME
from xbench.prepared import SPLITS
from xbench.protocols import Backend, Method, Metric
from xbench.specs import Example, Json, ModelSpec, Option, Prediction, TaskSpec
from xbench.testing.trial import Trial, require

_TOLERANCE = 1e-9


def default_catalog() -> Catalog:
    """Every installed plugin, and the fakes of `xbench.testing`."""
    return Catalog.load(["xbench.testing"])


def check_options(owner: str, options: Sequence[Option]) -> None:
    """Names once, known types, defaults that fit them, and a word on each. owner: what complaints begin with."""
    names = [option.name for option in options]
    require(len(set(names)) == len(names), f"{owner}: an option is declared twice: {sorted(names)}")
    kinds: Mapping[str, tuple[type, ...]] = {
        "int": (int,),
        "float": (int, float),
        "str": (str,),
        "bool": (bool,),
        "list": (list, tuple),
    }
    for option in options:
        where = f"{owner}: option {option.name}"
        require(option.type in kinds, f"{where}: unknown type {option.type}")
        for value in (option.default, option.neutral):
            require(value is None or isinstance(value, kinds[option.type]), f"{where}: {value!r} is no {option.type}")
        require(bool(option.doc), f"{where}: says nothing in `doc`")
        require(not option.choices or option.default in (None, *option.choices), f"{where}: default is no choice")


def check_task(task: TaskSpec, root: Path | None = None, offline: bool = True, catalog: Catalog | None = None) -> None:
    """Reads all splits and checks every row; two reads must give the same content.

    Args:
        root: the data folder, for tasks that read files.
        catalog: where reader, task type and metrics are looked up; default: every installed plugin, and the fakes.

    Raises:
        AssertionError: what is broken.
        UserError: a malformed row, or data that is not at hand.
    """
    found = catalog if catalog is not None else default_catalog()
    require(bool(SAFE_NAME.fullmatch(task.name)), f"task {task.name}: a name is letters, digits, '.', '_' and '-'")
    require(task.version >= 1, f"task {task.name}: version {task.version}")
    require(bool(task.metrics), f"task {task.name}: no metric")
    require(bool(task.licence and task.citation), f"task {task.name}: licence and citation must be said")
    for text in task.metrics:
        require(bool(found.metric(text).signature(task)), f"task {task.name}: {text} has an empty signature")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        data = Dataset(task, found, root, offline, Path(first))
        again = Dataset(task, found, root, offline, Path(second))
        tasktype = found.tasktype(task.type)
        for split in SPLITS:
            rows = list(data.rows(split))
            require(bool(rows) or split == "validation", f"task {task.name}: {split} is empty")
            require(len({row["id"] for row in rows}) == len(rows), f"task {task.name}: an id stands twice in {split}")
            for row in rows:
                problem = tasktype.check(row, task)
                require(problem is None, f"task {task.name}: {split} {row['id']}: {problem}")
        require(data.fingerprints == again.fingerprints, f"task {task.name}: two reads gave different content")


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
    require(len(examples) >= 3, f"{name}: give at least three examples")
    check_options(name, metric.options)
    require(bool(metric.signature(task)), f"{name}: empty signature")
    direct = metric.direct(task, examples, predictions)
    require(isinstance(direct, float), f"{name}: direct() gave {type(direct).__name__}")
    if metric.bounds is not None and math.isfinite(direct):
        low, high = metric.bounds
        require(low <= direct <= high, f"{name}: {direct} lies outside of its bounds {metric.bounds}")
    statistics = metric.statistics(task, examples, predictions)
    if statistics is None:
        return
    array = np.asarray(statistics)
    require(array.dtype == np.float64, f"{name}: statistics are {array.dtype}, not float64")
    require(array.ndim == 2 and len(array) == len(examples), f"{name}: statistics of shape {array.shape}")
    require(bool(np.isfinite(array).all()), f"{name}: statistics that are no numbers")
    additive = float(metric.score(array.sum(axis=0)))
    require(
        math.isclose(additive, direct, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE),
        f"{name}: {additive} from its statistics, {direct} from its reference",
    )
    sums = np.stack([array.sum(axis=0), array[:-1].sum(axis=0), array[1:].sum(axis=0)])
    many = np.asarray(metric.score(sums))
    require(many.shape == (3,), f"{name}: score() of {sums.shape} gave {many.shape}")
    for row, value in zip(sums, many, strict=True):
        one = float(metric.score(row))
        same = math.isclose(one, float(value), rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
        require(same or not math.isfinite(one), f"{name}: {value} among many, {one} alone")
    left_out = metric.direct(task, examples[1:], predictions[1:])
    require(
        math.isclose(float(many[2]), left_out, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE),
        f"{name}: without the first example {many[2]} from statistics, {left_out} from the reference",
    )


def check_method(method: Method, model: ModelSpec, route: str = "") -> None:
    """Its options and defaults are declared soundly, and it answers for `model` with a reason or None."""
    name = f"method {method.name}"
    require(bool(SAFE_NAME.fullmatch(method.name)), f"{name}: a name is letters, digits, '.', '_' and '-'")
    check_options(name, method.options)
    wire.plain(dict(method.defaults))
    answer = method.refuse(model, route, {option.name: option.default for option in method.options})
    require(answer is None or (isinstance(answer, str) and bool(answer)), f"{name}: refuse() gave {answer!r}")


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
        catalog: default: every installed plugin, and the fakes.
        limit: examples of each split.

    Returns:
        The main metric on test by seed, for further assertions.
    """
    found = catalog if catalog is not None else default_catalog()
    names = [spec.name for spec in backend.models()]
    require(len(set(names)) == len(names), f"backend {backend.name}: a model is declared twice")
    spec = next((spec for spec in backend.models() if spec.name == model), None) or backend.resolve(model, True)
    if spec is None:
        raise AssertionError(f"backend {backend.name}: knows no model {model}")
    name = f"backend {backend.name}, model {spec.name}"
    check_options(name, backend.options(spec))
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(task, found, root, True, Path(folder), limit_train=limit, limit_eval=limit)
        trial = Trial(name, found, backend, task, data)
        cells = trial.cells(spec, found.method(method), options or {})
        refusal = trial.refusal(cells[0])
        require(refusal is None, f"{name}: {method} on {task.name} is refused: {refusal}")
        grouped = [cell.key for group in backend.groups(cells) for cell in group]
        require(sorted(grouped) == sorted(cell.key for cell in cells), f"{name}: groups() lost or doubled a cell")
        scores = {}
        for group in backend.groups(cells):
            wanted = {cell.key for cell in group}
            for cell, learner in backend.fit([trial.job(cell) for cell in group]):
                require(cell.key in wanted, f"{name}: fit() yielded a cell that is not its own, or twice")
                wanted.remove(cell.key)
                if isinstance(learner, CellError):
                    raise AssertionError(f"{name}: {learner.status} in {learner.stage}: {learner.message}")
                scores[cell.seed] = trial.score(cell, learner, Path(folder) / f"s{cell.seed}")
            require(not wanted, f"{name}: fit() ended without {len(wanted)} of its cells")
    return scores
