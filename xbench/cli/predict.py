"""`xbench predict`: a kept model asked on the command line, by a file, or by a file that grows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from xbench.asked import Input, of_lines
from xbench.cli.options import RESULTS, Debug, Json, Offline, Plugins, Results
from xbench.cli.output import answers_only, stream
from xbench.errors import UserError
from xbench.lines import growing, parsed
from xbench.names import inert
from xbench.predicting import Trained


def predict(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, its id, or how its key begins.")],
    texts: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="T", help="A text, or a JSON object of fields. May be repeated."),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="A text or JSON object a line, - for standard input; or a table (.csv, .parquet, as trained on).",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where answers go.  [default: here]")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with every line that is added to FILE, until Ctrl-C (exit code 0).")
    ] = False,
    results: Results = RESULTS,
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda, ...")] = "auto",
    offline: Offline = False,
    json: Json = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Ask a model that `xbench run --save-model` has kept.

    A --text is answered by a readable line, a --file by one JSON object a line: the fields that were given, then
    "prediction" with its score, scores or spans. Fields and columns may be named as in the data that the run was
    trained on, or as the task type has them; others, such as id, are kept (an own score as given_score). Blank lines
    are passed over. With --follow a line that cannot be read is named on standard error and passed over.
    """
    from xbench import api

    if follow and file is None:
        raise UserError("--follow without --file", "name the file that grows; --file - reads standard input")
    if (texts is None) == (file is None):
        raise UserError("nothing to predict" if texts is None else "--text and --file", "give either --text or --file")
    if file not in (None, "-") and (not Path(str(file)).exists() or Path(str(file)).is_dir()):
        found = "a folder" if Path(str(file)).is_dir() else "no such file"
        raise UserError(f"--file {file}: {found}", "name a file of lines, or - for standard input")
    if out is not None and file is not None and out.exists() and file != "-" and out.samefile(file):
        raise UserError(f"--out {out}: that is the file that is read", "name another")
    with answers_only(), _waiting(run):
        model = api.load_model(run, results, device=device, offline=offline, plugins=tuple(plugins or ())).trained
    if follow and file != "-" and model.is_table(Path(str(file))):
        raise UserError(
            f"--follow {file}: a table is read whole", "leave --follow out, or let lines of text or JSON be added"
        )
    readable = texts is not None and not json
    try:
        with answers_only(), _answers(out, in_place=follow) as sink:
            if follow:
                _follow(model, str(file), sink)
                return 0
            for answer in model.predict(_inputs(model, texts, file)):
                _write(sink, _line(model, answer, readable, several=len(texts or ()) > 1))
            _doubt(model)
    except BrokenPipeError:  # the reader has seen enough: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _line(model: Trained, answer: dict[str, Any], readable: bool, several: bool = False) -> str:
    if not readable:
        return dumps(answer, ensure_ascii=False, allow_nan=False)
    values = [answer[name] for name in model.task.inputs]
    asked = " ".join(value if isinstance(value, str) else " ".join(map(str, value)) for value in values)
    shown = asked if len(asked) <= 60 else f"{asked[:59]}…"
    return inert(f"{model.line(answer)}  <- {shown}" if several else model.line(answer))


def _inputs(model: Trained, texts: list[str] | None, file: str | None) -> Iterator[Input]:
    if texts is not None:
        for number, text in enumerate(texts, 1):
            at = "--text" if len(texts) == 1 else f"--text number {number}"
            given = parsed(text.encode("utf-8", "surrogateescape"), at)
            if given is None:
                raise UserError(f"{at}: an empty text")
            yield Input(given, at)
    elif file == "-":
        yield from of_lines(sys.stdin.buffer, _name(file))
    else:
        yield from model.file(Path(str(file)))


def _follow(model: Trained, file: str, sink: IO[str]) -> None:
    """Until Ctrl-C, or the end of standard input."""
    stdin = ([one] for one in enumerate(sys.stdin.buffer, 1))

    def passed_over(problem: UserError) -> None:
        typer.echo(f"xbench: {problem}", err=True)

    try:
        for answers in model.answers(stdin if file == "-" else growing(Path(file)), _name(file), passed_over):
            for answer in answers:
                _write(sink, _line(model, answer, readable=False))
            sink.flush()
            _doubt(model)
    except KeyboardInterrupt:
        return


def _doubt(model: Trained) -> None:
    """A word on standard error where the model did not read all of what was asked last."""
    cut = model.counts.get("truncated")
    if cut:
        told = "1 input was" if cut == 1 else f"{cut} inputs were"
        typer.echo(f"xbench: {told} longer than the model reads, and cut", err=True)


def _name(file: str) -> str:
    return "standard input" if file == "-" else file


def _write(sink: IO[str], line: str) -> None:
    sink.write(line + "\n")


@contextmanager
def _answers(out: Path | None, in_place: bool) -> Iterator[IO[str]]:
    """Standard output, or a file: put in its place when it is whole, unless it is to grow."""
    if out is None:
        yield stream()
        stream().flush()
        return
    part = out if in_place else out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        sink = part.open("w", encoding="utf-8")
    except OSError as problem:
        raise UserError(f"--out {out}: cannot be written: {problem.strerror}", "name another file") from problem
    try:
        with sink:
            yield sink
        if not in_place:
            part.replace(out)
    except BaseException:
        if not in_place:
            part.unlink(missing_ok=True)
        raise


@contextmanager
def _waiting(run: str) -> Iterator[None]:
    """A word on a terminal while the model is loaded, gone when it is."""
    told = f"loading {run} ..." if sys.stderr.isatty() else ""
    sys.stderr.write(told)
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write(f"\r{' ' * len(told)}\r" if told else "")
        sys.stderr.flush()
