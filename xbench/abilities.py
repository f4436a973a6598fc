"""What a component may do beside what its protocol demands. The core asks with `isinstance` and goes on without.

An optional ability stands here, and not in `protocols.py`, so that a plugin that lacks it is whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from xbench.specs import DatasetRef, ModelSpec


@runtime_checkable
class FetchesData(Protocol):
    """A reader that can bring its data to this machine."""

    def fetch(self, ref: DatasetRef, root: Path | None) -> str:
        """Bring all splits into the cache (or under `root`, the data folder), going on where an earlier call stopped.

        Returns a line: what is there now, and where. Raises MissingData or UserError.
        """


@runtime_checkable
class FetchesModel(Protocol):
    """A backend that can bring a checkpoint to this machine."""

    def fetch(self, model: ModelSpec, root: Path | None) -> str:
        """Bring config, tokenizer and weights into the library's cache (or under `root`), resuming.

        Returns a line: what is there now, and where. Raises UserError.
        """
