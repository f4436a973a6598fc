"""A plugin: it loads, its hooks are sound, and all that it declares is tried."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from xbench.catalog import Catalog
from xbench.checkup.checking import Checking
from xbench.checkup.findings import Finding, tried, wrong
from xbench.checkup.samples import Sample, at_hand, sample, tasks_at_hand
from xbench.checkup.task import check_metrics, check_names
from xbench.checkup.trials import Trials
from xbench.columns import COLUMNS
from xbench.errors import MissingData
from xbench.names import SAFE_NAME, nearest
from xbench.plugins import PluginInfo
from xbench.protocols import Part
from xbench.records import Board
from xbench.sources import place_of
from xbench.specs import ModelSpec, TaskSpec
from xbench.taskcheck import scores
from xbench.testing.trial import require
from xbench.variants import declared_options

# What takes seconds to import: a plugin's module is imported by every command, so these belong inside functions.
HEAVY = ("torch", "transformers", "datasets", "peft", "evaluate", "sklearn", "pandas", "scipy")
_IMPORT_SECONDS = 120.0


def check_plugin(
    name: str, module: str, catalog: Catalog, root: Path | None, cache: Path, models: Sequence[str] = ()
) -> Iterator[Finding]:
    """Everything, a line each; what takes long stands last.

    Args:
        name, module: of a plugin in `catalog`.
        root: the data folder.
        cache: where read data are kept, as in a run.
        models: models to train besides those that its backends name.
    """
    plugin = next(found for found in catalog.plugins if (found.name, found.module) == (name, module))
    for other in catalog.plugins:
        if other.name == name and other.module != module:
            told = f"{other.module} is a plugin {name} too, and of the two only one is loaded"
            yield Finding("wrong", "plugin", told, "give it a name of its own")
    yield from _loading(plugin)
    if plugin.broken or not plugin.hooks:
        return
    checking = Checking(catalog, plugin, root, cache, models)
    yield from _tasktypes(checking)
    yield from _readers(checking)
    yield from _tasks(checking)
    yield from _metrics(checking)
    yield from _methods(checking)
    yield from _parts(checking)
    yield from _recipes(checking)
    yield from _renderers(checking)
    yield from Trials(checking).run()


def _loading(plugin: PluginInfo) -> Iterator[Finding]:
    yield from (Finding("wrong", "plugin", problem) for problem in plugin.problems)
    yield from (Finding("note", "plugin", rival) for rival in plugin.rivals)
    if plugin.hooks:
        yield Finding("ok", "plugin", f"{plugin.module}: {', '.join(plugin.hooks)}")
        yield _weight(plugin)


def _weight(plugin: PluginInfo) -> Finding:
    """What importing its module alone brings in, in a process of its own."""
    module = plugin.module.partition(":")[0]
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    command = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_IMPORT_SECONDS)
    except subprocess.TimeoutExpired:
        return Finding("wrong", "import", f"{module} takes more than {_IMPORT_SECONDS:.0f} s to import")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended early"])[-1]
        return Finding("wrong", "import", f"{module} alone cannot be imported: {last}")
    heavy = done.stdout.splitlines()[-1].strip() if done.stdout.strip() else ""
    if heavy:
        mend = "import them inside the functions that need them"
        return Finding("wrong", "import", f"importing {module} imports {heavy.replace(' ', ', ')}", mend)
    return Finding("ok", "import", "quick: no framework is imported before it is needed")


def _tasktypes(checking: Checking) -> Iterator[Finding]:
    for tasktype in checking.own("tasktype"):

        def trial(tasktype: Any = tasktype) -> str:
            require(
                bool(SAFE_NAME.fullmatch(tasktype.name)), f"name {tasktype.name!r}: letters, digits, '.', '_' and '-'"
            )
            require(bool(tasktype.fields), "it has no fields")
            require(bool(tasktype.targets), "it has no targets")
            told = f"{', '.join(tasktype.fields)} -> {', '.join(tasktype.targets)}"
            task = next((task for task in checking.tasks if task.type == tasktype.name), None)
            if task is None:
                return f"{told}; no task of it is at hand"
            for said in (tasktype.check({}, task), tasktype.check_prediction({}, task)):
                require(isinstance(said, str), "an example or a prediction without fields is no problem to it")
            return told

        yield tried(f"task type {tasktype.name}", trial)


def _readers(checking: Checking) -> Iterator[Finding]:
    tasks = tasks_at_hand(checking.catalog, checking.plugin.name, checking.root)
    for reader in checking.own("reader"):
        what = f"reader {reader.name}"
        reading = [task for task in tasks if _reads(checking, reader.name, task)]
        if not reading:
            yield Finding("skipped", what, "no task that it reads is at hand")
            continue

        def trial(reader: Any = reader, task: TaskSpec = reading[0]) -> str:
            ref = at_hand(checking.catalog, task, checking.root) or task.data
            stamps = {reader.stamp(ref, place_of(ref, checking.root)) for _ in range(2)}
            require(len(stamps) == 1, "two stamps of the same data differ")
            row = next(iter(reader.rows(ref, "test", place_of(ref, checking.root), True)), None)
            if row is None:
                raise AssertionError(f"no row in the test split of {task.name}")
            return f"reads {task.name}: {', '.join(name for name in row if not name.startswith('_'))}"

        yield tried(what, trial)


def _reads(checking: Checking, reader: str, task: TaskSpec) -> bool:
    return (at_hand(checking.catalog, task, checking.root) or task.data).reader == reader


def _tasks(checking: Checking) -> Iterator[Finding]:
    from xbench.testing import check_task

    for task in checking.own("task"):
        what = f"task {task.name}"
        problems = list(check_names(task, checking.catalog))
        yield from (Finding(found.state, what, f"{found.what}: {found.text}", found.hint) for found in problems)
        if any(found.state == "wrong" for found in problems):
            continue
        try:
            check_task(task, checking.root, True, checking.catalog)
        except MissingData as problem:
            yield Finding(
                "skipped",
                what,
                f"not at hand: {problem.message.removeprefix(f'{what}: no data at hand: ')}",
                problem.hint,
            )
            continue
        except Exception as problem:  # noqa: BLE001 - a reader may raise anything
            yield wrong(what, problem)
            continue
        yield Finding("ok", what, "every row is sound, and two reads are alike")
        for found in check_metrics(task, checking.catalog, checking.root):
            if found.state == "wrong":
                yield Finding("wrong", what, found.text, found.hint)


def _metrics(checking: Checking) -> Iterator[Finding]:
    tasks = tasks_at_hand(checking.catalog, checking.plugin.name, checking.root)
    for metric in checking.own("metric"):
        what = f"metric {metric.name}"
        naming = [task for task in tasks if any(text.partition("(")[0] == metric.name for text in task.metrics)]
        shown = next((s for s in (sample(checking.catalog, task, checking.root) for task in naming) if s), None)
        if shown is None:
            yield from _unnamed_metric(checking, metric)
        else:
            yield tried(what, partial(_added, metric, shown))


def _unnamed_metric(checking: Checking, metric: Any) -> Iterator[Finding]:
    """One that no task names: tried on a task of each type until it fits one."""
    what, first = f"metric {metric.name}", None
    for task in checking.tasks:
        if not scores(metric, tuple(checking.catalog.tasktype(task.type).targets.values())):
            continue
        shown = sample(checking.catalog, task, checking.root)
        if shown is None:
            continue
        try:
            metric.direct(shown.task, shown.examples, shown.predictions)
        except Exception as problem:  # noqa: BLE001 - it may be meant for another type of task
            first = first or problem
            continue
        yield tried(what, partial(_added, metric, shown))
        return
    if first is None:
        yield Finding("skipped", what, "no task is at hand to try it on")
    else:
        yield Finding("wrong", what, f"fits no task that is at hand: {type(first).__name__}: {first}")


def _added(metric: Any, shown: Sample) -> str:
    from xbench.testing import check_metric

    check_metric(metric, shown.task, shown.examples, shown.predictions)
    return f"its statistics add up on {len(shown.examples)} examples of {shown.task.name}"


def _methods(checking: Checking) -> Iterator[Finding]:
    from xbench.testing import check_method

    for method in checking.own("method"):

        def trial(method: Any = method) -> str:
            count = 0
            for backend, spec in _models(checking.catalog):
                for way in backend.routes(spec) or ("",):
                    check_method(method, spec, way)
                    count += 1
            require(bool(count), "no model is installed to ask it about")
            return f"answers for {count} pairs of model and route"

        yield tried(f"method {method.name}", trial)


def _models(catalog: Catalog) -> Iterator[tuple[Any, ModelSpec]]:
    for name in catalog.names("model"):
        yield from (found for _, found in catalog.owned("model", name))


def _parts(checking: Checking) -> Iterator[Finding]:
    from xbench.testing.checks import check_options

    for part in checking.own("part"):
        what = f"{part.kind} {part.name}"

        def trial(part: Part = part, what: str = what) -> str:
            check_options(what, part.options)
            module, _, attribute = part.target.partition(":")
            getattr(importlib.import_module(module), attribute)
            return f"{part.target} is there"

        yield tried(what, trial)


def _recipes(checking: Checking) -> Iterator[Finding]:
    known = {option.name for option, *_ in declared_options(checking.catalog)}
    for recipe in checking.own("recipe"):
        what = f"recipe {recipe.name}"
        strange = [key for key in recipe.values if key not in known]
        for key in strange:
            yield Finding("wrong", what, f"no component declares {key!r}", f"did you mean {nearest(key, known)}?")
        if not strange:
            yield Finding("ok", what, recipe.description or "no description")


def _renderers(checking: Checking) -> Iterator[Finding]:
    for renderer in checking.own("renderer"):

        def trial(renderer: Any = renderer) -> str:
            drawn = renderer.render(Board(COLUMNS, (), (), {}, {}))
            require(isinstance(drawn, bytes), f"render() gave {type(drawn).__name__}, not bytes")
            return f"draws a board without rows in {len(drawn):,} bytes"

        yield tried(f"renderer {renderer.name}", trial)
