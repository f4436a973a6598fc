"""A contest as a table: every row stands in the page, and sorts by the numbers that its cells carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from xbench.specs import Json
from xbench_report import notes
from xbench_report.bars import Scale, axis, bar
from xbench_report.contests import SUBSET, Contest, count, ends, flags_of, number, seconds, standing
from xbench_report.markup import text, word
from xbench_report.words import words

_SPEED = "train_examples_per_second"
_BESIDE = ("recipe", "route", "backend", "revision")
_SLOTS = 8  # letters that get a place of their own; more of them are written as they are


@dataclass(frozen=True, slots=True)
class Drawn:
    """A contest with what its cells have in common."""

    contest: Contest
    decimals: int
    scale: Scale | None
    contested: bool  # some row can be better than another
    letters: tuple[str, ...]  # none where there are too many to draw
    told: Mapping[tuple[Any, Any], tuple[str, ...]]  # model and method -> what else its rows differ in

    @classmethod
    def of(cls, contest: Contest) -> Drawn:
        letters = sorted({letter for row in contest.rows for letter in _letters(row)}, key=lambda at: (len(at), at))
        return cls(
            contest,
            contest.decimals,
            Scale.of(contest),
            bool(contest.best),
            tuple(letters) if len(letters) <= _SLOTS else (),
            _told(contest),
        )


def _told(contest: Contest) -> Mapping[tuple[Any, Any], tuple[str, ...]]:
    """Rows of one model and method need more to be told apart by."""
    alike: dict[tuple[Any, Any], list[Json]] = {}
    for row in contest.rows:
        alike.setdefault((row.get("model"), row.get("method")), []).append(row)
    return {
        pair: tuple(name for name in _BESIDE if len({row.get(name) or "" for row in rows}) > 1)
        for pair, rows in alike.items()
    }


@dataclass(frozen=True, slots=True)
class Column:
    """`name`: its title and help among the words. `key`: the row's entry to sort by. `more`: shown on demand."""

    name: str
    key: str
    kind: Literal["text", "number"]
    show: Callable[[Json, Drawn], str]  # HTML
    more: bool = False


def table(contest: Contest, first: int) -> str:
    """The table element; `first` is the page's number of its first row."""
    drawn = Drawn.of(contest)
    head = "".join(_head(column, drawn) for column in COLUMNS)
    body = "".join(_row(row, first + at, drawn) for at, row in enumerate(contest.rows))
    label = f"{contest.first.get('task')}: {contest.first.get('metric')}"
    return f'<table aria-label="{text(label)}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _head(column: Column, drawn: Drawn) -> str:
    title = word(f"column.{column.name}")
    picture = axis(drawn.scale) if column.name == "interval" and drawn.scale else ""
    if column.name == "rank" and any(row.get("rank_max") not in (None, row.get("rank")) for row in drawn.contest.rows):
        picture = word("column.range", more='class="below held"')
    return (
        f'<th scope="col" class="{_classes(column)}" aria-sort="none"><button type="button" '
        f'data-tip="help.{column.name}" aria-describedby="help-{column.name}">{title}</button>{picture}</th>'
    )


def _row(row: Json, at: int, drawn: Drawn) -> str:
    kind = (
        "best" if drawn.contested and row.get("rank") == 1 else "ranked" if row.get("rank") is not None else "unranked"
    )
    cells = "".join(_cell(column, row, drawn) for column in COLUMNS)
    chosen = "".join(f' data-{name}="{text(row.get(name))}"' for name in ("model", "method"))
    return f'<tr class="{kind}" data-row="{at}"{chosen}>{cells}</tr>\n'


def _cell(column: Column, row: Json, drawn: Drawn) -> str:
    value = row.get(column.key)
    given = "" if value is None else f' data-v="{text(value)}"'
    return f'<td class="{_classes(column)}"{given}>{column.show(row, drawn)}</td>'


def _classes(column: Column) -> str:
    return f"{column.kind} c-{column.name}" + (" more" if column.more else "")


def _letters(row: Json) -> list[str]:
    return re.findall(r"[a-z]\d*", str(row.get("tie_group") or ""))


def _rank(row: Json, drawn: Drawn) -> str:
    shown = standing(row)
    if not shown:
        return word("row.unranked", more='class="quiet sr"')
    mark = word("row.best", more='class="sr"') if drawn.contested and row.get("rank") == 1 else ""
    return f'<span class="held"><span class="rank">{text(shown)}</span>{mark}</span>'


def _tie(row: Json, drawn: Drawn) -> str:
    """Each letter in its own place, so that rows of one letter stand under each other as a band."""
    own = _letters(row)
    if not drawn.letters:
        return f'<span class="held">{text(row.get("tie_group"))}</span>'
    slots = "".join(f"<i>{letter}</i>" if letter in own else "<b></b>" for letter in drawn.letters)
    return f'<span class="held slots n{len(drawn.letters)}">{slots if own else ""}</span>'


def _model(row: Json, drawn: Drawn) -> str:
    method = f'<span class="sr"> {text(row.get("method"))}</span>'
    return f'<button type="button" class="open" aria-expanded="false">{text(row.get("model"))}{method}</button>'


def _method(row: Json, drawn: Drawn) -> str:
    names = drawn.told[row.get("model"), row.get("method")]
    told = [text(row.get(name)) for name in names if row.get(name)]
    below = f'<span class="below">{" · ".join(told)}</span>' if told else ""
    return f'<span class="named">{text(row.get("method"))}{below}</span>'


def _interval(row: Json, drawn: Drawn) -> str:
    if drawn.scale is None:
        return ""
    ends_shown = ends(row, drawn.decimals)
    return bar(row, drawn.scale) + (f'<span class="ends">{ends_shown}</span>' if ends_shown else "")


def _scored(key: str, row: Json, drawn: Drawn, sign: bool = False) -> str:
    return number(row.get(key), drawn.decimals, sign)


def _score(row: Json, drawn: Drawn) -> str:
    shown = _scored("score", row, drawn)
    if not shown:
        return word("row.noscore", more='class="quiet"')
    train = _scored("train_score", row, drawn)
    return shown + (word("row.trained", more='class="below"', score=train) if train else "")


def _gain(row: Json, drawn: Drawn) -> str:
    value = row.get("gain")
    if value is None:
        return ""
    higher, seen = row.get("higher_is_better") is not False, round(value, drawn.decimals)
    kind = "" if not seen or drawn.contest.level(row) else "up" if (seen > 0) == higher else "down"
    return f'<span class="{kind}">{_scored("gain", row, drawn, sign=True)}</span>'


def _memory(row: Json, drawn: Drawn) -> str:
    value = row.get("peak_memory_mib")
    if value is None:
        return ""
    return f"{number(value, 0)} MiB" if value < 1024 else f"{number(value / 1024, 1)} GiB"


def _flags(row: Json, drawn: Drawn) -> str:
    """Chips that tell their meaning on hover, focus and touch; that of a subset stands over the table."""
    status = row.get("status")
    known = f"status.{status}" in words("en")
    failed = "" if status in ("ok", None) else (word(f"status.{status}") if known else text(status))
    chips = [f'<span class="failed">{failed}</span>'] if failed else []
    for flag in flags_of(row):
        if not flag.startswith(SUBSET):
            kind = notes.kind(flag)
            chips.append(
                f'<button type="button" class="flag" data-tip="flag.{kind}" aria-describedby="flag-{kind}">'
                f"{text(flag)}</button>"
            )
    return " ".join(chips)


def _plain(key: str, row: Json, drawn: Drawn) -> str:
    return text(row.get(key))


def _as(form: Callable[[Any], str], key: str) -> Callable[[Json, Drawn], str]:
    return lambda row, drawn: form(row.get(key))


COLUMNS: Sequence[Column] = (
    Column("rank", "rank", "number", _rank),
    Column("tie", "tie_group", "text", _tie),
    Column("model", "model", "text", _model),
    Column("method", "method", "text", _method),
    Column("score", "score", "number", _score),
    Column("interval", "ci_low", "number", _interval),
    Column("gain", "gain", "number", _gain),
    Column("time", "train_seconds", "number", _as(seconds, "train_seconds")),
    Column("trainable", "trainable_params", "number", _as(count, "trainable_params")),
    Column("memory", "peak_memory_mib", "number", _memory),
    Column("seeds", "n_seeds", "number", partial(_plain, "n_seeds")),
    Column("flags", "flags", "text", _flags),
    Column("recipe", "recipe", "text", partial(_plain, "recipe"), more=True),
    Column("route", "route", "text", partial(_plain, "route"), more=True),
    Column("train_score", "train_score", "number", partial(_scored, "train_score"), more=True),
    Column("sd", "seed_sd", "number", partial(_scored, "seed_sd"), more=True),
    Column("params", "total_params", "number", _as(count, "total_params"), more=True),
    Column("eval", "eval_seconds", "number", _as(seconds, "eval_seconds"), more=True),
    Column("speed", _SPEED, "number", _as(partial(number, decimals=1), _SPEED), more=True),
    Column("device", "device", "text", partial(_plain, "device"), more=True),
)
