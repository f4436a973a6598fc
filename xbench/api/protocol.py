"""Whether two rows or runs may be compared, and what keeps them apart."""

from __future__ import annotations

from collections.abc import Sequence

from xbench.api.boards import defaults_of
from xbench.api.places import Folder, reading, records_of
from xbench.catalog import Catalog
from xbench.specs import Json


def explain_protocol(
    a: str, b: str, results: Folder = "results", plugins: Sequence[str] = (), task: str | None = None
) -> list[Json]:
    """The paths at which the protocols of two rows or runs differ: see `explaining.explain_protocols`."""
    from xbench.comparing.explaining import explain_protocols

    catalog = Catalog.load(plugins)
    return explain_protocols(records_of(reading(results)), a, b, lambda name: defaults_of(catalog, name), task)
