"""`xbench doctor`: what is here, what would be used and why, and what to mend."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import typer

from xbench.cli import output
from xbench.cli.options import DataDir, Debug, Json, Offline, Plugins

WIDTH = 80


def doctor(
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Look at this machine: versions, device, caches, hub, data, plugins; problems each with its mend.

    Exit code 1 where some of xbench, as it is installed, cannot work; problems that only cost time leave it at 0.
    """
    from xbench import api
    from xbench.doctor import as_json

    checkup = api.doctor(data_dir, offline, tuple(plugins or ()))
    if json:
        output.tell(as_json(checkup))
        return 0 if checkup.works else 1
    for section in checkup.sections:
        typer.echo(section.topic + (f" (as {' and '.join(section.by)} find it)" if section.by else ""))
        for line in _facts(dict(section.facts)):
            typer.echo(line)
        typer.echo()
    for line in _problems(checkup):
        typer.echo(line)
    return 0 if checkup.works else 1


def _facts(facts: dict[str, Any]) -> Iterator[str]:
    """Names in one column, values wrapped in another; a list of texts that hold blanks of their own, a line each."""
    width = max(map(len, facts))
    for name, value in facts.items():
        texts = [str(value)] if not isinstance(value, list) else [", ".join(value)]
        for text in texts:
            yield from _wrapped(f"  {name.ljust(width)}  ", text)


def _problems(checkup: Any) -> Iterator[str]:
    if not checkup.problems:
        yield "no problems found"
        return
    count = len(checkup.problems)
    yield f"{count} problem{'s' * (count != 1)}"
    for number, problem in enumerate(checkup.problems, start=1):
        yield from _wrapped(f"{number:3}. ", problem.message)
        yield from _wrapped("     mend: ", problem.hint)


def _wrapped(head: str, text: str) -> Iterator[str]:
    indent = " " * len(head)
    lines = textwrap.wrap(text, WIDTH - len(head), break_long_words=False, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        yield (head if number == 0 else indent) + line
