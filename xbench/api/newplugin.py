"""A plugin to begin with."""

from __future__ import annotations

from pathlib import Path

from xbench.api.places import Folder
from xbench.newplugin import NewPlugin, write_plugin


def new_plugin(name: str, out: Folder | None = None, kind: str = "backend") -> NewPlugin:
    """Write a small installable package that passes `check` as it stands.

    Args:
        name: of the plugin: "mine" makes a distribution `xbench-mine` with a module `xbench_mine`.
        out: the folder; default: `xbench-<name>` here.
        kind: what it declares: "backend" (a model) or "metric".

    Raises:
        UserError: an unfit name or kind; a folder that is there already (nothing is overwritten).
    """
    return write_plugin(name, Path(out) if out is not None else None, kind)
