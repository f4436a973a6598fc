"""What the calls of this package return, with a face: a table in a notebook (`_repr_html_`), a few lines elsewhere.

Each is the core's own data and can be handed on as such. Every text is escaped: names come from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from html import escape
from typing import Any
from unicodedata import combining, east_asian_width

from xbench.comparing import verdicts
from xbench.driver import Summary
from xbench.names import inert
from xbench.records import Board, Record
from xbench.specs import Json

SHOWN = 50  # rows of a table; the rest is counted
LONGEST = 200  # characters of a cell
_LINES = 10  # rows where there is no notebook

Row = Mapping[str, Any]

_BOARD = ("task", "rank", "tie_group", "model", "method", "recipe", "metric", "score", "interval", "gain")
_BOARD_MORE = ("n_seeds", "train_seconds", "status", "flags")

_WHOLE_BOARD = "board.rows, or xbench.board.frame(board)"


@dataclass(frozen=True, slots=True, repr=False)
class ShownBoard(Board):
    """A leaderboard; `xbench.board.frame` makes a pandas table of it."""

    @classmethod
    def of(cls, board: Board) -> ShownBoard:
        return cls(**{item.name: getattr(board, item.name) for item in fields(board)})

    def _table(self) -> list[Row]:
        return [_board_row(row) for row in self.rows]

    def _repr_html_(self) -> str:
        return html_table(self._table(), f"{len(self.rows)} rows", _WHOLE_BOARD)

    def __repr__(self) -> str:
        return text_table(self._table(), f"a board of {len(self.rows)} rows", _WHOLE_BOARD)


@dataclass(frozen=True, slots=True, repr=False)
class ShownSummary(Summary):
    """How a run ended. results: where its records and board are."""

    results: str = ""

    @classmethod
    def of(cls, summary: Summary, results: str) -> ShownSummary:
        return cls(**asdict(summary), results=results)

    def _told(self) -> str:
        counts = {"ok": self.ok, "failed": self.failed, "done before": self.done, "skipped": self.skipped}
        told = [f"{count} {word}" for word, count in counts.items() if count or word == "ok"]
        left = [f"{self.left} left"] if self.left else []
        return inert(f"{', '.join([*told, *left])}, in {self.seconds:.1f} s; results in {self.results}")

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._told())}</p>"

    def __repr__(self) -> str:
        return f"<run: {self._told()}>"


class Records(list[Record]):
    """Records of a results folder."""

    def _table(self) -> list[Row]:
        return [_record_row(record) for record in self]

    def _repr_html_(self) -> str:
        return html_table(self._table(), _number(self, "record"))

    def __repr__(self) -> str:
        return text_table(self._table(), _number(self, "record"))


class Comparisons(list[Json]):
    """Verdicts on two rows, one for each task and metric."""

    def _table(self) -> list[Row]:
        told = [{"task": one["task"], "metric": one["metric"], "verdict": _verdict(one)} for one in self]
        return [*told, *({"task": task, "metric": "", "verdict": why} for task, why in self._ambiguous().items())]

    def _ambiguous(self) -> Mapping[str, str]:
        return self[0].get("ambiguous", {}) if self else {}

    def _repr_html_(self) -> str:
        return html_table(self._table(), _number(self, "comparison"))

    def __repr__(self) -> str:
        told = [f"{one['task']}, {one['metric']}: {_verdict(one)}" for one in self]
        return "\n".join([*told, *(f"{task}: {why}" for task, why in self._ambiguous().items())])


class Predictions(list[dict[str, Any]]):
    """Answers in the order of what was asked."""

    def _table(self) -> list[Row]:
        return [{name: value for name, value in one.items() if name not in ("scores", "tokens")} for one in self]

    def _repr_html_(self) -> str:
        return html_table(self._table(), _number(self, "prediction"))

    def __repr__(self) -> str:
        return text_table(self._table(), _number(self, "prediction"))


def _number(items: Sequence[Any], noun: str) -> str:
    return f"{len(items)} {noun}{'s'[: len(items) != 1]}"


def _verdict(pair: Json) -> str:
    """The sentence, and what the data could have shown."""
    return " ".join(filter(None, (pair["sentence"], verdicts.detectable(pair))))


def _board_row(row: Json) -> Row:
    low, high = row.get("ci_low"), row.get("ci_high")
    shown = {**row, "interval": "" if low is None or high is None else f"{low:.4g} to {high:.4g}"}
    return {name: shown.get(name) for name in (*_BOARD, *_BOARD_MORE)}


def _record_row(record: Record) -> Row:
    cell = record.cell
    return {
        "task": cell.task.name,
        "model": cell.model.name,
        "method": cell.method,
        "recipe": cell.recipe,
        "seed": cell.seed,
        "status": record.status,
        record.main_metric: record.scores.get(record.main_metric),
        "train_seconds": record.cost.get("train_seconds"),
        "flags": ";".join(record.flags),
        "key": record.key[:8],
    }


def html_table(rows: Sequence[Row], caption: str, whole: str = "") -> str:
    """A table of the first rows; all text in it is inert. whole: what has all of them."""
    columns = _columns(rows)
    head = "".join(f'<th style="text-align:left">{escape(inert(name))}</th>' for name in columns)
    lines = (f"<tr>{''.join(_html_cell(row.get(name)) for name in columns)}</tr>" for row in rows[:SHOWN])
    body = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>" if rows else ""
    return f"<div>{body}<p>{escape(_more(len(rows), SHOWN, caption, whole))}</p></div>"


def text_table(rows: Sequence[Row], caption: str, whole: str = "") -> str:
    """The first rows, aligned, in plain characters. whole: what has all of them."""
    columns = _columns(rows)
    lines = [
        [inert(name) for name in columns],
        *([_text(row.get(name), 40) for name in columns] for row in rows[:_LINES]),
    ]
    widths = [max(cells(line[place]) for line in lines) for place in range(len(columns))]
    told = [
        "  ".join(value + " " * (width - cells(value)) for value, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([f"<{_more(len(rows), _LINES, caption, whole)}>", *(told if rows else [])])


def cells(text: str) -> int:
    """How wide it stands in a font of fixed width: an ideograph takes two cells, a combining mark none."""
    return sum(0 if combining(one) else 1 + (east_asian_width(one) in "WF") for one in text)


def _columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """Those in which some row has something, in order."""
    return tuple(dict.fromkeys(name for row in rows for name, value in row.items() if value not in (None, "", ())))


def _more(rows: int, shown: int, caption: str, whole: str) -> str:
    told = f"; all of them: {whole}" if whole else ""
    return caption if rows <= shown else f"{caption}, the first {shown} shown{told}"


def _html_cell(value: Any) -> str:
    side = "right" if isinstance(value, int | float) and not isinstance(value, bool) else "left"
    return f'<td style="text-align:{side}">{escape(_text(value, LONGEST))}</td>'


def _text(value: Any, longest: int) -> str:
    """One line, without control characters."""
    text = _WORDS[type(value)](value) if type(value) in _WORDS else str(value)
    text = inert(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _spans(values: Iterable[Any]) -> str:
    """Spans and lists as people read them."""
    return "; ".join(f"{v['type']}: {v['text']}" if isinstance(v, Mapping) and "type" in v else str(v) for v in values)


_WORDS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    float: lambda value: f"{value:.4g}",
    list: _spans,
    tuple: _spans,
}
