"""What every part of a plugin's check has at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench.catalog import Catalog
from xbench.checkup.samples import by_type, tasks_at_hand
from xbench.plugins import PluginInfo
from xbench.specs import TaskSpec


@dataclass(frozen=True, slots=True)
class Checking:
    """One plugin in its catalog. root: the data folder; models: further ones to train, which its backends resolve."""

    catalog: Catalog
    plugin: PluginInfo
    root: Path | None
    cache: Path
    models: Sequence[str]

    def own(self, kind: str) -> list[Any]:
        """What this plugin declares of a kind."""
        names = self.catalog.names(kind)
        return [item for name in names for owner, item in self.catalog.owned(kind, name) if owner == self.plugin.name]

    @property
    def tasks(self) -> list[TaskSpec]:
        """What to try things on: a task of each type."""
        return list(by_type(tasks_at_hand(self.catalog, self.plugin.name, self.root)).values())
