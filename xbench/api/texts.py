"""Texts of the examples that a cell was scored on, where they are on this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xbench.api.places import Folder, cache_folder, data_folder, dataset
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.prepared import stored
from xbench.records import Settings
from xbench.sources import kept
from xbench.specs import Cell, Example


def examples_of(
    cell: Cell, ids: Collection[str], catalog: Catalog, data_dir: Folder | None = None
) -> Mapping[str, Example]:
    """Those of these ids in the test split that the cell was scored on; nothing is downloaded.

    What was read once is found by its content, for a file of the user's own may have moved since.

    Raises UserError where the split is not at hand, or is another one by now.
    """
    if not ids:
        return {}
    saw, cache = cell.protocol_of["data"]["test"], cache_folder()
    path = kept(cell.task.name, "test", saw, cache)
    if path is None:
        settings = Settings(data_dir=data_folder(data_dir), cache=cache, offline=True)
        data = dataset(cell.task, catalog, settings, cell.limit_train, cell.limit_eval)
        if data.fingerprints["test"] != saw:
            raise UserError(f"task {cell.task.name}: the test split is another one by now")
        rows = iter(data.rows("test"))
    else:
        rows = stored(path)
    return {name: example for example in rows if (name := str(example["id"])) in ids}
