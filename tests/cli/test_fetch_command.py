"""`xbench run` and `xbench fetch` against a hub: what is fetched, how often, and what is said."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny_models
from hub.commands import TOKEN, XBENCH, Said, bodies, refused, xbench
from hub.fixtures import stocked, variables
from hub.repositories import Repository
from hub.server import Hub

# --- the command of the first page ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FirstRun:
    hub: Hub
    home: Path
    said: Said


@pytest.fixture(scope="module")
def first(hub_repositories: tuple[Repository, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRun]:
    """The caches are empty and a token is set: `xbench run --model t5-base --task wmt14`."""
    home = tmp_path_factory.mktemp("first")
    with stocked(Hub(), hub_repositories) as hub:
        said = xbench(hub, home, "run", "--model", "t5-base", "--task", "wmt14", HF_TOKEN=TOKEN)
        yield FirstRun(hub, home, said)


def test_the_command_to_the_letter_ends_on_a_board(first: FirstRun) -> None:
    assert first.said.code == 0, first.said.err
    assert first.said.out.splitlines()[-1].startswith("board: results/leaderboard.csv")
    with (first.home / "results" / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        (row, *others) = csv.DictReader(file)
    assert (row["task"], row["model"], row["method"], row["route"]) == ("wmt14-en-de", "t5-base", "full", "text")
    assert (row["metric"], row["n_seeds"], row["n_train"], row["n_test"]) == ("bleu", "3", "200", "20")
    assert "seen-task" in row["flags"].split(";")
    assert {other["metric"] for other in others} <= {"bleu", "chrf"}


def test_a_person_sees_what_is_downloaded(first: FirstRun) -> None:
    lines = first.said.err.splitlines()
    assert lines == [
        f"data set wmt/wmt14 (de-en): fetching from {first.hub.endpoint}",
        f"model t5-base: fetching 4 files, 249 kB from {first.hub.endpoint}",
    ]


def test_every_file_came_once_whatever_the_number_of_cells_and_nothing_that_is_not_read(first: FirstRun) -> None:
    for part in ("model.safetensors", "tokenizer.json", "train-00000", "train-00001", "test-00000"):
        assert bodies(first.hub, part) == 1, part
    assert not first.hub.asked("pytorch_model.bin")
    assert not first.hub.asked("onnx/")


def test_the_token_reaches_the_hub_and_nothing_else(first: FirstRun) -> None:
    asked = {one.token for one in first.hub.requests if "signed=1" not in one.path}
    stored = [one for one in first.hub.requests if "signed=1" in one.path]  # a redirect to another host
    assert asked == {TOKEN}
    assert len(stored) >= 5
    assert {one.token for one in stored} == {None}
    assert TOKEN not in first.said.out + first.said.err
    written = [path for path in (first.home / "results", first.home / "cache") for path in path.rglob("*")]
    holding = [path for path in written if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert any(path.name == "log.txt" for path in written)
    assert holding == []


def test_again_offline_with_the_filled_caches(first: FirstRun) -> None:
    before = len(first.hub.requests)
    arguments = ("run", "--model", "t5-base", "--task", "wmt14", "--offline")
    again = xbench(first.hub, first.home, *arguments, "--seeds", "4")
    assert again.code == 0, again.err
    assert "plan: 1 cell to run, 3 done before" in again.out  # the same keys: the same model and data
    assert "1 ok, 0 failed, 3 done before" in again.out
    with (first.home / "results" / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["n_seeds"] == "4"
    assert len(first.hub.requests) == before


# --- fetch ------------------------------------------------------------------------------------------------------------


def test_offline_with_empty_caches_one_line_says_what_lacks_and_how_to_fetch_it(hub: Hub, tmp_path: Path) -> None:
    line = refused(xbench(hub, tmp_path, "run", "--model", "t5-base", "--task", "wmt14", "--offline"))
    assert line == (
        "not on this machine, and offline forbids the hub: model t5-base, the data of wmt14 "
        "(`xbench fetch -m t5-base -t wmt14` brings them)"
    )
    line = refused(xbench(hub, tmp_path, "run", "-m", "copy", "-t", "wmt14", "--offline"))
    assert line.startswith("task wmt14-en-de: no data at hand: hub data set wmt/wmt14 (de-en) is not in the cache ")
    assert line.endswith("and offline forbids the hub (`xbench fetch -t wmt14` brings it)")
    assert hub.requests == []
    assert not (tmp_path / "results").exists()


def test_fetch_fills_both_caches_goes_on_after_a_cut_and_waits_where_it_is_told_to(hub: Hub, tmp_path: Path) -> None:
    hub.cut("train-00001")
    hub.limit("/t5-base/resolve/main/config.json")
    hub.limit("README.md")
    said = xbench(hub, tmp_path, "fetch", "-m", "t5-base", "-t", "wmt14")
    assert said.code == 0, said.err
    model, data, last = said.out.splitlines()
    assert model.startswith(f"model t5-base: fetched, 5 files, 250 kB, in {tmp_path}/hf/hub/models--t5-base/")
    assert data.startswith("task wmt14-en-de: fetched, train 200, validation 20, test 20 rows, ")
    assert f", in {tmp_path}/hf/datasets/wmt___wmt14/de-en/" in data
    assert last == "all is here: xbench run -m t5-base -t wmt14 --offline"
    assert bodies(hub, "train-00001") == 2
    assert bodies(hub, "train-00000") == bodies(hub, "tokenizer.json") == bodies(hub, "model.safetensors") == 1
    assert said.err.count("Rate limited. Waiting 2") == 2
    before = len(hub.requests)
    again = xbench(hub, tmp_path, "fetch", "-m", "t5-base", "-t", "wmt14", "--json")
    assert [json.loads(line)["said"].partition(",")[0] for line in again.out.splitlines()] == ["here already"] * 2
    assert again.err == ""
    assert {(one.method, one.path.rpartition("/")[2]) for one in hub.requests[before:]} == {("HEAD", "config.json")}


def test_a_terminal_shows_a_bar_for_each_file(hub: Hub, tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [*XBENCH, "fetch", "-m", "t5-base"]
    with subprocess.Popen(
        command, env=variables(hub, tmp_path), stdin=terminal, stdout=terminal, stderr=terminal
    ) as it:
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal is gone with its last process
            while piece := os.read(screen, 65536):
                shown += piece
    os.close(screen)
    assert it.returncode == 0
    assert re.search(r"model\.safetensors: 100%.*229k/229k", shown.decode())
    assert shown.decode().splitlines()[-1].startswith("model t5-base: fetched, 5 files")


def test_an_interrupted_fetch_goes_on_with_what_is_left(hub: Hub, tmp_path: Path) -> None:
    stalled = hub.stall("tokenizer.json")
    command = [*XBENCH, "fetch", "-m", "t5-base"]
    process = subprocess.Popen(command, env=variables(hub, tmp_path), stderr=subprocess.PIPE, text=True)
    assert stalled.wait(60)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.splitlines()[-1]) == (
        130,
        "xbench: interrupted; the same command goes on from there",
    )
    assert bodies(hub, "model.safetensors") == 1  # came before it
    line = refused(xbench(hub, tmp_path, "run", "-m", "t5-base", "-t", "demo-translation", "--offline"))
    assert line == (  # without the check a tokenizer that knows no word would be made up, and trained with
        "model t5-base: not all of it is in the cache (tokenizer.json, tokenizer_config.json missing) "
        "(`xbench fetch -m t5-base` brings it)"
    )
    again = xbench(hub, tmp_path, "fetch", "-m", "t5-base")
    assert again.code == 0, again.err
    assert again.err.startswith("model t5-base: fetching 2 files, 19.7 kB from ")
    assert bodies(hub, "model.safetensors") == 1
    assert bodies(hub, "tokenizer.json") == 2


def test_a_run_that_is_interrupted_while_it_downloads_leaves_no_results(hub: Hub, tmp_path: Path) -> None:
    stalled = hub.stall("model.safetensors")
    command = [*XBENCH, "run", "-m", "t5-base", "-t", "demo-translation", "--results", str(tmp_path / "results")]
    process = subprocess.Popen(
        command, env=variables(hub, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert stalled.wait(60)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert (process.returncode, printed) == (130, "")
    assert errors.splitlines()[-1] == "xbench: interrupted; the same command goes on from there"
    assert "Traceback" not in errors
    assert not (tmp_path / "results").exists()


def test_a_mirror_that_lies_under_a_path(hub_repositories: tuple[Repository, ...], tmp_path: Path) -> None:
    with stocked(Hub("/mirror/hf"), hub_repositories) as hub:
        said = xbench(hub, tmp_path, "fetch", "-m", "t5-base", "-t", "wmt14")
        assert said.code == 0, said.err
        assert said.err.count(f"from {hub.endpoint}") == 2
        assert hub.endpoint.endswith("/mirror/hf")
        assert all(one.path.startswith("/mirror/hf/") for one in hub.requests if "signed=1" not in one.path)


def test_what_needs_no_fetching_is_told_so(hub: Hub, tmp_path: Path) -> None:
    rows = "".join(f"text {number},{'ab'[number % 2]}\n" for number in range(40))
    (tmp_path / "my.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    folder = tiny_models.make("bert", tmp_path / "made")
    models = ("-m", "scratch-tiny", "-m", f"small={folder}")
    said = xbench(hub, tmp_path, "fetch", *models, "-t", "demo-sentiment", "-t", "my.csv")
    assert said.out.splitlines() == [
        "model scratch-tiny: nothing to fetch, backend scratch brings its own",
        f"model small: nothing to fetch, it is the folder {folder}",
        "task demo-sentiment: nothing to fetch, reader demo finds it on this machine",
        "task my: nothing to fetch, reader csv finds it on this machine",
        f"all is here: xbench run -m scratch-tiny -m small={folder} -t demo-sentiment -t my.csv --offline",
    ]
    assert hub.requests == []


TNEWS_CODES = ("100", "101", "102", "103", "104", "106", "107", "108", "109", "110", "112", "113", "114", "115", "116")


def test_a_task_of_files_is_fetched_from_its_mirror_where_they_are_not_at_hand(hub: Hub, tmp_path: Path) -> None:
    import datasets

    features = datasets.Features(
        {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=list(TNEWS_CODES))}
    )
    rows = [{"sentence": f"新闻{number}", "label": number % 15} for number in range(60)]
    hub.serve_dataset("clue/clue", {"tnews": {"train": rows, "validation": rows[:15]}}, features)
    data = tmp_path / "data" / "tnews"
    data.mkdir(parents=True)
    fetched = xbench(hub, tmp_path, "fetch", "-t", "tnews", "--data-dir", str(data.parent))
    assert fetched.code == 0, fetched.err
    assert fetched.out.startswith("task tnews: fetched, train 60, validation 15 rows, ")
    for name in ("train.tsv", "dev.tsv"):
        (data / name).write_text("新闻\tnews_story\n", encoding="utf-8")
    there = xbench(hub, tmp_path, "fetch", "-t", "tnews", "--data-dir", str(data.parent))
    assert there.out.splitlines() == ["task tnews: nothing to fetch, reader csv finds it on this machine"]
