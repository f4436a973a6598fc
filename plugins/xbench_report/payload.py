"""What an opened row shows, as data for the page's script: runs, curves, samples, each said once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from xbench.records import Board
from xbench.specs import Json
from xbench_report.contests import Contest

_ROW = ("task", "metric", "model", "method", "backend", "recipe", "route", "revision")
_HIDDEN_SERIES = frozenset({"lr", "examples", "epoch"})  # they run as the recipe says: nothing is learned from them


class _Shared:
    """Values by number: equal ones (a thousand runs of one environment) are written once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: Any) -> int:
        key = json.dumps(value, sort_keys=True, default=str)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def payload(board: Board, contests: Iterable[Contest]) -> Json:
    """`rows` in the order of the page; a row's `runs` count the list `runs`, and theirs count `shared`."""
    shared = _Shared()
    runs: list[dict[str, Any]] = []
    rows: list[Json] = []
    numbers: dict[str, int] = {}
    for contest in contests:
        decimals = contest.decimals
        for row in contest.rows:
            ids = [run_id for run_id in str(row.get("run_ids") or "").split(";") if run_id]
            for run_id in ids:
                if run_id not in numbers:
                    numbers[run_id] = len(runs)
                    runs.append(_run(run_id, board, shared))
            task = board.tasks.get(f"{row.get('task')}@{row.get('task_version')}") or {}
            shown = next((run_id for run_id in ids if runs[numbers[run_id]].get("status") == "ok"), None)
            if shown is not None and task.get("redistributable") and "samples" not in runs[numbers[shown]]:
                runs[numbers[shown]]["samples"] = list(board.samples.get(shown) or ())
            rows.append(
                {
                    **{name: row.get(name) for name in _ROW},
                    "decimals": decimals,
                    "runs": [numbers[run_id] for run_id in ids],
                    "open": task.get("redistributable"),
                    "licence": task.get("licence"),
                }
            )
    return {"rows": rows, "runs": runs, "shared": shared.values}


def _run(run_id: str, board: Board, shared: _Shared) -> dict[str, Any]:
    run = board.runs.get(run_id) or {}
    environment = run.get("environment") or {}
    told: dict[str, Any] = {"id": run_id}
    told |= {
        name: run[name]
        for name in ("key", "seed", "status", "scores", "main_metric", "error")
        if run.get(name) is not None
    }
    told |= {
        "train": run.get("train_score"),
        "validation": run.get("validation_score"),
        "started": run.get("started"),
        "finished": run.get("finished"),
    }
    told |= {"cost": dict(run.get("cost") or {})}
    told["environment"] = shared.number({name: value for name, value in environment.items() if name != "git"})
    told["git"] = shared.number(environment.get("git") or {})
    told["command"] = shared.number(run.get("command") or "")
    told["values"] = shared.number(dict(run.get("recipe_values") or {}))
    told["curve"] = _curve(board.curves.get(run_id) or {})
    return told


def _curve(series: Mapping[str, Any]) -> Json:
    """Each series as its steps and its values. Four digits are more than a picture of this size can show."""
    return {
        name: [[step for step, _ in points], [_short(value) for _, value in points]]
        for name, points in series.items()
        if name not in _HIDDEN_SERIES
    }


def _short(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.4g}")
