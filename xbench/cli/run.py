"""`xbench run`: train and score every cell of a matrix, and say where the board is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from xbench.cards import read_toml
from xbench.cli.options import RESULTS, DataDir, Debug, Json, Offline, Plugins
from xbench.cli.typed import unset
from xbench.errors import UserError
from xbench.names import unknown
from xbench.recipes import parse_sets

EXECUTORS = ("local",)
GRID_KEYS = (
    *("models", "tasks", "methods", "recipe", "set", "seeds", "limit_train", "limit_eval", "route"),
    *("results", "data_dir"),
)
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def run(
    context: typer.Context,
    grid: Annotated[
        Path | None, typer.Argument(metavar="[GRID.toml]", help="Flags as a file; flags given win.")
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "-m",
            "--model",
            metavar="M",
            help="NAME, BACKEND:NAME, NAME@REVISION, NAME+METHOD, a folder, LABEL=FOLDER.",
        ),
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option(
            "-t",
            "--task",
            metavar="T",
            help="A task, an alias, a suite, a card's path, a data file or folder, NAME=FILE.",
        ),
    ] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", metavar="X", help="What of the model is trained.  [default: full]")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="R", help="How it is trained: a name or a TOML file.  [default: default]")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A declared option: lr=3e-5, lora.r=16.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many; they are numbered 0, 1, ...  [default: 3]")
    ] = None,
    results: Annotated[Path | None, typer.Option(metavar="DIR", help="Where records go.  [default: results]")] = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda, ...")] = "auto",
    executor: Annotated[str, typer.Option(metavar="NAME", help="local: processes of this machine.")] = "local",
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Cells at a time.")] = 1,
    budget: Annotated[
        str | None, typer.Option(metavar="TIME", help="Start no cell after this: 2h, 30m, 1h30m.")
    ] = None,
    limit_train: Annotated[int | None, typer.Option(min=1, metavar="N", help="Train on so many examples.")] = None,
    limit_eval: Annotated[int | None, typer.Option(min=1, metavar="N", help="Validate and test on so many.")] = None,
    route: Annotated[str | None, typer.Option(metavar="NAME", help="auto, head or text.  [default: auto]")] = None,
    save_model: Annotated[bool, typer.Option("--save-model", help="Keep the trained models.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan, cell by cell, and train nothing.")
    ] = False,
    json: Json = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first cell that fails.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run failed cells again.")] = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> int:
    """Train and score every (model, method, task, seed) cell that is still missing.

    Several models, tasks, methods or settings: a flag for each (-m A -m B). What cannot be paired is skipped, with why.

    Exit code: 0 all cells are done, 1 some failed or are left, 2 wrong usage or bad input, 130 interrupted.
    """
    from xbench import api
    from xbench.cli.progress import reporter

    if executor not in EXECUTORS:
        raise unknown("executor", executor, EXECUTORS)
    left_behind = unset(context.obj)
    if left_behind is not None:
        raise left_behind
    if grid is not None and grid.suffix != ".toml":
        raise UserError(f"{grid}: a grid is a TOML file", "models are named with -m and tasks with -t")
    matrix: dict[str, Any] = read_grid(grid) if grid is not None else {}
    flags = {
        "models": models,
        "tasks": tasks,
        "methods": methods,
        "recipe": recipe,
        "seeds": seeds,
        "limit_train": limit_train,
        "limit_eval": limit_eval,
        "route": route,
        "results": results,
        "data_dir": data_dir,
    }
    matrix |= {name: value for name, value in flags.items() if value is not None}
    matrix["sets"] = {**matrix.get("sets", {}), **parse_sets(sets or ())}
    for name, flag in (("models", "-m"), ("tasks", "-t")):
        if not matrix.get(name):
            raise UserError(f"nothing to run: no {name[:-1]} given", f"name at least one with {flag}")
    matrix.setdefault("results", RESULTS)
    report = reporter(json=json, dry_run=dry_run, results=matrix["results"], plugins=tuple(plugins or ()))
    try:
        with report:
            summary = api.run(
                **matrix,
                offline=offline,
                device=device,
                jobs=jobs,
                budget=None if budget is None else seconds(budget),
                save_model=save_model,
                dry_run=dry_run,
                fail_fast=fail_fast,
                retry_failed=retry_failed,
                plugins=tuple(plugins or ()),
                command=shlex.join(["xbench", *context.obj]),
                on_plan=report.plan,
                on_event=report.event,
            )
    except KeyboardInterrupt:
        typer.echo("xbench: interrupted; the same command goes on from there", err=True)
        return 130
    if dry_run:
        return 0
    report.end(summary, sorted(Path(matrix["results"]).glob("leaderboard.*")))
    return 1 if summary.left or any(count for status, count in summary.statuses.items() if status != "ok") else 0


def read_grid(path: Path) -> dict[str, Any]:
    """The keyword arguments of `api.run` that a grid file stands for: lists, numbers, and a table `set`."""
    grid = read_toml(path)
    for key in grid:
        if key not in GRID_KEYS:
            raise unknown(f"{path}: key", key, GRID_KEYS)
    for key in ("models", "tasks", "methods"):
        if not isinstance(grid.get(key, []), list) or not all(isinstance(name, str) for name in grid.get(key, [])):
            raise UserError(f"{path}: {key}: expected a list of names", f'write {key} = ["...", "..."]')
    for key in ("seeds", "limit_train", "limit_eval"):
        if type(grid.get(key, 1)) is not int or grid.get(key, 1) < 1:  # true is an int too
            raise UserError(f"{path}: {key}: expected a whole number from 1 on", f"write {key} = 3")
    for key in ("recipe", "route", "results", "data_dir"):
        if not isinstance(grid.get(key, ""), str):
            raise UserError(f"{path}: {key}: expected a text", f'write {key} = "..."')
    sets = grid.pop("set", {})
    if not isinstance(sets, dict):
        raise UserError(f"{path}: set: expected a table", "write [set] and a line for each option: lr = 3e-5")
    for key in ("results", "data_dir"):
        if key in grid:
            grid[key] = Path(grid[key])
    return {**grid, "sets": sets}


def seconds(text: str) -> float:
    """`2h`, `30m`, `1h30m` or `90` (seconds) in seconds."""
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise UserError(f"--budget {text}: no duration", "write 2h, 30m, 1h30m or 90s")
    hours, minutes, rest = (float(part or 0) for part in found.groups())
    total = 3600 * hours + 60 * minutes + rest
    if not total:
        raise UserError(f"--budget {text}: no cell could start", "leave the flag out for no limit")
    return total
