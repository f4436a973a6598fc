"""The board in short, for a terminal: a block for each task, metric and protocol, best first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xbench.cli import widths
from xbench.records import Board
from xbench.specs import Json

_HEADINGS = ("rank", "model+method", "score", "95 %", "gain", "train", "seeds")
_SUBSET = "subset "  # the flag of a limited split: the heading tells it once


def table(board: Board, columns: int | None = None) -> Iterator[str]:
    """Rank with tie letters, score with its interval, gain over the untrained model, the score on train, and notes.

    A rank is a range where the data leave several open. Columns in which no row has anything are left out. Notes (what
    differs of the recipe, flags) stand in the line where all lines have room for them, else below it.

    Args:
        columns: of the terminal; any width where it is left out.
    """
    blocks: dict[tuple[str, str, str, str], list[Json]] = {}
    for row in board.rows:
        blocks.setdefault((row["task"], row["protocol"], row["metric"], row.get("signature", "")), []).append(row)
    for rows in blocks.values():
        yield ""
        yield from _block(rows, columns)


def _block(rows: Sequence[Json], columns: int | None) -> Iterator[str]:
    first = rows[0]
    recipes = {row["recipe"].partition("[")[0] for row in rows}
    recipe = next(iter(recipes)) if len(recipes) == 1 else ""
    subsets = dict.fromkeys(flag for row in rows for flag in _flags(row) if flag.startswith(_SUBSET))
    told = [f"n={first['n_test']}", *([f"recipe {recipe}"] if recipe else []), *subsets]
    heading = f"{first['task']}  {first['metric']}  ({', '.join(told)})"
    yield from [heading] if columns is None else widths.wrapped(heading, "  ", columns)
    decimals = _decimals(rows)
    cells = [_HEADINGS, *(_cells(row, decimals) for row in rows)]
    kept = [place for place in range(len(_HEADINGS)) if any(line[place] for line in cells[1:])]
    notes = ["notes", *(_notes(row, recipe) for row in rows)]
    lines = widths.table([[line[place] for place in kept] for line in cells], 10**6)
    if not any(notes[1:]):
        yield from (f"  {line}" for line in lines)
        return
    body = max(map(widths.width, lines))
    if columns is None or all(body + widths.width(note) + 4 <= columns for note in notes):
        yield from (f"  {widths.pad(line, body)}  {note}".rstrip() for line, note in zip(lines, notes, strict=True))
        return
    yield f"  {lines[0]}"
    indent = " " * (4 + max(widths.width(line[0]) for line in cells))
    for line, note in zip(lines[1:], notes[1:], strict=True):
        yield f"  {line}"
        if note:
            yield from (indent + piece for piece in widths.wrapped(note, "", columns - len(indent)))


def _decimals(rows: Sequence[Json]) -> int:
    """Four on a scale of 0 to 1, two on one of 0 to 100; by the scores where the metric tells no scale."""
    if rows[0]["scale"]:
        low, high = map(float, rows[0]["scale"].split(";"))
        return 4 if high - low <= 1 else 2
    return 4 if max((abs(row["score"]) for row in rows if row["score"] is not None), default=0) <= 1 else 2


def _cells(row: Json, decimals: int) -> tuple[str, ...]:
    low, high = row["ci_low"], row["ci_high"]
    near = max(decimals - 1, 1)
    gain, train = row["gain"], row["train_score"]
    return (
        " ".join(filter(None, (_ranks(row), row["tie_group"]))),
        f"{row['model']}+{row['method']}",
        "" if row["score"] is None else f"{row['score']:.{decimals}f}",
        "" if low is None or high is None else f"{low:.{near}f}..{high:.{near}f}",
        "" if gain is None else f"{gain:+.{decimals}f}",
        "" if train is None else f"{train:.{decimals}f}",
        str(row["n_seeds"]),
    )


def _ranks(row: Json) -> str:
    """`2-4`: the ranks that the data leave open."""
    first, last = row["rank"], row["rank_max"]
    return "" if first is None else str(first) if last in (None, first) else f"{first}-{last}"


def _flags(row: Json) -> list[str]:
    return [flag for flag in str(row["flags"] or "").split(";") if flag]


def _notes(row: Json, recipe: str) -> str:
    """Status where it is no success, settings that the heading does not tell, flags."""
    settings = row["recipe"].removeprefix(recipe).removeprefix("[").removesuffix("]") if recipe else row["recipe"]
    told = [row["status"] if row["status"] != "ok" else "", settings]
    return ", ".join([*filter(None, told), *(flag for flag in _flags(row) if not flag.startswith(_SUBSET))])
