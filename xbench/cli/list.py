"""`xbench list`: what there is, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

from xbench import wire
from xbench.catalog import Catalog
from xbench.cli.options import Debug, Json, Plugins
from xbench.names import format_value, unknown

Row = Mapping[str, Any]


def list_names(
    kind: Annotated[str | None, typer.Argument(help="tasks, models, methods, metrics, recipes or plugins.")] = None,
    json: Json = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> None:
    """List tasks, models, methods, metrics, recipes or plugins."""
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    catalog = Catalog.load(plugins or ())
    for name in [kind] if kind else KINDS:
        rows = list(KINDS[name](catalog))
        if json:
            for row in rows:
                typer.echo(wire.dumps({"kind": name.removesuffix("s"), **row}).decode())
            continue
        if not kind:
            typer.echo(f"{name}:")
        for line in aligned(rows):
            typer.echo(line if kind else f"  {line}")


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


def models(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("model"):
        for owner, (_, spec) in catalog.owned("model", name):
            yield {"name": name, "backend": owner, "shape": spec.shape}


def methods(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("method"):
        for owner, method in catalog.owned("method", name):
            options = [f"{option.name}={format_value(option.default)}" for option in method.options]
            yield {"name": name, "plugin": owner, "options": options}


def metrics(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("metric"):
        for owner, metric in catalog.owned("metric", name):
            options = [f"{option.name}={format_value(option.default)}" for option in metric.options]
            better = "higher is better" if metric.higher_is_better else "lower is better"
            yield {"name": name, "plugin": owner, "direction": better, "options": options}


def recipes(catalog: Catalog) -> Iterable[Row]:
    for name in catalog.names("recipe"):
        for owner, recipe in catalog.owned("recipe", name):
            yield {"name": name, "plugin": owner, "description": recipe.description}


def plugins(catalog: Catalog) -> Iterable[Row]:
    for plugin in catalog.plugins:
        yield {
            "name": plugin.name,
            "module": plugin.module,
            "distribution": f"{plugin.distribution} {plugin.version}".strip(),
            "hooks": [hook.removeprefix("xbench_") for hook in plugin.hooks],
            "problem": plugin.problem,
        }


KINDS: Mapping[str, Callable[[Catalog], Iterable[Row]]] = {
    "tasks": tasks,
    "models": models,
    "methods": methods,
    "metrics": metrics,
    "recipes": recipes,
    "plugins": plugins,
}


def aligned(rows: Iterable[Row]) -> Iterable[str]:
    """Rows as lines with columns of equal width."""
    cells = [["" if value is None else format_value(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
