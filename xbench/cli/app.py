"""The command `xbench`: its groups, and how errors become one line and an exit code.

Exit codes: 0 done, 1 some cell failed (or an assertion does not hold), 2 wrong usage or bad input, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any

import typer

from xbench.cli import board, show
from xbench.cli import doctor as examining
from xbench.cli import list as listing
from xbench.cli import new as making
from xbench.cli import predict as predicting
from xbench.cli import run as running
from xbench.cli.front import FRONT
from xbench.cli.help import App, Group
from xbench.errors import PluginError, UserError
from xbench.names import unknown

UsageError: type[Exception] = typer.BadParameter.__bases__[0]  # click's, which typer carries inside from 0.28 on


app = App(
    cls=Group,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Fine-tune and evaluate NLP models on many tasks, and turn the records into leaderboards.",
)
app.command("run")(running.run)
app.command("list")(listing.list_names)
app.command("show")(show.show)
app.command("leaderboard")(board.leaderboard)
app.command("compare")(board.compare)
app.command("rescore")(board.rescore)
app.command("doctor")(examining.doctor)
app.command("predict")(predicting.predict)
app.add_typer(making.app, name="new")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if version:
        typer.echo(f"xbench {metadata.version('xbench-harness')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(FRONT.format(version=metadata.version("xbench-harness")), nl=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code. With `--debug` an error shows its traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=given, prog_name="xbench", standalone_mode=False, obj=given)
        return code if isinstance(code, int) else 0
    except (UserError, PluginError, UsageError) as problem:
        if "--debug" in given:
            raise
        typer.echo(f"xbench: {_line(problem)}", err=True)
        return 1 if isinstance(problem, PluginError) else 2
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("xbench: interrupted", err=True)
        return 130


def _line(problem: Any) -> str:
    """An error as one line: the thing, and the mend."""
    context = getattr(problem, "ctx", None)
    if context is None:
        return " ".join(str(problem).split())
    if hasattr(problem, "possibilities"):  # an unknown option
        known = [text for parameter in context.command.params for text in parameter.opts if text.startswith("--")]
        problem = unknown("option", problem.option_name, known)
        return str(problem)
    message = " ".join(problem.format_message().split()).rstrip(".")
    return f"{message} (see {context.command_path} --help)"
