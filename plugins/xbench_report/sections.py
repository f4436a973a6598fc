"""The parts of the page around its tables: what each contest is, the best at a glance, filters, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xbench.records import Board
from xbench.specs import Json
from xbench_report import notes
from xbench_report.contests import Contest, flags_of, number, told_apart
from xbench_report.markup import text, word
from xbench_report.table import COLUMNS, table

_FILTERS = ("task", "metric", "model", "method")


def contest_section(contest: Contest, number_of: int, first_row: int, task: Json) -> str:
    """A heading that says what was run, the table, and what its scores stand on."""
    first = contest.first
    chosen = "".join(f' data-{name}="{text(first.get(name))}"' for name in ("task", "metric"))
    return (
        f'<section class="contest" id="c{number_of}"{chosen} tabindex="-1" aria-labelledby="h{number_of}">'
        f'<h2 id="h{number_of}"><bdi>{text(first.get("task"))}</bdi> '
        f'<bdi class="metric">{text(first.get("metric"))}</bdi></h2>'
        f'<p class="facts">{"".join(_facts(contest))}</p>'
        f'<div class="frame"><div class="scroll">{table(contest, first_row)}</div></div>'
        f"{_basis(contest, task)}</section>"
    )


def _facts(contest: Contest) -> Iterable[str]:
    """An element each: the page's style writes dots between them."""
    for name, key in (("n_train", "train"), ("n_test", "test")):
        size = contest.size(name)
        if size is not None:
            yield word(f"contest.{key}", count=f"{size:,}")
    if contest.subset:
        yield word("contest.subset", more='class="warn"', parts=contest.subset)
    yield word("contest.higher" if contest.first.get("higher_is_better") is not False else "contest.lower")
    if contest.detectable():
        yield word("contest.detectable", more='class="held"', size=contest.detectable())


def _basis(contest: Contest, task: Json) -> str:
    """On demand: what an expert asks of a number, and whom to cite."""
    first = contest.first
    entries = (
        ("description", text(task.get("description"))),
        ("type", text(first.get("task_type"))),
        ("language", text(first.get("language"))),
        ("signature", _code(first.get("signature"))),
        ("protocol", _explained(_code(first.get("protocol")), "contest.protocol-help")),
        ("difference", _explained(_held(contest.detectable()), "contest.difference-help")),
        ("licence", text(task.get("licence"))),
        ("citation", text(task.get("citation"))),
    )
    listed = "".join(f"<div>{word(f'contest.{key}', 'dt')}<dd>{shown}</dd></div>" for key, shown in entries if shown)
    return f'<details class="basis">{word("contest.more", "summary")}<dl>{listed}</dl></details>'


def _explained(shown: str, key: str) -> str:
    return f"{shown}{word(key, 'p')}" if shown else ""


def _held(value: str) -> str:
    """Stands for all rows of a contest: hidden where a filter takes ranked ones away."""
    return f'<span class="held">{value}</span>' if value else ""


def _code(value: Any) -> str:
    return f"<code>{text(value)}</code>" if value else ""


def overview(contests: Sequence[Contest]) -> str:
    """A card for each contest: who is best, and whether the data tell it from the rest. None for a single contest."""
    if len(contests) < 2:
        return ""
    marks = told_apart(contests)
    cards = "".join(f"<li>{_card(contest, at, marks[at])}</li>" for at, contest in enumerate(contests))
    title = word("overview.title", "h2", "id=overview")
    return f'<nav class="overview" aria-labelledby="overview">{title}<ol>{cards}</ol></nav>'


def _card(contest: Contest, at: int, mark: str) -> str:
    """Under the title, what else tells this contest from others; `left` counts rows once a filter leaves some out."""
    first = contest.first
    part = word("overview.subset", more='class="part"', parts=contest.subset) if contest.subset else ""
    protocol = word("overview.protocol", more='class="part"', name=mark) if mark else ""
    best = contest.best
    if best:
        rivals = contest.tied(best[0])
        rival = word("overview.several", count=rivals) if rivals else word("overview.alone")
        shown = (
            f'<span class="winner"><bdi>{text(best[0].get("model"))}</bdi> '
            f'<bdi class="with">{text(best[0].get("method"))}</bdi></span>'
            f'<span class="score">{number(best[0].get("score"), contest.decimals)}</span>'
            f'<span class="rival">{rival}</span>'
        )
    else:
        ranked = any(row.get("rank") is not None for row in contest.rows)
        shown = word("overview.only" if ranked else "overview.unranked", more='class="rival"')
    return (
        f'<a href="#c{at}" data-contest="c{at}"><span class="name"><bdi>{text(first.get("task"))}</bdi> '
        f'<bdi class="metric">{text(first.get("metric"))}</bdi></span>{part}{protocol}<span class="held">{shown}</span>'
        '<span class="left" hidden></span></a>'
    )


def controls(board: Board) -> str:
    """Filters, for the script: hidden where there is none."""
    chosen = "".join(
        f'<label>{word(f"filter.{key}")}<select data-filter="{key}">{word("filter.all", "option", "value=")}'
        + "".join(f'<option value="{text(value)}">{text(value)}</option>' for value in _values(board, key))
        + "</select></label>"
        for key in _FILTERS
        if len(_values(board, key)) > 1
    )
    return (
        f'<form id="controls" role="search" data-w-label="filter.title" aria-label="Filters" hidden>{chosen}'
        f'<label>{word("filter.text")}<input type="search" id="text" autocomplete="off" spellcheck="false" '
        'data-w-placeholder="filter.hint"></label>'
        f'<label class="check"><input type="checkbox" id="more">{word("filter.details")}</label>'
        f'{word("filter.reset", "button", "type=reset")}<p id="status" role="status" aria-live="polite"></p></form>'
    )


def _values(board: Board, key: str) -> list[str]:
    return sorted({str(row[key]) for row in board.rows if row.get(key) is not None})


def notes_section(board: Board) -> str:
    """What every column and every flag of this board means; tooltips point here."""
    columns = "".join(
        f"<div>{word(f'column.{column.name}', 'dt')}<dd>{word(f'help.{column.name}', more=f'id=help-{column.name}')}"
        f"{' ' + word('help.picture') if column.name == 'interval' else ''}</dd></div>"
        for column in COLUMNS
    )
    found: dict[str, dict[str, None]] = {}
    for row in board.rows:
        for flag in flags_of(row):
            kind = notes.kind(flag)
            if kind == "other" or kind not in found:  # one example of those that tell a number
                found.setdefault(kind, {})[flag] = None
    flags = "".join(
        f'<div><dt>{" ".join(f"""<span class="flag">{text(flag)}</span>""" for flag in found[kind])}</dt>'
        f"{word(f'flag.{kind}', 'dd', f'id=flag-{kind}')}</div>"
        for kind in sorted(found)
    )
    return (
        f'<section class="notes">{word("notes.title", "h2")}<dl>{columns}</dl>'
        + (f"{word('notes.flags', 'h2')}<dl>{flags}</dl>" if flags else "")
        + "</section>"
    )
