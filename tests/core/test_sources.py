"""What killed readers leave in the cache, and what is still being written."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xbench import api
from xbench.leases import Owner

HOURS = 3600.0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "xbench" / "data"


def staged(place: Path, tag: str) -> Path:
    folder = place / f".reading-{tag}-a1b2c3"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "train.jsonl").write_bytes(b"[1,{}]\n")
    return folder


def test_what_killed_readers_left_is_taken_away_and_nothing_that_lives(place: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from xbench.leases import Owner; print(Owner.me().tag, end='')"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    dead, living = staged(place, ended), staged(place, Owner.me().tag)
    elsewhere, long_elsewhere = staged(place, "0123456789ab-7-1"), staged(place, "0123456789ab-8-1")
    old_style = staged(place, "x")
    long_ago = time.time() - 25 * HOURS
    for folder in (long_elsewhere, old_style):
        for path in (*folder.rglob("*"), folder):
            os.utime(path, (long_ago, long_ago))
    os.utime(elsewhere, (long_ago, long_ago))  # but a file in it is fresh
    api.run("majority", "demo-sentiment", dry_run=True)
    assert [folder.exists() for folder in (dead, living, elsewhere, long_elsewhere, old_style)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert len([folder for folder in place.iterdir() if folder.name.startswith("demo-sentiment-")]) == 1
