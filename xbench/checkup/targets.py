"""What is to be checked: a card, a task, a plugin that is installed, or a plugin's folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Literal

from xbench.cards import read_toml
from xbench.catalog import Catalog
from xbench.errors import UnknownName, UserError
from xbench.hookspecs import PROJECT
from xbench.names import unknown
from xbench.plugins import load
from xbench.specs import TaskSpec


@dataclass(frozen=True, slots=True)
class Target:
    """kind "card": `path`; "task": `task`; "plugin": the plugin of this name and module in the catalog."""

    kind: Literal["card", "task", "plugin"]
    name: str
    module: str = ""
    path: Path | None = None
    task: TaskSpec | None = None


@contextlib.contextmanager
def find(text: str, plugins: Sequence[str]) -> Iterator[tuple[Catalog, list[Target]]]:
    """The catalog with what `text` names in it, and what it names; a folder's modules can be imported meanwhile.

    Raises UserError where it names nothing.
    """
    path = Path(text).expanduser()
    if text.endswith(".toml") and path.name != "pyproject.toml":
        if not os.path.lexists(path):
            read_toml(path)  # says which is meant
        yield Catalog.load(plugins), [Target("card", path.name, path=path)]
        return
    folder = path.parent if path.name == "pyproject.toml" else path
    entries, folders = [], [folder, folder / "src"]
    if (folder / "pyproject.toml").is_file():
        entries = _entries(folder)
    elif (path / "__init__.py").is_file() or (path.suffix == ".py" and path.is_file()):
        place = path.resolve()
        entries, folders = [EntryPoint(place.stem, place.stem, PROJECT)], [place.parent]
    if entries:
        with _importable(folders):
            targets = [Target("plugin", entry.name, entry.value) for entry in entries]
            yield Catalog(load(plugins, entries)), targets
        return
    catalog = Catalog.load(plugins)
    found = [plugin for plugin in catalog.plugins if text in (plugin.name, plugin.module, plugin.distribution or None)]
    if found:
        yield catalog, [Target("plugin", plugin.name, plugin.module) for plugin in found]
        return
    try:
        tasks = catalog.tasks_named(text)
    except UserError as problem:
        if _importable_module(text):
            yield Catalog.load([*plugins, text]), [Target("plugin", text, text)]
            return
        if isinstance(problem, UnknownName) and problem.noun == "task":
            known = [*catalog.names("alias"), *catalog.suites(), *(plugin.name for plugin in catalog.plugins)]
            raise unknown("plugin, task or card", text, known) from None
        raise
    yield catalog, [Target("task", task.name, task=task) for task in tasks]


def _importable_module(text: str) -> bool:
    try:
        return text.replace(".", "").isidentifier() and importlib.util.find_spec(text) is not None
    except (ImportError, ValueError):
        return False


def _entries(folder: Path) -> list[EntryPoint]:
    """What a plugin's pyproject.toml registers. Raises UserError where that is nothing."""
    path = folder / "pyproject.toml"
    table = read_toml(path).get("project", {}).get("entry-points", {}).get(PROJECT, {})
    if not isinstance(table, dict) or not table:
        raise UserError(
            f"{path}: no entry point of group {PROJECT}",
            f'write [project.entry-points.{PROJECT}] and under it mine = "my_module"',
        )
    return [EntryPoint(name, str(value), PROJECT) for name, value in table.items()]


@contextlib.contextmanager
def _importable(folders: Sequence[Path]) -> Iterator[None]:
    added = [str(folder.resolve()) for folder in folders if folder.is_dir()]
    sys.path[:0] = added
    try:
        yield
    finally:
        for place in added:
            if place in sys.path:
                sys.path.remove(place)
