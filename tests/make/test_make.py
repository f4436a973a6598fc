"""The Makefile's first step: an environment from what the machine has, else one line that names what to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEITHER = '#!/bin/sh\n[ "$1" = -c ] && exec {python} "$@"\nexit 1\n'  # a Python that has neither venv nor pip


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def make(clone: Path, python: Path | str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    if path == "/usr/bin:/bin" and shutil.which("uv", path=path):
        pytest.skip("uv is installed for the whole machine")
    arguments = ["make", "--silent", ".venv/bin/python", f"PYTHON={python}"]
    environment = {"PATH": path, "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(arguments, cwd=clone, env=environment, capture_output=True, text=True, check=False)


def script(clone: Path, text: str) -> Path:
    path = clone / "python"
    path.write_text(text.format(python=sys.executable))
    path.chmod(0o755)
    return path


def test_uv_from_the_path_makes_the_environment(clone: Path) -> None:
    done = make(clone, "/nonexistent", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert (clone / ".venv" / "bin" / "python").exists()


def test_an_environment_that_uv_made_has_pip_for_plugins(clone: Path) -> None:
    """uv leaves pip out, and `pip install -e` would then find another Python's."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, clone)
    for name in ("xbench", "plugins", "tasks"):
        (clone / name).mkdir()
    uv = clone / "tools" / "uv"
    uv.parent.mkdir()
    made = f"mkdir -p .venv/bin && exec ln -s {sys.executable} .venv/bin/python"
    uv.write_text(f'#!/bin/sh\n[ "$1" = venv ] && {made}\necho "$@" > asked\n')
    uv.chmod(0o755)
    environment = {"PATH": f"{uv.parent}:/usr/bin:/bin", "HOME": str(clone)}
    subprocess.run(["make", "--silent", "install"], cwd=clone, env=environment, check=True, capture_output=True)
    assert (clone / "asked").read_text().split()[-2:] == [".", "pip"]


def test_without_venv_and_pip_one_line_names_what_to_install(clone: Path) -> None:
    done = make(clone, script(clone, NEITHER))
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "xbench needs uv, or Python's venv and pip: install one of them, e.g. apt-get install python3-venv python3-pip"
    ]
    assert not (clone / ".venv").exists()


def test_an_old_python_is_named(clone: Path) -> None:
    done = make(clone, script(clone, "#!/bin/sh\nexit 1\n"))
    assert done.returncode == 2
    assert done.stdout.startswith("xbench needs Python 3.11 or newer")


def test_the_demo_plans_a_board_of_three_tasks(clone: Path) -> None:
    """`make demo` with the environment of the tests, and `--dry-run` behind its command: training takes minutes."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, clone)
    tools = clone / "venv" / "bin"
    tools.mkdir(parents=True)
    (tools / "python").symlink_to(sys.executable)
    (tools / "xbench").write_text(f'#!/bin/sh\nexec {sys.executable} -m xbench "$@" --dry-run\n')
    (tools / "xbench").chmod(0o755)
    (clone / "venv" / ".demo").touch()  # installed, says the Makefile
    environment = {**os.environ, "XDG_CACHE_HOME": str(clone / "cache")}
    done = subprocess.run(
        ["make", "--silent", "demo", "VENV=venv"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    planned = {tuple(line.split()[1:3]) for line in lines if line.startswith("run ")}
    assert {task for task, _ in planned} == {"demo-sentiment", "demo-tagging", "demo-translation"}
    assert {row for task, row in planned if task == "demo-translation"} == {
        "copy+full",
        "scratch-tiny+none",
        "scratch-tiny+full",
    }
    assert lines[-1] == "The board: results/demo/leaderboard.html"
