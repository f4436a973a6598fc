"""A results folder of the fakes, with one kept model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kept_runs import FAKES

from xbench import api


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one kept model, two that were not kept, and one that failed."""
    place = tmp_path_factory.mktemp("kept")
    (place / "bare.toml").write_text("steps = 2\n", encoding="utf-8")
    asked: dict[str, Any] = {"recipe": str(place / "bare.toml"), "plugins": FAKES, "results": place / "results"}
    api.run("ok", "fake", seeds=1, save_model=True, **asked)
    api.run(["ok", "raises"], "fake", seeds=2, **asked)
    return place / "results"


@pytest.fixture
def run(kept: Path) -> str:
    (folder,) = [path.parent.parent for path in kept.glob("*/*/model/fake.json")]
    return str(folder)
