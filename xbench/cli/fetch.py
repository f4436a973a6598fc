"""`xbench fetch`: fill the caches, so that `xbench run --offline` needs no network."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from xbench.cli import output
from xbench.cli.options import DataDir, Debug, Json, Plugins


def fetch(
    models: Annotated[
        list[str] | None, typer.Option("-m", "--model", metavar="M", help="A model, as `xbench run` takes it.")
    ] = None,
    tasks: Annotated[
        list[str] | None, typer.Option("-t", "--task", metavar="T", help="A task, an alias, a suite, or a card's path.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Bring models and data sets to this machine, so that `xbench run --offline` needs no network.

    What is there already is left as it is, and the same command goes on where it was interrupted. The caches are those
    of Hugging Face's libraries: HF_HOME moves them, HF_ENDPOINT names a mirror, HF_TOKEN opens what is gated.
    """
    from xbench import api

    def told(one: api.Fetched) -> None:
        if json:
            output.tell({"event": "fetched", "kind": one.kind, "name": one.name, "said": one.said})
        else:
            typer.echo(f"{one.kind} {one.name}: {one.said}")

    try:
        api.fetch(models or (), tasks or (), data_dir, tuple(plugins or ()), on_fetched=told)
    except KeyboardInterrupt:
        typer.echo("xbench: interrupted; the same command goes on from there", err=True)
        return 130
    if models and tasks and not json:
        words = [word for flag, texts in (("-m", models), ("-t", tasks)) for text in texts for word in (flag, text)]
        words += ["--data-dir", str(data_dir)] if data_dir else []
        typer.echo(f"all is here: {shlex.join(['xbench', 'run', *words, '--offline'])}")
    return 0
