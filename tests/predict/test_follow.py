"""`xbench predict --follow` on a file that grows, is cut, or is another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from kept_runs import FAKES

from xbench import api
from xbench.errors import UserError
from xbench.lines import growing

XBENCH = (sys.executable, "-m", "xbench")


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def follower(run: str, tmp_path: Path) -> Any:
    """Starts `predict --follow` and gives it with its answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(file: str) -> tuple[subprocess.Popen[bytes], Path]:
        out = tmp_path / "told.jsonl"
        command = [*XBENCH, "predict", run, "-p", "xbench.testing", "--file", file, "--follow", "--out", str(out)]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE))
        return started[-1], out

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(out: Path, count: int, seconds: float = 60.0) -> list[str]:
    """The texts that were answered, once there are so many."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
        if len(lines) >= count:
            return [json.loads(line)["text"] for line in lines]
        time.sleep(0.05)
    raise AssertionError(f"{lines} after {seconds} s")


def add(path: str) -> Callable[[str], None]:
    file: IO[str] = Path(path).open("a", encoding="utf-8")  # noqa: SIM115  a writer that stays

    def write(text: str) -> None:
        file.write(text)
        file.flush()

    return write


def test_follow_from_python(run: str) -> None:
    write = add("log")
    write('good\n{"id": 3}\nsad\nhalf')
    model, passed = api.load_model(run, plugins=FAKES), []
    told = model.follow("log", passed.append)
    assert [row["prediction"] for row in next(told)] == ["yes", "no"]
    assert [str(problem) for problem in passed] == ["log: line 2: no field text: it has id (fake reads text)"]
    write(" great\n")
    assert next(told) == [{"text": "half great", "prediction": "yes"}]
    with pytest.raises(UserError, match="log: line 2"):
        next(model.follow("log"))


def test_follow_answers_whole_lines_as_they_come(follower: Any) -> None:
    write = add("log")
    write("good\nsa")
    process, out = follower("log")
    assert until(out, 1) == ["good"]
    time.sleep(0.5)
    assert until(out, 1) == ["good"]  # "sa" is no line yet
    write('d\n{"txt": "x"}\n')
    assert until(out, 2) == ["good", "sad"]
    write("great\n")
    assert until(out, 3) == ["good", "sad", "great"]  # the bad line did not end it
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.decode().splitlines()) == (
        0,
        ["xbench: log: line 3: no field text: it has txt (rename txt to text)"],
    )


def test_follow_survives_a_cut_and_a_new_file(follower: Any) -> None:
    write = add("log")
    write("good\ngreat\n")
    _, out = follower("log")
    until(out, 2)
    os.truncate("log", 0)
    time.sleep(0.6)
    write("sad\n")
    assert until(out, 3)[2:] == ["sad"]
    write("poo")
    Path("log").rename("log.1")
    time.sleep(0.6)
    write("r\nkind")  # the writer has the old file still
    Path("new").write_text("fine\n")
    Path("new").rename("log")
    assert until(out, 6)[3:] == ["poor", "kind", "fine"]


def test_half_a_line_that_was_cut_away_is_forgotten() -> None:
    write = add("log")
    write("good\nhal")
    lines = growing(Path("log"))
    assert next(lines) == [(1, b"good")]
    os.truncate("log", 0)
    write("sad\n")
    assert next(lines) == [(1, b"sad")]
