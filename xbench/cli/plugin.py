"""`xbench new plugin`: a package to begin with."""

from __future__ import annotations

import importlib.util
import shlex
from pathlib import Path
from typing import Annotated

import typer

from xbench.cli import completing
from xbench.cli.options import Debug
from xbench.newplugin import KINDS


def plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name: mine makes xbench-mine.")],
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help=f"What it declares: {' or '.join(KINDS)}.",
            autocompletion=completing.choices(KINDS),
        ),
    ] = "backend",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where it goes.  [default: xbench-NAME]")
    ] = None,
    debug: Debug = False,
) -> None:
    """Write a small package that works: a model or a metric of your own, with its test."""
    from xbench import api

    made = api.new_plugin(name, out, kind)
    for path in made.paths:
        typer.echo(f"wrote {path}")
    folder = shlex.quote(str(made.folder))
    typer.echo("next:")
    steps = {
        f"xbench check {folder}": "  # tries all that it declares, installed or not",
        f"{installer()} install -e {folder} pytest": "  # from then on every xbench command knows it",
        f"pytest {folder}": "  # its own test",
        made.try_it: "",
    }
    width = max(len(step) for step, note in steps.items() if note)
    for step, note in steps.items():
        typer.echo(f"  {step.ljust(width)}{note}".rstrip())


def installer() -> str:
    """What installs into this environment: those that uv makes have no pip."""
    return "uv pip" if importlib.util.find_spec("pip") is None else "pip"
