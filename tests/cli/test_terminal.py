"""A run as a person watches it: on terminals of 80 and 160 columns, and where there is none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from screens import Screen, watch

XBENCH = (sys.executable, "-m", "xbench")
RUN = (*XBENCH, "run", "-p", "xbench.testing", "-t", "fake", "--recipe", "fake.toml")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)
    Path("fake.toml").write_text("steps = 2\nstep_seconds = 0.2\n", encoding="utf-8")


@pytest.mark.parametrize("columns", [80, 160])
def test_the_grid_shows_what_runs_what_failed_and_the_best_so_far(columns: int) -> None:
    command = (*RUN, "-m", "ok", "-m", "diverges", "--method", "none", "--method", "full", "--seeds", "2")
    code, screen, seen = watch(command, columns)
    assert code == 1
    assert screen.widest <= columns
    running = next(text for text in seen if "loss" in text)
    (line,) = [line for line in running.splitlines() if "loss" in line]
    assert line.split()[0] in ("ok+none", "ok+full", "diverges+none")
    assert "step " in line
    assert any("best so far" in text for text in seen)
    assert any(" left" in text for text in seen)
    lines = screen.text.splitlines()
    (best,) = [line for line in lines if "best so far" in line]
    assert best.startswith("fake  fake_accuracy  8/8  best so far 1.0000 ok+full")
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ")}
    assert rows["ok+full"][:2] == ["✔✔", "1.0000"]
    assert rows["diverges+full"][:1] == ["✘✘"]
    assert "diverged: the loss is nan" in next(line for line in lines if line.startswith("  diverges+full"))
    assert "8 of 8 cells, 4 failed" in screen.text
    assert any(line.startswith("diverged  fake  diverges+full  s0") for line in lines)
    assert lines[-1].split()[-1].endswith("leaderboard.md")
    assert screen.text.count("best so far") == 1  # nothing of an earlier drawing is left
    assert screen.text.count("of 8 cells") == 1
    assert not screen.hidden
    assert screen.colours


def test_more_rows_than_the_terminal_has_are_folded() -> None:
    models = [f"{name}{method}" for name in ("ok", "prints", "raises") for method in ("+none", "+full")]
    arguments = [part for model in models for part in ("-m", model)]
    _, screen, seen = watch((*RUN, *arguments, "--seeds", "1"), 80, rows=7)
    assert screen.widest <= 80
    tail = next(text for text in seen if " more row" in text and "▶" in text).splitlines()[-6:]
    assert "of 6 cells" in tail[0]
    assert any("▶" in line for line in tail)  # what runs is never folded
    assert tail[-1].strip().startswith("... ")


def test_ctrl_c_leaves_a_clean_screen() -> None:
    pressed = []

    def act(screen: Screen, process: subprocess.Popen[bytes]) -> None:
        if "loss" in screen.text and not pressed:
            pressed.append(True)
            os.killpg(process.pid, signal.SIGINT)

    code, screen, _ = watch((*RUN, "-m", "slow", "--seeds", "3", "--set", "steps=500"), 80, act=act)
    assert code == 130
    assert not screen.hidden
    assert "▶" not in screen.text
    assert "of 3 cells" not in screen.text
    lines = [line for line in screen.text.splitlines() if line.strip()]
    assert lines[0].startswith("plan: 3 cells to run")
    assert lines[-1] == "xbench: interrupted; the same command goes on from there"


@pytest.mark.parametrize(
    ("name", "value", "drawn"),
    [("NO_COLOR", "1", True), ("CI", "true", False), ("TERM", "dumb", False), ("CI", "false", True)],
)
def test_the_environment_decides_on_colours_and_on_drawing(name: str, value: str, drawn: bool) -> None:
    code, screen, _ = watch((*RUN, "-m", "ok", "--seeds", "1"), 80, environment={name: value})
    assert code == 0
    assert ("━" in screen.text) == drawn
    assert ("start  fake  ok+full  s0" in screen.text) != drawn
    assert screen.colours == (drawn and name != "NO_COLOR")


def test_a_dry_run_stays_within_the_terminal() -> None:
    command = (
        *RUN,
        "-m",
        "ok",
        "-m",
        "diverges",
        "--method",
        "full",
        "--method",
        "lora",
        "--seeds",
        "2",
        "--dry-run",
    )
    _, screen, _ = watch(command, 80)
    assert screen.widest <= 80


def test_without_a_terminal_there_are_plain_lines_and_with_json_objects() -> None:
    command = (*RUN, "-m", "ok", "--seeds", "1")
    plain = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "\x1b" not in plain
    assert "start  fake  ok+full  s0" in plain
    json_lines = subprocess.run((*command, "--json"), capture_output=True, text=True, check=True).stdout.splitlines()
    assert [json.loads(line)["event"] for line in json_lines] == ["plan", "summary", "board"]


def test_every_command_with_json_prints_objects_and_nothing_else() -> None:
    subprocess.run((*RUN, "-m", "ok", "--method", "none", "--method", "full", "--seeds", "2"), check=True)
    for arguments in (
        ("list", "-p", "xbench.testing"),
        ("compare", "-p", "xbench.testing", "ok+none", "ok+full"),
        ("explain-protocol", "-p", "xbench.testing", "ok+none", "ok+full"),
    ):
        printed = subprocess.run((*XBENCH, *arguments, "--json"), capture_output=True, text=True, check=True).stdout
        assert printed.splitlines()
        assert all(isinstance(json.loads(line), dict) for line in printed.splitlines())


def test_a_terminal_of_another_encoding_shows_escapes() -> None:
    rows = [line for number in range(30) for line in (f"天气很好 {number},good", f"bad news {number},bad")]
    Path("mine.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([*XBENCH, "show", "mine.csv"], env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u5929\\u6c14" in done.stdout


def test_a_reader_that_has_seen_enough_is_told_as_the_shell_tells_it() -> None:
    """As `git log | head`: the signal's number and 128, which is no answer of ours."""
    with subprocess.Popen([*XBENCH, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        assert started.stderr.read() == b""
        assert started.wait(60) == 141
