"""`xbench list`: what there is, by kind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

from xbench.catalog import Catalog
from xbench.cli import completing, output, widths
from xbench.cli.options import Debug, Json, Plugins
from xbench.names import format_value, unknown
from xbench.specs import Option

Row = Mapping[str, Any]


def tasks(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("task"):
        for owner, task in catalog.owned("task", name):
            yield {
                "name": name,
                "type": task.type,
                "language": task.language,
                "metrics": task.metrics,
                "plugin": owner,
                "licence": task.licence,
            }


def suites(catalog: Catalog) -> Iterable[Row]:
    return ({"name": name, "tasks": members} for name, members in catalog.suites().items())


def models(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("model"):
        for owner, (_, spec) in catalog.owned("model", name):
            yield {"name": name, "backend": owner, "shape": spec.shape}


def backends(catalog: Catalog) -> Iterable[Row]:
    """Those without named models take what their `resolve` knows: a folder, a hub id."""
    for name in catalog.names("backend"):
        for owner, backend in catalog.owned("backend", name):
            count = sum(1 for _ in backend.models())
            models = f"{count} named model{'s' * (count != 1)}" if count else "any name that it resolves"
            yield {"name": name, "plugin": owner, "models": models}


def methods(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("method"):
        for owner, method in catalog.owned("method", name):
            yield {"name": name, "plugin": owner, "options": _defaults(method.options)}


def techniques(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("technique"):
        for owner, part in catalog.owned("technique", name):
            yield {"name": name, "plugin": owner, "options": _defaults(part.options)}


def metrics(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("metric"):
        for owner, metric in catalog.owned("metric", name):
            better = "higher is better" if metric.higher_is_better else "lower is better"
            yield {"name": name, "plugin": owner, "direction": better, "options": _defaults(metric.options)}


def recipes(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("recipe"):
        for owner, recipe in catalog.owned("recipe", name):
            yield {"name": name, "plugin": owner, "description": recipe.description}


def tasktypes(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("tasktype"):
        for owner, tasktype in catalog.owned("tasktype", name):
            yield {
                "name": name,
                "plugin": owner,
                "fields": list(tasktype.fields),
                "targets": list(tasktype.targets),
            }


def readers(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("reader"):
        for owner, reader in catalog.owned("reader", name):
            said = (type(reader).__doc__ or "").strip().partition("\n")[0]
            yield {"name": name, "plugin": owner, "description": said}


def plugins(catalog: Catalog) -> Iterable[Row]:
    for plugin in catalog.plugins:
        yield {
            "name": plugin.name,
            "module": plugin.module,
            "distribution": f"{plugin.distribution} {plugin.version}".strip(),
            "hooks": [hook.removeprefix("xbench_") for hook in plugin.hooks],
            "problem": plugin.problem,
        }


def _defaults(options: Iterable[Option]) -> list[str]:
    return [f"{option.name}={format_value(option.default)}" for option in options]


KINDS: Mapping[str, Callable[[Catalog], Iterable[Row]]] = {
    "tasks": tasks,
    "suites": suites,
    "models": models,
    "backends": backends,
    "methods": methods,
    "techniques": techniques,
    "metrics": metrics,
    "recipes": recipes,
    "tasktypes": tasktypes,
    "readers": readers,
    "plugins": plugins,
}


def list_names(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND]",
            help=f"{', '.join(KINDS)}; without one, all of them.",
            autocompletion=completing.choices(KINDS),
        ),
    ] = None,
    json: Json = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> None:
    """List what there is: tasks, models, methods, metrics, recipes, ..."""
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    catalog = Catalog.load(plugins or ())
    for name in [kind] if kind else KINDS:
        rows = list(KINDS[name](catalog))
        if json:
            for row in rows:
                output.tell({"kind": name.removesuffix("s"), **row})
            continue
        if not kind:
            typer.echo(f"{name}:")
        elif not rows:
            typer.echo(f"no {name} here", err=True)
        for line in aligned(rows):
            typer.echo(line if kind else f"  {line}")


def aligned(rows: Iterable[Row]) -> Iterable[str]:
    """Rows as lines with columns of equal width."""
    cells = [["" if value is None else format_value(value) for value in row.values()] for row in rows]
    return widths.table(cells, sys.maxsize)
