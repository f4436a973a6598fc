"""`xbench new`: files to go on with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from xbench.cli.help import App, Group
from xbench.cli.options import Debug, Plugins
from xbench.cli.plugin import plugin
from xbench.names import printable

# Models to begin with, by the task type: a baseline or two, and the smallest that learns from nothing.
_BEGIN = {
    "classification": "-m majority -m tfidf -m scratch-tiny-encoder",
    "tagging": "-m majority -m gazetteer -m scratch-tiny-encoder",
    "text-to-text": "-m copy -m scratch-tiny",
}


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
    if len(made.ways) > 1:
        typer.echo(f"CHOOSE: {len(made.ways)} ways to take these data are equally good; each stands in {made.path}:")
        for number, way in enumerate(made.ways, start=1):
            typer.echo(f"  way {number}: {printable(way)}{'  (switched on)' if number == 1 else ''}")
    elif made.ambiguous:
        typer.echo(
            f"CHOOSE: names and values do not settle that this is {printable(made.ways[0])}; look at {made.path}"
        )
    if not made.told:
        typer.echo("fill it in; its comments say how")
    card = shlex.quote(str(made.path))
    typer.echo(f"next: xbench show {card}; then xbench run -t {card} {_BEGIN.get(made.type, '-m MODEL')}")


app = App(cls=Group, no_args_is_help=True, help="Write a task card or a plugin to go on with.")
app.command("task")(task)
app.command("plugin")(plugin)
