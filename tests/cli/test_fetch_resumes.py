"""A fetch that ends before its end: the bytes that have come are not asked for again."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from hub.commands import XBENCH, ranges, xbench
from hub.fixtures import variables
from hub.repositories import File, Repository
from hub.server import Hub

PIECE = 10 * 2**20  # `huggingface_hub` writes a file in pieces of so many bytes
LARGE = File("model.safetensors", bytes(5 * PIECE // 2))  # nobody looks inside before it is loaded
FETCH = ("fetch", "-m", "some/large")


@pytest.fixture
def large(hub: Hub) -> Hub:
    """The hub with a model of 25 MiB, some/large."""
    t5 = hub.repositories["models", "google-t5/t5-base"]
    hub.serve(Repository("models", "some/large", {**t5.files, LARGE.path: LARGE}))
    return hub


def kept(home: Path) -> bytes:
    (file,) = home.rglob("snapshots/*/model.safetensors")
    return file.read_bytes()


def begun(large: Hub, home: Path) -> subprocess.Popen[str]:
    """A fetch that hangs in the middle of the weights, a piece of which it has written."""
    large.stall(LARGE.path)
    process = subprocess.Popen(
        [*XBENCH, *FETCH], env=variables(large, home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while not any(path.stat().st_size == PIECE for path in home.rglob("*.incomplete")):
        assert process.poll() is None
        time.sleep(0.05)
    return process


def test_a_connection_that_is_cut(large: Hub, tmp_path: Path) -> None:
    large.cut(LARGE.path)
    said = xbench(large, tmp_path, *FETCH)
    assert said.code == 0, said.err
    assert ranges(large, LARGE.path) == [None, f"bytes={PIECE}-"]
    assert kept(tmp_path) == LARGE.data


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_ended(large: Hub, tmp_path: Path, how: signal.Signals) -> None:
    process = begun(large, tmp_path)
    process.send_signal(how)
    process.communicate(timeout=60)
    again = xbench(large, tmp_path, *FETCH)
    assert again.code == 0, again.err
    assert "model.safetensors: going on at 40 %" in again.err.splitlines()
    assert ranges(large, LARGE.path) == [None, f"bytes={PIECE}-"]
    assert kept(tmp_path) == LARGE.data
    assert not list(tmp_path.rglob("*.incomplete"))


def test_two_at_once_bring_a_file_once(large: Hub, tmp_path: Path) -> None:
    first = begun(large, tmp_path)
    second = subprocess.Popen([*XBENCH, *FETCH], env=variables(large, tmp_path), stderr=subprocess.PIPE, text=True)
    assert second.stderr is not None
    assert next(line for line in second.stderr if "waiting" in line) == (
        "model.safetensors: another process is fetching it; waiting\n"
    )
    first.kill()
    first.communicate(timeout=60)
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert ranges(large, LARGE.path) == [None, f"bytes={PIECE}-"]
    assert kept(tmp_path) == LARGE.data


def test_bytes_that_are_not_those_of_the_hub_are_noticed(large: Hub, tmp_path: Path) -> None:
    blobs = tmp_path / "hf" / "hub" / "models--some--large" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{LARGE.sha256}.incomplete").write_bytes(b"another file")
    said = xbench(large, tmp_path, *FETCH)
    assert said.code == 0, said.err
    assert "its SHA-256 is " in said.err
    assert ranges(large, LARGE.path) == ["bytes=12-", None]
    assert kept(tmp_path) == LARGE.data


def test_a_file_of_a_data_set(hub: Hub, tmp_path: Path) -> None:
    (file,) = [file for path, file in hub.repositories["datasets", "wmt/wmt14"].files.items() if "train-00001" in path]
    blobs = tmp_path / "hf" / "hub" / "datasets--wmt--wmt14" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{file.sha256}.incomplete").write_bytes(file.data[:1000])
    said = xbench(hub, tmp_path, "fetch", "-t", "wmt14")
    assert said.code == 0, said.err
    assert f"{file.path}: going on at {100 * 1000 // len(file.data)} %" in said.err
    assert ranges(hub, "train-00001") == ["bytes=1000-"]
    assert said.out.startswith("task wmt14-en-de: fetched, train 200, validation 20, test 20 rows, ")
