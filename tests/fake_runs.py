"""Runs of fake models on the fake task, in this process or as a driver of its own: `python -m fake_runs OPTIONS`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.driver import Summary, drive
from xbench.local import LocalExecutor
from xbench.matrix import Matrix
from xbench.plan import Plan, build
from xbench.records import Settings
from xbench.specs import TaskSpec
from xbench.store import Store
from xbench.testing.fake_backend import STATE

PLUGIN = "xbench.testing"


def settings_of(root: Path, plugins: tuple[str, ...] = ()) -> Settings:
    return Settings(cache=root / ".xbench" / "cache", offline=True, plugins=(PLUGIN, *plugins))


def executor_of(root: Path, jobs: int = 1, plugins: tuple[str, ...] = ()) -> LocalExecutor:
    return LocalExecutor(settings_of(root, plugins), jobs=jobs, spool=root / ".xbench" / "spool")


def planned(
    root: Path,
    models: tuple[str, ...],
    seeds: int = 1,
    step_seconds: float = 0.0,
    plugins: tuple[str, ...] = (),
    retry_failed: bool = False,
) -> tuple[Catalog, Store, Plan]:
    recipe = root.parent / "plain.toml"
    if not recipe.exists():
        recipe.write_text('description = "every option at its default"\n')
    settings = settings_of(root)
    catalog, store = Catalog.load([PLUGIN, *plugins]), Store(root)
    matrix = Matrix(models, ("fake",), recipe=str(recipe), seeds=seeds, sets={"step_seconds": step_seconds})

    def dataset_of(task: TaskSpec) -> Dataset:
        return Dataset(task, catalog, None, True, settings.cache or root)

    plan = build(matrix, catalog, dataset_of, store, retry_failed)
    return catalog, store, plan


def run_fakes(
    root: Path,
    *models: str,
    seeds: int = 1,
    jobs: int = 1,
    step_seconds: float = 0.0,
    retry_failed: bool = False,
    no_progress_seconds: float = 60.0,
    plugins: tuple[str, ...] = (),
    **more: Any,
) -> Summary:
    """Plans and drives; `more` goes to `drive`."""
    catalog, store, plan = planned(root, models, seeds, step_seconds, plugins, retry_failed)
    return drive(
        plan,
        executor_of(root, jobs, plugins),
        store,
        catalog,
        settings=settings_of(root, plugins),
        no_progress_seconds=no_progress_seconds,
        **more,
    )


def start_driver(root: Path, models: str, state: Path | None = None, **options: Any) -> subprocess.Popen[bytes]:
    """A driver in a process of its own; its summary is the last line of its output."""
    command = [sys.executable, "-m", "fake_runs", json.dumps({"root": str(root), "models": models, **options})]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), STATE: str(state or root.parent)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def children(pid: int) -> list[int]:
    """Processes that `pid` has started and that still run (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            except OSError:
                continue
            if int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return found


def main() -> None:
    options: dict[str, Any] = json.loads(sys.argv[1])
    root, models = Path(options.pop("root")), options.pop("models").split(",")
    try:
        summary = run_fakes(root, *models, on_event=_tell, **options)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.stdout.write(json.dumps(asdict(summary)) + "\n")


def _tell(name: str, values: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
