"""`fetch`: what a run would need of the network, brought to this machine beforehand."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from xbench.abilities import FetchesData, FetchesModel
from xbench.api.notebook import notices
from xbench.api.places import Folder, Names, data_folder, names_of
from xbench.catalog import Catalog
from xbench.errors import MissingData, MissingModel, UserError
from xbench.matrix import Matrix
from xbench.names import split_method
from xbench.plan import Plan
from xbench.protocols import Backend, Reader
from xbench.records import Settings
from xbench.sources import place_of
from xbench.specs import DatasetRef, ModelSpec, TaskSpec

NOTHING = "nothing to fetch"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One thing that was asked for, and what is said of it: what is there now, and where."""

    kind: Literal["model", "task"]
    name: str
    said: str


def fetch(
    models: Names = (),
    tasks: Names = (),
    data_dir: Folder | None = None,
    plugins: Sequence[str] = (),
    on_fetched: Callable[[Fetched], None] | None = None,
) -> list[Fetched]:
    """Bring checkpoints and data sets to this machine, so that a run with `offline=True` finds them.

    What is there already stays as it is, and what was begun goes on. All names are looked up before anything is
    fetched, and what cannot be had keeps nothing else from being fetched.

    Args:
        models: as `run` takes them.
        tasks: as `run` takes them.
        on_fetched: told of each thing as soon as it is there.

    Raises:
        UserError: an unknown name; and, once the rest is fetched, what could not be.
    """
    catalog, root = Catalog.load(plugins), data_folder(data_dir)
    todo = [*_models(names_of(models), catalog, root), *_tasks(names_of(tasks), catalog, root)]
    if not todo:
        raise UserError("nothing to fetch", "name a model (-m) or a task (-t)")
    found: list[Fetched] = []
    failed: list[UserError] = []
    for kind, name, bring in todo:
        try:
            with notices():
                found.append(Fetched(kind, name, bring()))
        except UserError as problem:
            failed.append(problem)
            continue
        if on_fetched is not None:
            on_fetched(found[-1])
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise UserError(f"{len(failed)} of {len(todo)} could not be fetched: {'; '.join(map(str, failed))}")
    return found


def bring_models(plan: Plan, catalog: Catalog, settings: Settings) -> None:
    """What the plan's cells will load, once and before any of them is trained. Raises UserError."""
    if settings.offline:
        return
    for model in {(cell.model.backend, cell.model.name): cell.model for cell in plan.to_run}.values():
        backend = catalog.backend(model.backend)
        if isinstance(backend, FetchesModel):
            backend.fetch(model, settings.data_dir)


def lacking(problem: UserError, matrix: Matrix, catalog: Catalog, root: Path | None) -> UserError:
    """An offline run's error about what is not on this machine: all that lacks, and the command that brings it."""
    if not (matrix.offline and isinstance(problem, MissingModel | MissingData)):
        return problem
    models = [text for text in matrix.models if _lacks_model(text, catalog)]
    tasks = [
        text for text in matrix.tasks if any(_lacks_data(task, catalog, root) for task in catalog.tasks_named(text))
    ]
    if not models and not tasks:
        return problem  # nothing that could be fetched: files that are not where they should be
    words = [word for flag, texts in (("-m", models), ("-t", tasks)) for text in texts for word in (flag, text)]
    command = shlex.join(["xbench", "fetch", *words])
    if len(models) + len(tasks) == 1:
        return problem if models else MissingData(problem.message, f"`{command}` brings it")
    things = [*(f"model {text}" for text in models), *(f"the data of {text}" for text in tasks)]
    return type(problem)(
        f"not on this machine, and offline forbids the hub: {', '.join(things)}", f"`{command}` brings them"
    )


Todo = tuple[Literal["model", "task"], str, Callable[[], str]]


def _models(texts: Iterable[str], catalog: Catalog, root: Path | None) -> Iterator[Todo]:
    for text in dict.fromkeys(texts):
        backend, model = catalog.model(split_method(text, catalog.names("method"))[0])
        yield "model", model.name, partial(_bring_model, backend, model, root)


def _tasks(texts: Iterable[str], catalog: Catalog, root: Path | None) -> Iterator[Todo]:
    tasks = {task.name: task for text in texts for task in catalog.tasks_named(text)}
    for task in tasks.values():
        yield "task", task.name, partial(_bring_data, task, catalog, root)


def _bring_model(backend: Backend, model: ModelSpec, root: Path | None) -> str:
    if not isinstance(backend, FetchesModel):
        return f"{NOTHING}, backend {backend.name} brings its own"
    return backend.fetch(model, root)


def _bring_data(task: TaskSpec, catalog: Catalog, root: Path | None) -> str:
    """From the first source that has it, as a run would choose."""
    missing: list[MissingData] = []
    for ref, reader, place in _sources(task, catalog, root):
        try:
            if isinstance(reader, FetchesData):
                return reader.fetch(ref, place)
            _look(ref, reader, place)
        except MissingData as problem:
            missing.append(problem)
            continue
        return f"{NOTHING}, reader {reader.name} finds it on this machine"
    hints = dict.fromkeys(problem.hint for problem in missing if problem.hint)
    raise MissingData(f"task {task.name}: {'; '.join(problem.message for problem in missing)}", "; or ".join(hints))


def _sources(task: TaskSpec, catalog: Catalog, root: Path | None) -> Iterator[tuple[DatasetRef, Reader, Path | None]]:
    for ref in (task.data, *task.mirrors):
        yield ref, catalog.reader(ref.reader), place_of(ref, root)


def _look(ref: DatasetRef, reader: Reader, root: Path | None) -> None:
    """Raises MissingData where a source is not on this machine."""
    if reader.stamp(ref, root) is None:
        next(iter(reader.rows(ref, next(iter(ref.splits)), root, True)), None)


def _lacks_model(text: str, catalog: Catalog) -> bool:
    try:
        catalog.model(split_method(text, catalog.names("method"))[0], offline=True)
    except UserError as problem:
        return isinstance(problem, MissingModel)
    return False


def _lacks_data(task: TaskSpec, catalog: Catalog, root: Path | None) -> bool:
    """Is no source at hand, though one could be fetched?"""
    sources = list(_sources(task, catalog, root))
    if not any(isinstance(reader, FetchesData) for _, reader, _ in sources):
        return False
    for ref, reader, place in sources:
        try:
            _look(ref, reader, place)
        except MissingData:
            continue
        return False
    return True
