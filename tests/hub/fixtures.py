"""The fixture `hub`, and the variables under which a command meets it. `tests/conftest.py` makes them known to all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hub.contents import T5, t5_base, wmt14
from hub.repositories import Repository
from hub.server import Hub

_FORGOTTEN = ("HF_", "HUGGING", "TRANSFORMERS_", "DATASETS_", "XBENCH_")  # of the tester's own shell


def variables(hub: Hub, home: Path, **more: str) -> dict[str, str]:
    """The environment of a process whose hub this is and whose caches lie under `home`.

    To be given to a new process: the libraries read their variables when they are imported.
    """
    inherited: Mapping[str, str] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FORGOTTEN) and "proxy" not in name.lower()
    }
    return {
        **inherited,
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(home / "hf"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",  # `datasets` would tell a bucket of Amazon's
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "0",
        "OMP_NUM_THREADS": "1",
        **more,
    }


@pytest.fixture(scope="session")
def hub_repositories(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Repository]:
    """t5-base and wmt/wmt14, made once."""
    return t5_base(tmp_path_factory.mktemp("hub")), wmt14()


def stocked(hub: Hub, repositories: tuple[Repository, ...]) -> Hub:
    """The hub with these and the short name of T5."""
    for repository in repositories:
        hub.serve(repository)
    hub.renamed["models", "t5-base"] = T5
    return hub


@pytest.fixture
def hub(hub_repositories: tuple[Repository, Repository]) -> Iterator[Hub]:
    """A hub of this test's own that holds t5-base and wmt/wmt14; `hub.serve_model` and `serve_dataset` add others."""
    with stocked(Hub(), hub_repositories) as opened:
        yield opened
