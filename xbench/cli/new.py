"""`xbench new`: files to go on with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from xbench.cli.help import App, Group
from xbench.cli.options import Debug, Plugins
from xbench.cli.plugin import plugin


def task(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The task's name.")],
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Data to look at: a file, or a folder of splits.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PATH", help="Where the card goes.  [default: NAME.toml]")
    ] = None,
    plugins: Plugins = None,
    debug: Debug = False,
) -> None:
    """Write a task card for your own data; without --from, one to fill in."""
    from xbench import api

    made = api.new_task(name, source, out, tuple(plugins or ()))
    for line in made.told:
        typer.echo(line)
    typer.echo(f"wrote {made.path}")
    if made.ambiguous:
        typer.echo("other ways to take the columns are as good: they stand in the card; choose there")
    if not made.told:
        typer.echo("fill it in; its comments say how")
    card = shlex.quote(str(made.path))
    typer.echo(f"next: xbench show {card}; then xbench run -t {card} -m majority -m tfidf -m scratch-tiny")


app = App(cls=Group, no_args_is_help=True, help="Write a task card or a plugin to go on with.")
app.command("task")(task)
app.command("plugin")(plugin)
