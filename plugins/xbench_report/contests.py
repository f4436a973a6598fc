"""The rows that compare with each other, and how their numbers are written for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xbench.records import Board
from xbench.specs import Json

SUBSET = "subset "  # the flag of a limited split goes on with "2000/9003 train"
_KEY = ("task", "metric", "protocol", "signature")


@dataclass(frozen=True, slots=True)
class Contest:
    """One task, metric and protocol, in board order."""

    rows: tuple[Json, ...]
    pairs: tuple[Json, ...]

    @property
    def first(self) -> Json:
        return self.rows[0]

    @property
    def title(self) -> tuple[Any, Any]:
        """Task and metric."""
        return self.first.get("task"), self.first.get("metric")

    @property
    def subset(self) -> str:
        """ "2000/9003 train, 200/3080 test" where a limit was set."""
        flags = dict.fromkeys(flag for row in self.rows for flag in flags_of(row) if flag.startswith(SUBSET))
        return ", ".join(flag.removeprefix(SUBSET) for flag in flags)

    @property
    def decimals(self) -> int:
        """Four for scales of 0 to 1, two for those of 0 to 100; by the scores where the metric tells no scale."""
        if self.first.get("scale"):
            low, high = map(float, str(self.first["scale"]).split(";"))
            return 4 if high - low <= 1 else 2
        shown = [abs(row["score"]) for row in self.rows if row.get("score") is not None]
        return 4 if max(shown, default=0) <= 1 else 2

    @property
    def span(self) -> tuple[float, float] | None:
        """From the lowest to the highest end of the intervals."""
        names = ("score", "ci_low", "ci_high")
        ends = [row[name] for row in self.rows for name in names if row.get(name) is not None]
        return (min(ends), max(ends)) if ends else None

    @property
    def best(self) -> tuple[Json, ...]:
        """Rows that no other is significantly better than; none where there is nothing to be better than."""
        ranked = [row for row in self.rows if row.get("rank") is not None]
        return tuple(row for row in ranked if row["rank"] == 1) if len(ranked) > 1 else ()

    def tied(self, row: Json) -> int:
        """How many other rows share a tie letter with this one."""
        own = _letters(row)
        return sum(bool(own & _letters(other)) for other in self.rows if other is not row)

    def level(self, row: Json) -> bool:
        """Whether a row could not be told apart from the untrained one that its gain is counted from."""
        own, score, gain = _letters(row), row.get("score"), row.get("gain")
        return (
            score is not None
            and gain is not None
            and any(
                other.get("method") == "none"
                and (other.get("model"), other.get("backend")) == (row.get("model"), row.get("backend"))
                and other.get("score") is not None
                and abs(score - gain - other["score"]) < 1e-9
                and (not own or not _letters(other) or bool(own & _letters(other)))
                for other in self.rows
            )
        )

    def size(self, column: str) -> int | None:
        return next((row[column] for row in self.rows if row.get(column) is not None), None)

    def detectable(self) -> str:
        """The range, over pairs of ranked rows, of the smallest difference that would have been found.

        A pair that got the same credit for every example, or nearly so, has none to tell.
        """
        found = [p["smallest_detectable"] for p in self.pairs if p.get("verdict") in ("separated", "tied")]
        known = sorted(value for value in found if value and round(value, self.decimals))
        if not known:
            return ""
        low, high = (f"{value:.{self.decimals}f}" for value in (known[0], known[-1]))
        return low if low == high else f"{low}–{high}"


def _letters(row: Json) -> set[str]:
    return set(re.findall(r"[a-z]\d*", str(row.get("tie_group") or "")))


def contests(board: Board) -> list[Contest]:
    """In board order."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(board.rows):
        groups.setdefault(tuple(row.get(name) for name in _KEY), []).append(number)
    home = {number: key for key, numbers in groups.items() for number in numbers}
    pairs: dict[tuple[Any, ...], list[Json]] = {}
    for pair in board.comparisons:
        if pair.get("a_row") in home:
            pairs.setdefault(home[pair["a_row"]], []).append(pair)
    return [Contest(tuple(board.rows[i] for i in ids), tuple(pairs.get(key, ()))) for key, ids in groups.items()]


def whole_first(groups: Sequence[Contest]) -> list[Contest]:
    """Contests of a task and metric beside each other, those on all of the data before those on a part of it."""
    place: dict[tuple[Any, ...], int] = {}
    for at, contest in enumerate(groups):
        place.setdefault(contest.title, at)
    return sorted(groups, key=lambda contest: (place[contest.title], bool(contest.subset)))


def told_apart(groups: Sequence[Contest]) -> list[str]:
    """What tells a contest from others of its task, metric and subset: its protocol, else its signature, else ""."""
    alike: dict[tuple[Any, ...], list[Contest]] = {}
    for contest in groups:
        alike.setdefault((*contest.title, contest.subset), []).append(contest)

    def told(contest: Contest) -> str:
        others = alike[(*contest.title, contest.subset)]
        if len({other.first.get("protocol") for other in others}) > 1:
            return str(contest.first.get("protocol"))[:12]
        return str(contest.first.get("signature") or "") if len(others) > 1 else ""

    return [told(contest) for contest in groups]


def flags_of(row: Json) -> list[str]:
    return [flag for flag in str(row.get("flags") or "").split(";") if flag]


def cost(rows: Iterable[Json]) -> tuple[int, float, float]:
    """Runs, and their training and evaluation seconds; a run that stands in several rows counts once."""
    runs, train, evaluation = 0, 0.0, 0.0
    seen: set[str] = set()
    for row in rows:
        ids = str(row.get("run_ids") or "")
        if not ids or ids in seen:
            continue
        seen.add(ids)
        done = row.get("n_seeds") or 0
        runs += ids.count(";") + 1
        train += (row.get("train_seconds") or 0) * done
        evaluation += (row.get("eval_seconds") or 0) * done
    return runs, train, evaluation


def standing(row: Json) -> str:
    """ "2–4": the ranks that the data leave open; "2" where they leave one."""
    rank, last = row.get("rank"), row.get("rank_max")
    if rank is None:
        return ""
    return str(rank) if last in (None, rank) else f"{rank}–{last}"


def ends(row: Json, decimals: int) -> str:
    """ "0.81–0.87": the interval; empty where there is none."""
    low, high = row.get("ci_low"), row.get("ci_high")
    return "" if low is None or high is None else f"{number(low, decimals)}–{number(high, decimals)}"


def number(value: float | None, decimals: int, sign: bool = False) -> str:
    if value is None:
        return ""
    text = f"{value:{'+' if sign else ''}z.{decimals}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def seconds(value: float | None) -> str:
    """ "0.4 s", "12 s", "3.5 min", "1.2 h"."""
    if value is None:
        return ""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    return f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:.1f} h"


def count(value: float | None) -> str:
    """ "812", "66.4 k", "110.1 M"."""
    if value is None:
        return ""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.0f}"
