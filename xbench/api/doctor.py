"""What is here and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from xbench import doctor as examination
from xbench.api.places import Folder, cache_folder, usual_cache
from xbench.catalog import Catalog
from xbench.doctor import Checkup


def doctor(data_dir: Folder | None = None, offline: bool = False, plugins: Sequence[str] = ()) -> Checkup:
    """Versions, device, caches, hub, data, plugins, and problems with their mend. Takes some seconds.

    Args:
        data_dir: default: XBENCH_DATA_DIR.
        offline: do not ask the hub whether it answers.
        plugins: modules to switch on, "no:name" to switch one off.
    """
    place = data_dir if data_dir is not None else os.environ.get("XBENCH_DATA_DIR") or None
    root = Path(place).absolute() if place is not None else None
    try:
        cache = usual_cache()
    except RuntimeError:  # no home
        cache = cache_folder()
    return examination.examine(Catalog.load(plugins), cache, root, offline)
