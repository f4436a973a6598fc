"""`xbench explain-protocol`: whether two rows may be compared, and what keeps them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from xbench.cli import output, widths
from xbench.cli.options import RESULTS, Debug, Plugins, Results
from xbench.cli.options import Json as JsonFlag
from xbench.specs import Json


def explain_protocol(
    a: Annotated[str, typer.Argument(metavar="A", help="A model, model+method, a row's label, or a run.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    task: Annotated[str | None, typer.Option("-t", "--task", metavar="T", help="On this task only.")] = None,
    results: Results = RESULTS,
    json: JsonFlag = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> None:
    """Say whether the scores of two rows or runs may be compared, and why not.

    Scores compare where task, data, split and limits are the same (the protocol) and the metric counts in the same way.
    Where they do, the paths follow that else set the two apart: model, method, recipe, seed.
    """
    from xbench import api

    pairs = api.explain_protocol(a, b, results, tuple(plugins or ()), task)
    if json:
        for pair in pairs:
            output.tell(pair)
        return
    for line in lines(pairs, widths.columns()):
        typer.echo(widths.visible(line))


def lines(pairs: Sequence[Json], columns: int) -> Iterator[str]:
    """A sentence for each pair, and its differing paths as a table."""
    for number, pair in enumerate(pairs):
        if number:
            yield ""
        for side, task, protocol, ids in zip("ab", pair["tasks"], pair["protocols"], pair["run_ids"], strict=True):
            runs = f"run {ids[0][:8]}" if len(ids) == 1 else f"{len(ids)} runs"
            yield widths.cut(f"{side.upper()}: {pair[side]} on {task}, {runs}, protocol {protocol[:8]}", columns)
        yield from widths.wrapped(pair["sentence"], "", columns)
        rows = pair["protocol"] or [[f"{name} signature", *rest] for name, *rest in pair["signatures"]] or pair["key"]
        if rows:
            yield ""
            yield from _table(rows, columns)
    for task, why in pairs[0]["ambiguous"].items():
        yield ""
        yield from widths.wrapped(f"{task}: {why}", "  ", columns)


def _table(rows: Sequence[Sequence[Any]], columns: int) -> Iterator[str]:
    """Path, A and B; below each other where a line has no room for both values."""
    from xbench.comparing.explaining import value

    shown = [(path, *(widths.visible(value(one)) for one in pair)) for path, *pair in rows]
    table = [("path", "A", "B"), *shown]
    if sum(max(map(widths.width, column)) for column in zip(*table, strict=True)) + 6 <= columns:
        yield from (f"  {line}" for line in widths.table(table, columns - 2))
        return
    for path, left, right in shown:
        yield f"  {path}"
        yield from (widths.cut(f"    {side}  {text}", columns) for side, text in (("A", left), ("B", right)))
