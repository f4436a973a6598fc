"""The command `xbench`: its groups, and how errors become one line and an exit code.

Exit codes: 0 done, 1 some cell failed (or an assertion does not hold), 2 wrong usage or bad input, 130 interrupted,
141 nobody reads the output any more.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any

import typer

from xbench.cli import board, protocol, show, widths
from xbench.cli import check as checking
from xbench.cli import compare as comparing
from xbench.cli import doctor as examining
from xbench.cli import fetch as fetching
from xbench.cli import list as listing
from xbench.cli import new as making
from xbench.cli import predict as predicting
from xbench.cli import run as running
from xbench.cli.fetching import shown
from xbench.cli.front import FRONT
from xbench.cli.help import App, Group, ReaderGone
from xbench.cli.output import answers_only
from xbench.cli.typed import unknown_option, unset
from xbench.errors import PluginError, UserError

UsageError: type[Exception] = typer.BadParameter.__bases__[0]  # click's, which typer carries inside from 0.28 on
CLOSED = 128 + 13  # as a shell says of a command that SIGPIPE has ended
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

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
app.command("fetch")(fetching.fetch)
app.command("leaderboard")(board.leaderboard)
app.command("compare")(comparing.compare)
app.command("rescore")(board.rescore)
app.command("explain-protocol")(protocol.explain_protocol)
app.command("doctor")(examining.doctor)
app.command("check")(checking.check)
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
    if sys.stdout is None:  # closed by the shell: `>&-`
        _forget_output()
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of another encoding shows the rest as escapes
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with shown("--json" not in given), answers_only("--json" in given):
            code = app(args=given, prog_name="xbench", standalone_mode=False, obj=given)
        sys.stdout.flush()  # here, where a full disk is told in a line
        return code if isinstance(code, int) else 0
    except (UserError, PluginError, UsageError) as problem:
        if "--debug" in given:
            raise
        typer.echo(f"xbench: {widths.visible(_line(problem))}", err=True)
        return 1 if isinstance(problem, PluginError) else 2
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("xbench: interrupted", err=True)
        return 130
    except (ReaderGone, BrokenPipeError):
        _forget_output()
        return CLOSED
    except OSError as problem:
        if "--debug" in given or problem.errno not in FULL:
            raise
        _forget_output()
        typer.echo(
            f"xbench: the output cannot be written: {problem.strerror} (free space, or write elsewhere)", err=True
        )
        return 2


def _forget_output() -> None:
    """What is still buffered has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _line(problem: Any) -> str:
    """An error as one line: the thing, and the mend."""
    context: Any = getattr(problem, "ctx", None)
    if hasattr(problem, "possibilities"):  # an unknown option
        return str(unknown_option(problem.option_name, context))
    if hasattr(problem, "option_name"):
        name = problem.option_name
        if "not take a value" in str(problem):
            return f"{name}: it takes no value (write {name} alone)"
        return f"{name}: its value is missing (write {name} VALUE)"
    if context is None:
        return " ".join(str(problem).split())
    left_behind = unset(context.obj)
    if left_behind is not None:
        return str(left_behind)
    wanted = _number(getattr(problem, "param", None))
    if wanted is not None:
        return f"{_typed(problem.param.opts, context.obj)}: expected {wanted} (see {context.command_path} --help)"
    if getattr(getattr(problem, "param", None), "param_type_name", "") == "argument" and hasattr(problem, "param_type"):
        name = problem.param.human_readable_name.upper()
        return f"{name} is missing (write {_usage(context)}; see {context.command_path} --help)"
    message = " ".join(problem.format_message().split()).rstrip(".")
    extra = re.search(r"unexpected extra argument.*\((.+)\)", message)
    if extra is not None:
        return f"{extra[1]}: more than it takes (write {_usage(context)}; see {context.command_path} --help)"
    return f"{message} (see {context.command_path} --help)"


def _usage(context: Any) -> str:
    """`xbench compare A B`: the command with its arguments."""
    pieces = [piece for piece in context.command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    return " ".join([context.command_path, *pieces])


def _number(parameter: Any) -> str | None:
    """What an option takes, where that is a number."""
    kind = getattr(parameter, "type", None)
    noun = {"int": "a whole number", "integer": "a whole number", "float": "a number"}.get(
        getattr(kind, "name", "").partition(" ")[0]
    )
    least = getattr(kind, "min", None)
    return noun if noun is None or least is None else f"{noun} from {least:g} on"


def _typed(names: Sequence[str], given: Sequence[str]) -> str:
    """The option as it was typed, with its value."""
    for position in reversed(range(len(given))):  # the last one counts
        word = given[position]
        if word in names:
            return " ".join(given[position : position + 2])
        if word.startswith(tuple(f"{name}=" for name in names)):
            return word
    return names[-1]
