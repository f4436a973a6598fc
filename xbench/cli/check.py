"""`xbench check`: is a card, a task or a plugin what xbench expects?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from xbench.cli import completing, output
from xbench.cli.options import DataDir, Debug, Json, Plugins

if TYPE_CHECKING:  # every command's start would pay for it
    from xbench.checkup import Finding, Target

_MARKS = {"ok": "ok", "note": "note", "skipped": "skip", "wrong": "WRONG"}


def check(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="CARD|TASK|PLUGIN...",
            help="A card's path; a task, a suite or a file of data; a plugin's name, module or folder.",
            autocompletion=completing.of("alias", "suite", "plugin"),
        ),
    ],
    models: Annotated[
        list[str] | None,
        typer.Option("-m", "--model", metavar="M", help="Train this model of the plugin too. May be repeated."),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Try a card, a task or a plugin before you rely on it.

    A card or a task: its names exist, its metrics fit, every row and label is as it says. A plugin: it loads, its hooks
    are sound, and all that it declares is tried, by training on a few examples too. No network is asked. Exit code 1
    where something is wrong.
    """
    from xbench import api

    def tell(target: Target, finding: Finding | None) -> None:
        if json:
            if finding is not None:
                output.tell({"kind": target.kind, "name": target.name, **_row(finding)})
        elif finding is None:
            typer.echo(f"{target.kind} {target.name}")
        else:
            typer.echo(f"  {_MARKS[finding.state]:<6}{finding.what}: {finding.text}")
            if finding.hint:
                typer.echo(f"        mend: {finding.hint}")

    findings = [
        finding
        for text in targets
        for finding in api.check(text, data_dir, tuple(models or ()), tuple(plugins or ()), tell)
    ]
    wrong = sum(finding.state == "wrong" for finding in findings)
    if not json:
        typer.echo(f"{wrong} problem{'s' * (wrong != 1)}" if wrong else "ok")
    return 1 if wrong else 0


def _row(finding: Finding) -> dict[str, str]:
    return {"state": finding.state, "what": finding.what, "text": finding.text, "hint": finding.hint}
