"""What the tests of comparisons share."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_rows import GOOD, POOR, keep_row

from xbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    keep_row(store, "good", GOOD)
    keep_row(store, "poor", POOR)
    return store
