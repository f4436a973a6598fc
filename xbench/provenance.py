"""Where a number on a board comes from: what its runs and its task say of themselves, without texts or places."""

from __future__ import annotations

from collections.abc import Iterable

from xbench.records import Record
from xbench.specs import Json, TaskSpec

_ENVIRONMENT = ("python", "platform", "cores", "gpu", "packages", "git")
_COST = ("device", "layout", "steps", "train_seconds")


def runs(records: Iterable[Record]) -> dict[str, Json]:
    """Run id -> what a reader needs to judge, find and repeat the run."""
    return {record.run_id: _run(record) for record in records}


def tasks(records: Iterable[Record]) -> dict[str, Json]:
    """ "name@version" -> licence, citation, and whether texts may be passed on."""
    found: dict[str, Json] = {}
    for record in records:
        task = record.cell.task
        found.setdefault(named(task.name, task.version), _task(task))
    return found


def named(task: str, version: int) -> str:
    return f"{task}@{version}"


def _run(record: Record) -> Json:
    cell = record.cell
    return {
        "key": record.key,
        "seed": cell.seed,
        "status": record.status,
        "scores": dict(record.scores),
        "main_metric": record.main_metric,
        "train_score": record.train_score,
        "validation_score": record.validation_score,
        "error": record.error,
        "recipe_values": dict(cell.recipe_values),
        "cost": {name: record.cost[name] for name in _COST if record.cost.get(name) is not None},
        "environment": {name: record.environment[name] for name in _ENVIRONMENT if record.environment.get(name)},
        "command": record.command,
        "started": record.started,
        "finished": record.finished,
    }


def _task(task: TaskSpec) -> Json:
    return {
        "description": task.description,
        "licence": task.licence,
        "citation": task.citation,
        "redistributable": task.redistributable,
    }
