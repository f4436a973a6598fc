"""`xbench show`: everything about one task, model, method, metric, recipe, ...: whatever `xbench list` names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from xbench.abilities import FetchesData
from xbench.catalog import Catalog
from xbench.cli import completing
from xbench.cli.list import aligned
from xbench.cli.options import DataDir, Debug, Plugins
from xbench.errors import MissingData, UserError
from xbench.names import format_value, label_text, parse_call, unknown
from xbench.protocols import Backend
from xbench.recipes import effective, qualified
from xbench.specs import DatasetRef, ModelSpec, Option, TaskSpec

Lines = Iterator[str]
_CATALOGUED = ("task", "model", "method", "metric", "recipe", "technique", "tasktype", "reader", "backend")


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A task, card or data file, or anything else that `xbench list` names.",
            autocompletion=completing.of("alias", "suite", *(kind for kind in _CATALOGUED if kind != "task")),
        ),
    ],
    data_dir: DataDir = None,
    plugins: Plugins = None,
    debug: Debug = False,
) -> None:
    """Show what a name stands for.

    For a task: its card, and what its data hold where they are on this machine; nothing is ever downloaded. For a
    recipe: every effective value, and where it came from.
    """
    catalog = Catalog.load(plugins or ())
    readings = [(kind, owner, item) for kind in KINDS for owner, item in _readings(catalog, kind, name)] or [
        _resolved(catalog, name)
    ]
    for number, (kind, owner, item) in enumerate(readings):
        if number:
            typer.echo()
        noun = "task type" if kind == "tasktype" else kind
        typer.echo(f"{noun} {name.removeprefix(f'{owner}:')}" + (f" ({owner})" if owner else ""))
        for line in KINDS[kind](catalog, item):
            typer.echo(f"  {line}".rstrip())
        if kind == "task":
            for line in _data(catalog, item, data_dir, tuple(plugins or ())):
                typer.echo(f"  {line}")


def _readings(catalog: Catalog, kind: str, text: str) -> list[tuple[str, Any]]:
    """(owner, what it declares) of a name, an `owner:name`, or a metric with parameters."""
    if kind == "plugin":
        return [(plugin.distribution, plugin) for plugin in catalog.plugins if plugin.name == text]
    if kind == "suite":
        return [("", members) for name, members in catalog.suites().items() if name == text]
    if kind == "metric" and "(" in text:
        text = parse_call(text)[0]
    owner, colon, name = text.partition(":")
    if colon:
        return [found for found in catalog.owned(kind, name) if found[0] == owner]
    return catalog.owned(kind, text) or (catalog.owned("alias", text) if kind == "task" else [])


def _resolved(catalog: Catalog, text: str) -> tuple[str, str, Any]:
    """What no plugin declares: a card's path; a model by its folder, or a hub id that is on this machine."""
    if text.endswith(".toml"):
        return "task", "card", catalog.tasks_named(text)[0]
    folder = Path(text).expanduser().is_dir()
    if not folder and catalog.own_data(text) is not None:
        return "task", "own data", catalog.tasks_named(text)[0]
    try:
        backend, spec = catalog.model(text, offline=True)
    except UserError:
        if folder:  # no model's
            return "task", "own data", catalog.tasks_named(text)[0]
        if "/" in text:
            raise
        known = {name for kind in _CATALOGUED for name in catalog.names(kind)}
        known |= {*catalog.suites(), *(plugin.name for plugin in catalog.plugins)}
        raise unknown("name", text, known) from None
    return "model", backend.name, (backend, spec)


def task(catalog: Catalog, item: Any) -> Lines:
    if item.description:
        yield item.description
    fields = {
        "version": item.version,
        "type": item.type,
        "inputs": item.inputs,
        "labels": f"{len(item.labels)}: {','.join(map(label_text, item.labels))}" if item.labels else "",
        "metrics": item.metrics,
        "language": item.language,
        "licence": item.licence + (", texts may be passed on" if item.redistributable else ""),
        "citation": item.citation,
        "aliases": item.aliases,
        "suites": item.suites,
        "cluster": item.cluster,
        "prefixes": [f"{family}: {prefix!r}" for family, prefix in item.prefixes.items()],
    }
    yield from _pairs(fields)
    for title, ref in [("data", item.data), *(("or", mirror) for mirror in item.mirrors)]:
        yield f"{title}: {_source(ref)}"


def _data(catalog: Catalog, task: TaskSpec, data_dir: Path | None, plugins: tuple[str, ...]) -> Lines:
    """What the data hold, or how they come to this machine."""
    from xbench import api
    from xbench.cli.statistics import statistics_lines

    try:
        told = api.describe(task, data_dir, plugins)
    except MissingData as problem:
        ways = _ways(catalog, task)
        yield f"rows: not on this machine ({'; or '.join(ways)})" if ways else f"rows: {problem}"
    else:
        yield from statistics_lines(told)


def _ways(catalog: Catalog, task: TaskSpec) -> list[str]:
    """How the rows of a task can come here."""
    refs = (task.data, *task.mirrors)
    fetched = any(isinstance(catalog.reader(ref.reader), FetchesData) for ref in refs)
    folders = dict.fromkeys(str(ref.location["folder"]) for ref in refs if "folder" in ref.location and not ref.root)
    return [
        *([f"xbench fetch -t {task.name} brings them"] if fetched else []),
        *(f"put the official files into {folder} and name the folder above it with --data-dir" for folder in folders),
    ]


def _source(ref: DatasetRef) -> str:
    location = {**ref.location, **({"folder": ref.root} if ref.root else {})}
    places = [f"{key}={value!r}" if key == "delimiter" else f"{key}={value}" for key, value in location.items()]
    splits = [f"{split}={source}" for split, source in ref.splits.items()]
    shares = {"validation": ref.validation_share, "test": ref.test_share}
    carved = [f"{split} is {share:.0%} of train" for split, share in shares.items() if share]
    return f"{ref.reader} {', '.join([*places, *splits, *carved])}"


def model(catalog: Catalog, item: tuple[Backend, ModelSpec]) -> Lines:
    backend, spec = item
    routes = ", ".join(backend.routes(spec)) or "none: it uses no heads"
    fields = {
        "shape": spec.shape,
        "family": spec.family,
        "revision": spec.revision,
        "routes": routes,
        "deterministic": spec.deterministic,
        "seen tasks": spec.seen_tasks,
    }
    yield from _pairs(fields)
    yield "options:"
    yield from _options(backend.options(spec))


def method(catalog: Catalog, item: Any) -> Lines:
    moved = [f"{name}={format_value(value)}" for name, value in item.defaults.items()]
    yield from _pairs({"moves": moved})
    yield from _options(qualified(item.name, item.options))


def metric(catalog: Catalog, item: Any) -> Lines:
    yield "higher is better" if item.higher_is_better else "lower is better"
    yield from _pairs({"scale": f"{item.bounds[0]:g} to {item.bounds[1]:g}" if item.bounds else "unbounded"})
    yield from _options(item.options)


def technique(catalog: Catalog, item: Any) -> Lines:
    yield from _options(qualified(item.name, item.options))


def tasktype(catalog: Catalog, item: Any) -> Lines:
    yield from _documented(item)
    for title, fields in (("inputs", item.fields), ("targets", item.targets)):
        yield from _pairs({title: [f"{name} ({kind})" for name, kind in fields.items()]})
    yield from _pairs({"tasks": _tasks(catalog, lambda task: task.type == item.name)})


def reader(catalog: Catalog, item: Any) -> Lines:
    yield from _documented(item)
    yield from _pairs({"tasks": _tasks(catalog, lambda task: item.name in (task.data.reader, *_mirrored(task)))})


def _mirrored(task: TaskSpec) -> Iterator[str]:
    return (ref.reader for ref in task.mirrors)


def _tasks(catalog: Catalog, wanted: Callable[[TaskSpec], bool]) -> list[str]:
    return [name for name in catalog.names("task") if any(wanted(task) for _, task in catalog.owned("task", name))]


def backend(catalog: Catalog, item: Any) -> Lines:
    yield from _documented(item)
    named = [spec.name for spec in item.models()]
    yield from _pairs({"models": named or "none by name: folders and hub ids, as it resolves them"})


def suite(catalog: Catalog, item: list[str]) -> Lines:
    yield from _pairs({"tasks": item})


def _documented(item: Any) -> Lines:
    yield from (inspect.getdoc(type(item)) or "").splitlines()


def plugin(catalog: Catalog, item: Any) -> Lines:
    version = f"{item.distribution} {item.version}".strip()
    yield from _pairs({"module": item.module, "from": version, "hooks": item.hooks, "problem": item.problem})


def recipe(catalog: Catalog, item: Any) -> Lines:
    """Every effective value, for each set of models that read the recipe alike."""
    if item.description:
        yield item.description
    yield f"from {item.origin}"
    readers: dict[tuple[tuple[Any, ...], ...], list[str]] = {}
    for name in catalog.names("model"):
        for _, (backend, spec) in catalog.owned("model", name):
            options = list(backend.options(spec))
            if options:
                values, origins = effective(options, {}, item.values, {})
                rows = tuple((name, format_value(value), origins[name]) for name, value in values.items())
                readers.setdefault(rows, []).append(name)
    for rows, names in readers.items():
        yield f"for {', '.join(names)}:"
        yield from (f"  {line}" for line in aligned({"name": row[0], "value": row[1], "from": row[2]} for row in rows))


KINDS: Mapping[str, Callable[[Catalog, Any], Lines]] = {
    "task": task,
    "model": model,
    "method": method,
    "metric": metric,
    "recipe": recipe,
    "technique": technique,
    "tasktype": tasktype,
    "reader": reader,
    "backend": backend,
    "suite": suite,
    "plugin": plugin,
}


def _pairs(fields: Mapping[str, Any]) -> Lines:
    for name, value in fields.items():
        if value not in (None, "", False, (), []):
            yield f"{name}: {', '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"


def _options(options: Iterable[Option]) -> Lines:
    rows = [
        {
            "name": option.name,
            "type": option.type,
            "default": format_value(option.default),
            "choices": "|".join(map(str, option.choices)),
            "doc": option.doc,
        }
        for option in options
    ]
    yield from (f"  {line}" for line in aligned(rows))
