"""A board as one HTML file: sorts and filters, needs no network, and lets no name become markup.

Every row is in the file as a table that stands without scripts. The style and the script lie beside this module; the
page's content security policy allows these two, by their digests, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from typing import Any, Literal

from xbench.records import Board
from xbench.specs import Json
from xbench_report import notes
from xbench_report.contests import Contest, contests, cost, count, ends, flags_of, number, seconds, standing

_BAR = 84  # width of an interval's picture, in pixels


@dataclass(frozen=True, slots=True)
class _Column:
    """`key`: the row's entry to sort by. `held`: hidden while a filter makes ranks meaningless. `more`: on demand."""

    title: str
    key: str
    kind: Literal["text", "number"]
    show: Callable[[Json, Contest], str]  # HTML
    held: bool = False
    more: bool = False


def render(board: Board) -> bytes:
    """One self-contained UTF-8 page."""
    style, script = (files("xbench_report").joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    groups = contests(board)
    columns = [_shown(column, groups) for column in _COLUMNS]
    runs, train, evaluation = cost(board.rows)
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Leaderboard</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Leaderboard</h1>
<p>{len(board.rows)} rows from {runs} runs. Training took {seconds(train)}, evaluation {seconds(evaluation)},
summed over all runs.</p>
</header>
<main>
{_controls(board)}
<p id="status" role="status" aria-live="polite"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Leaderboard table">
<table id="board">
<thead><tr>{"".join(_head(column) for column in columns)}</tr></thead>
<tbody>
{"".join(_row(row, at, contest, columns) for at, contest in enumerate(groups) for row in contest.rows)}</tbody>
</table>
</div>
{_scores(groups)}
{_notes(board)}
</main>
<script>{script}</script>
</body>
</html>
"""
    return page.encode("utf-8", "backslashreplace")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _text(value: Any) -> str:
    return "" if value is None else escape(str(value))


def _plain(key: str) -> Callable[[Json, Contest], str]:
    return lambda row, contest: _text(row.get(key))


def _score(key: str, sign: bool = False) -> Callable[[Json, Contest], str]:
    return lambda row, contest: number(row.get(key), contest.decimals, sign)


def _flags(row: Json, contest: Contest) -> str:
    status = row.get("status")
    failed = "" if status == "ok" else f'<span class="failed">{_text(status)}</span> '
    named = (f'<span class="flag" title="{_text(notes.meaning(f))}">{_text(f)}</span>' for f in flags_of(row))
    return failed + " ".join(named)


def _interval(row: Json, contest: Contest) -> str:
    """The interval as a bar on the contest's common scale, and its ends as text."""
    low, high, score, span = row.get("ci_low"), row.get("ci_high"), row.get("score"), contest.span
    if low is None or high is None or score is None or span is None:
        return ""
    width = (span[1] - span[0]) or 1.0
    left, right, middle = (3 + (_BAR - 6) * (value - span[0]) / width for value in (low, high, score))
    picture = (
        f'<svg width="{_BAR}" height="12" viewBox="0 0 {_BAR} 12" aria-hidden="true">'
        f'<rect class="track" x="0" y="5.5" width="{_BAR}" height="1"/>'
        f'<rect class="range" x="{left:.1f}" y="3" width="{max(right - left, 1):.1f}" height="6" rx="1"/>'
        f'<rect class="point" x="{middle - 1:.1f}" y="0" width="2" height="12"/></svg>'
    )
    return f'{picture}<span class="ends">{ends(row, contest.decimals)}</span>'


_COLUMNS = (
    _Column("Task", "task", "text", _plain("task")),
    _Column("Metric", "metric", "text", _plain("metric")),
    _Column("Rank", "rank", "number", lambda row, contest: _text(standing(row)), held=True),
    _Column("Tie", "tie_group", "text", _plain("tie_group"), held=True),
    _Column("Model", "model", "text", _plain("model")),
    _Column("Method", "method", "text", _plain("method")),
    _Column("Score", "score", "number", _score("score")),
    _Column("95 % interval", "ci_low", "number", _interval),
    _Column("Gain", "gain", "number", _score("gain", sign=True)),
    _Column("Seeds", "n_seeds", "number", _plain("n_seeds")),
    _Column("Trainable", "trainable_params", "number", lambda row, contest: count(row.get("trainable_params"))),
    _Column("Train time", "train_seconds", "number", lambda row, contest: seconds(row.get("train_seconds"))),
    _Column("Recipe", "recipe", "text", _plain("recipe"), more=True),
    _Column("Route", "route", "text", _plain("route"), more=True),
    _Column("Train score", "train_score", "number", _score("train_score"), more=True),
    _Column("Seed sd", "seed_sd", "number", _score("seed_sd"), more=True),
    _Column("Parameters", "total_params", "number", lambda row, contest: count(row.get("total_params")), more=True),
    _Column("Eval time", "eval_seconds", "number", lambda row, c: seconds(row.get("eval_seconds")), more=True),
    _Column(
        "Examples/s",
        "train_examples_per_second",
        "number",
        lambda row, contest: number(row.get("train_examples_per_second"), 1),
        more=True,
    ),
    _Column("MiB", "peak_memory_mib", "number", lambda row, c: number(row.get("peak_memory_mib"), 0), more=True),
    _Column("Device", "device", "text", _plain("device"), more=True),
    _Column("Runs", "run_ids", "text", _plain("run_ids"), more=True),
    _Column("Status and flags", "flags", "text", _flags),
)


def _shown(column: _Column, groups: Sequence[Contest]) -> _Column:
    """Recipe and route stand in the narrow table too where rows that compare differ in them."""
    tells = any(len({row.get(column.key) for row in contest.rows}) > 1 for contest in groups)
    return replace(column, more=False) if column.key in ("recipe", "route") and tells else column


def _classes(column: _Column) -> str:
    names = [column.kind, *(["more"] if column.more else [])]
    return f' class="{" ".join(names)}"'


def _head(column: _Column) -> str:
    return f'<th scope="col"{_classes(column)} aria-sort="none"><button type="button">{column.title}</button></th>'


def _row(row: Json, group: int, contest: Contest, columns: Sequence[_Column]) -> str:
    ranked = ' data-ranked="1"' if row.get("rank") is not None else ""
    begins = ' class="first"' if row is contest.first else ""
    return f'<tr data-contest="{group}"{ranked}{begins}>{"".join(_cell(c, row, contest) for c in columns)}</tr>\n'


def _cell(column: _Column, row: Json, contest: Contest) -> str:
    value = row.get(column.key)
    if column.key == "flags":
        value = ";".join([str(row.get("status")), *flags_of(row)])
    shown = column.show(row, contest)
    if column.held:
        shown = f'<span class="held">{shown}</span>'
    return f'<td{_classes(column)} data-v="{_text(value)}">{shown}</td>'


def _controls(board: Board) -> str:
    choices = "".join(
        f'<label>{title}<select data-filter="{key}"><option value="">all</option>'
        + "".join(f"<option>{_text(value)}</option>" for value in _values(board, key))
        + "</select></label>"
        for title, key in (("Task", "task"), ("Metric", "metric"), ("Model", "model"), ("Method", "method"))
    )
    return (
        f'<form id="controls" hidden>{choices}'
        '<label>Text<input type="search" id="text" autocomplete="off" placeholder="in any column"></label>'
        '<label class="check"><input type="checkbox" id="more">all columns</label>'
        '<button type="reset">Reset</button></form>'
    )


def _values(board: Board, key: str) -> Iterable[Any]:
    return sorted({str(row[key]) for row in board.rows if row.get(key) is not None})


def _scores(groups: list[Contest]) -> str:
    """What each score stands on: sizes, subset, scorer, protocol."""
    head = ("Task", "Metric", "Language", "Train", "Test", "Subset", "Detectable", "Scored by", "Protocol")
    numeric = ("", "", "", ' class="number"', ' class="number"', *[""] * 4)
    lines = []
    for contest in groups:
        row = contest.first
        cells = [
            *(_text(row.get(name)) for name in ("task", "metric", "language")),
            *(_text(contest.size(name)) for name in ("n_train", "n_test")),
            *(_text(contest.subset), _text(contest.detectable())),
            f"<code>{_text(row.get('signature'))}</code>",
            f"<code>{_text(str(row.get('protocol'))[:12])}</code>",
        ]
        lines.append("".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(numeric, cells, strict=True)))
    titles = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(head, numeric, strict=True))
    return (
        "<h2>What each score stands on</h2>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Protocols">'
        f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"
        "</div>"
        "<p>Detectable: the smallest difference between two ranked rows that would be found with 80 % power.</p>"
    )


def _notes(board: Board) -> str:
    legend = notes.legend(flag for row in board.rows for flag in flags_of(row))
    flags = "".join(f"<dt><span class='flag'>{_text(flag)}</span></dt><dd>{_text(text)}</dd>" for flag, text in legend)
    return f"<h2>How to read it</h2><ul>{''.join(f'<li>{_text(text)}</li>' for text in notes.STATISTICS)}</ul>" + (
        f"<h2>Flags</h2><dl>{flags}</dl>" if flags else ""
    )
