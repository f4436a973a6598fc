"""`xbench new plugin`: a package to begin with."""

from __future__ import annotations

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
    typer.echo(f"  xbench check {folder}       # tries all that it declares, installed or not")
    typer.echo(f"  pytest {folder}             # its own test")
    typer.echo(f"  pip install -e {folder}     # from then on every xbench command knows it:")
    typer.echo(f"  {made.try_it}")
