"""A board as Markdown: one table for each task, metric and protocol, with notes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from xbench.records import Board
from xbench.specs import Json
from xbench_report import notes
from xbench_report.contests import SUBSET, Contest, contests, cost, count, ends, flags_of, number, seconds, standing

_HEADER = (
    *("rank", "tie", "model", "method", "recipe", "route", "score", "95 % interval", "gain", "train score", "seeds"),
    *("seed sd", "trainable", "train time", "status", "flags"),
)
_RIGHT = frozenset({"rank", "score", "gain", "train score", "seeds", "seed sd", "trainable", "train time"})


def render(board: Board) -> bytes:
    """UTF-8 Markdown with pipe tables."""
    groups = contests(board)
    runs, train, evaluation = cost(board.rows)
    parts = [
        "# Leaderboard",
        f"{_many(len(board.rows), 'row')} from {_many(runs, 'run')}. "
        f"Training took {seconds(train)}, evaluation {seconds(evaluation)}, summed over all runs.",
    ]
    for contest in groups:
        parts.extend(_section(contest))
    parts.append("## Notes")
    parts.append("\n".join(f"- {text}" for text in notes.statistics()))
    legend = notes.legend(flag for row in board.rows for flag in flags_of(row))
    if legend:
        parts.append("\n".join(f"- `{_code(flag)}`: {text}." for flag, text in legend))
    return ("\n\n".join(parts) + "\n").encode("utf-8", "backslashreplace")


def _section(contest: Contest) -> Iterable[str]:
    first, subset = contest.first, contest.subset
    yield f"## {escape(first['task'])}: {escape(first['metric'])}" + (f" (subset {escape(subset)})" if subset else "")
    facts = [
        f"{escape(first['task_type'])}, language {escape(first['language'])}",
        *(_many(size, what) for name, what in _SIZES if (size := contest.size(name)) is not None),
        "higher is better" if first["higher_is_better"] is not False else "lower is better",
        *([f"scored by `{_code(first['signature'])}`"] if first.get("signature") else []),
        f"protocol `{_code(str(first['protocol'])[:12])}`",
    ]
    yield "; ".join(facts) + "."
    if contest.detectable():
        yield f"Smallest difference that this board would find four times in five: {contest.detectable()}."
    lines = [_line(_HEADER), _line("---:" if name in _RIGHT else "---" for name in _HEADER)]
    yield "\n".join([*lines, *(_line(_cells(row, contest.decimals)) for row in contest.rows)])


_SIZES = (("n_train", "training example"), ("n_test", "test example"))


def _many(count: int, noun: str) -> str:
    """ "1 row", "2 rows"."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _cells(row: Json, decimals: int) -> Iterable[str]:
    yield standing(row)
    yield from (escape(row.get(name)) for name in ("tie_group", "model", "method", "recipe", "route"))
    yield number(row.get("score"), decimals)
    yield ends(row, decimals)
    yield number(row.get("gain"), decimals, sign=True)
    yield number(row.get("train_score"), decimals)
    yield escape(row.get("n_seeds"))
    yield number(row.get("seed_sd"), decimals)
    yield count(row.get("trainable_params"))
    yield seconds(row.get("train_seconds"))
    yield escape(row.get("status"))
    yield escape(", ".join(flag for flag in flags_of(row) if not flag.startswith(SUBSET)))  # the heading says it


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escape(value: Any) -> str:
    """Text that Markdown shows as it is: no table, link, emphasis or HTML out of a name."""
    text = "" if value is None else re.sub(r"\s+", " ", str(value))
    return re.sub(r"([\\`*\[\]<>|&~]|(?<![^\W_])_|_(?![^\W_]))", _quoted, text)


def _quoted(match: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(match[1], "\\" + match[1])


def _code(value: Any) -> str:
    """Text inside backticks, outside of tables."""
    return re.sub(r"[`\s]+", " ", str(value))
