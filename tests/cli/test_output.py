"""What plugins print never stands among a command's answers; and outputs that are closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from xbench.cli import main
from xbench.cli.output import answers_only, tell

NOISY = """
import os

from xbench.hookspecs import hookimpl
from xbench.specs import ModelSpec
from xbench.testing import FakeBackend


class Noisy(FakeBackend):
    name = "noisy"

    def models(self):
        return [ModelSpec("noisy", "ok", None, shape="encoder")]

    def routes(self, model):
        return ()

    def fit(self, jobs):
        print("printed")
        os.write(1, b"by a C library\\n")
        return super().fit(jobs)


@hookimpl
def xbench_backends():
    return [Noisy()]
"""


def xbench(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "PATH": f"{Path(sys.executable).parent}:/bin"}
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_json_holds_no_line_of_a_plugin_that_prints(tmp_path: Path) -> None:
    (tmp_path / "made_noisy.py").write_text(NOISY)
    done = xbench(tmp_path, "xbench check made_noisy.py --json")
    assert {json.loads(line)["kind"] for line in done.stdout.splitlines()} == {"plugin"}
    assert "printed" in done.stderr
    assert "by a C library" in done.stderr


def test_answers_go_where_standard_output_went(capsys: pytest.CaptureFixture[str]) -> None:
    with answers_only():
        sys.stdout.write("noise\n")
        tell({"an": "answer"})
    sys.stdout.write("after\n")
    assert capsys.readouterr() == ('{"an":"answer"}\nafter\n', "noise\n")


@pytest.mark.parametrize("line", ["xbench list tasks >&-", "xbench list --json >&-", "xbench doctor --offline >&-"])
def test_a_closed_output_is_no_traceback(tmp_path: Path, line: str) -> None:
    done = xbench(tmp_path, line)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_escape_in_a_name_does_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "-m", "majority", "-t", "\x1b[31m.csv"]) == 2
    assert capsys.readouterr().err.startswith("xbench: \\x1b[31m.csv: no such file")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["list", "--json=yes"], "--json: it takes no value (write --json alone)"),
        (["list", "tasks", "models"], "models: more than it takes (write xbench list [KIND]; see xbench list --help)"),
        (["compare", "a", "b", "c"], "c: more than it takes (write xbench compare A B; see xbench compare --help)"),
        (["help"], "unknown command 'help' (write xbench --help)"),
        (["version"], "unknown command 'version' (write xbench --version)"),
    ],
)
def test_what_a_command_does_not_take(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", f"xbench: {line}\n")
