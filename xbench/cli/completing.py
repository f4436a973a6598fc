"""What the Tab key offers after a flag or a command: names of the catalog. Quick, silent, and never an error."""

from __future__ import annotations

import contextlib
import glob
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import typer
from typer.models import ParameterInfo

from xbench.errors import UserError

Completer = Callable[[typer.Context, str], list[str]]


def of(*kinds: str) -> Completer:
    """Names of these kinds (see `Catalog.names`) that begin with what is typed."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return sorted({name for kind in kinds for name in _names(ctx, kind) if name.startswith(incomplete)})

    return complete


def models(ctx: typer.Context, incomplete: str) -> list[str]:
    """A model; behind `name+`, that name with each method."""
    model, plus, _ = incomplete.rpartition("+")
    offered = [f"{model}+{method}" for method in _names(ctx, "method")] if plus else _names(ctx, "model")
    return [name for name in offered if name.startswith(incomplete)]


def switches(ctx: typer.Context, incomplete: str) -> list[str]:
    """`-p`: an installed plugin is on, so what is offered is to switch it off."""
    return [name for name in (f"no:{plugin}" for plugin in _names(ctx, "plugin")) if name.startswith(incomplete)]


def choices(names: Iterable[str]) -> Completer:
    """These words."""
    fixed = sorted(names)

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return [name for name in fixed if name.startswith(incomplete)]

    return complete


def settings(ctx: typer.Context, incomplete: str) -> list[str]:
    """`--set`: what the techniques, methods and models that are named so far declare, each with `=`."""
    from xbench.catalog import Catalog
    from xbench.recipes import qualified

    with _silent():
        catalog = Catalog.load(ctx.params.get("plugins") or ())
        named = ctx.params.get("models") or catalog.names("model")
        names: set[str] = set()
        for model in named:
            for _, (backend, spec) in catalog.owned("model", model.partition("+")[0]):
                names |= {option.name for option in backend.options(spec)}
        for kind in ("method", "technique"):
            for name in catalog.names(kind):
                for _, item in catalog.owned(kind, name):
                    names |= {option.name for option in qualified(name, item.options)}
        return sorted(f"{name}=" for name in names if name.startswith(incomplete))
    return []


def runs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Run ids of the results folder."""
    root = Path(ctx.params.get("results") or "results")
    return sorted(path.parent.name for path in root.glob(f"*/{glob.escape(incomplete)}*/record.json"))


def rows(ctx: typer.Context, incomplete: str) -> list[str]:
    """Rows of the results folder as `compare` takes them: a model, and with each of its methods."""
    from xbench.store import Store

    with _silent():
        cells = [record.cell for record in Store(ctx.params.get("results") or "results", writable=False).records()]
        names = {name for cell in cells for name in (cell.model.name, f"{cell.model.name}+{cell.method}")}
        return sorted(name for name in names if name.startswith(incomplete))
    return []


COMPLETERS: Mapping[str, Completer] = {
    "--model": models,
    "--task": of("alias", "suite"),
    "--method": of("method"),
    "--recipe": of("recipe"),
    "--set": settings,
    "--route": choices(("auto", "head", "text")),
    "--device": choices(("auto", "cpu", "cuda")),
    "-p": switches,
    "RUN": runs,
    "A": rows,
    "B": rows,
}


def attach(function: Callable[..., Any]) -> None:
    """Give a command's parameters their completers: a flag, or RUN, means the same in every command."""
    hints = get_type_hints(function, include_extras=True)
    function.__annotations__ = hints  # as text they would be read once more by typer, and what is set here lost
    for name, hint in hints.items():
        for parameter in getattr(hint, "__metadata__", ()):
            if isinstance(parameter, ParameterInfo) and parameter.autocompletion is None:
                # inside Annotated, typer keeps the first flag as the "default"; an argument has a metavar alone
                flags = (
                    str(parameter.metavar),
                    str(parameter.default),
                    *(parameter.param_decls or ()),
                    f"--{name.replace('_', '-')}",
                )
                parameter.autocompletion = next((COMPLETERS[flag] for flag in flags if flag in COMPLETERS), None)


def _names(ctx: typer.Context, kind: str) -> list[str]:
    from xbench.catalog import Catalog

    with _silent():
        catalog = Catalog.load(ctx.params.get("plugins") or ())
        if kind == "plugin":
            return [plugin.name for plugin in catalog.plugins]
        if kind == "suite":
            return list(catalog.suites())
        return catalog.names(kind)
    return []


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """A line on the terminal would stand in the middle of what is being typed."""
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(UserError):
        yield
