"""`xbench leaderboard` and `rescore`: what the records of a results folder say."""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from xbench.catalog import Catalog
from xbench.cli import widths
from xbench.cli.options import RESULTS, DataDir, Debug, Offline, Plugins, Results
from xbench.cli.short import table
from xbench.errors import UserError
from xbench.names import unknown
from xbench.records import Board

FORMATS = ("csv", "html", "md")
_CLAIM = re.compile(
    r"\s*(?P<metric>[^<>\s]+?)\s*(?P<sign>>=|<=|>|<)\s*(?P<bound>[-+.\deE]+)\s*(?:where\s+(?P<where>.+))?"
)
_SIGNS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def leaderboard(
    results: Results = RESULTS,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it is written.  [default: the results]")
    ] = None,
    formats: Annotated[str, typer.Option("--format", metavar="LIST", help="Of csv, html, md, ...")] = ",".join(FORMATS),
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--assert",
            metavar="CLAIM",
            help="Exit with 1 unless all rows satisfy 'accuracy>=0.9', or 'accuracy>=0.9 where model=tfidf'.",
        ),
    ] = None,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Write the leaderboard and print it in short."""
    from xbench import api

    checked = [parse_claim(text) for text in claims or ()]
    board = api.leaderboard(results, plugins=tuple(plugins or ()))
    violations = [line for claim in checked for line in violated(board, *claim)]  # first: a claim may be mistaken
    files = api.write_board(board, out or results, formats.split(","), Catalog.load(plugins or ()))
    for line in table(board, widths.columns() if sys.stdout.isatty() else None):
        typer.echo(widths.visible(line))
    typer.echo(f"board: {' '.join(map(str, files))}")
    for line in violations:
        typer.echo(f"xbench: {line}", err=True)
    return 1 if violations else 0


def rescore(
    results: Results = RESULTS,
    data_dir: DataDir = None,
    offline: Offline = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Score stored predictions again with the metrics as they are now. Trains nothing.

    Exit code 1 where some could not be scored.
    """
    from xbench import api

    result = api.rescore(results, data_dir, offline, tuple(plugins or ()))
    typer.echo(f"{len(result.changed)} changed, {len(result.same)} the same, {len(result.left)} left as they are")
    shared: dict[str, list[str]] = {}
    for run_id, reason in result.left.items():
        shared.setdefault(reason, []).append(run_id)
    for reason, ids in shared.items():
        typer.echo(f"xbench: {f'run {ids[0]}' if len(ids) == 1 else f'{len(ids)} runs'}: {reason}", err=True)
    return 1 if result.left else 0


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if abs(value) > 1 else f"{value:.4f}"


def parse_claim(text: str) -> tuple[str, str, float, dict[str, str]]:
    """`accuracy>=0.9 where model=tfidf` as (metric, sign, bound, conditions). Raises UserError."""
    found = _CLAIM.fullmatch(text)
    try:
        if not found:
            raise ValueError
        bound = float(found["bound"])
        pairs = [piece.partition("=") for piece in (found["where"] or "").split(",") if piece.strip()]
        if any(not equals for _, equals, _ in pairs):
            raise ValueError
    except ValueError:
        raise UserError(
            f"--assert {text!r}: cannot be read", "write 'accuracy>=0.9' or 'accuracy>=0.9 where model=tfidf'"
        ) from None
    return found["metric"], found["sign"], bound, {column.strip(): value.strip() for column, _, value in pairs}


def violated(board: Board, metric: str, sign: str, bound: float, conditions: dict[str, str]) -> Iterable[str]:
    """A line for each row of the metric that has no score or another one. Raises UserError where there is no row."""
    rows = [row for row in board.rows if row["metric"] == metric]
    if not rows:
        raise unknown("metric of the board", metric, {row["metric"] for row in board.rows})
    for column, value in conditions.items():
        if column not in board.columns:
            raise unknown("column", column, board.columns)
        rows, known = [row for row in rows if str(row[column]) == value], {str(row[column]) for row in rows}
        if not rows:
            raise unknown(column, value, known)
    for row in rows:
        if row["score"] is None or not _SIGNS[sign](row["score"], bound):
            score = row["status"] if row["score"] is None else _number(row["score"])
            name = f"{row['task']} {row['model']}+{row['method']} ({row['recipe']})"
            yield f"not {metric}{sign}{bound:g}: {name}: {score}"
