"""`xbench new plugin`: what it writes is checked, tested, built, installed and run as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from xbench import api
from xbench.cli import main
from xbench.errors import UserError


def run(*arguments: str | Path, cwd: Path, **more: str) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cwd / "cache"), **more}
    done = subprocess.run(arguments, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["backend", "metric"])
def test_it_passes_its_check_and_its_test_at_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = api.new_plugin("my-own", kind=kind)
    assert made.folder == Path("xbench-my-own")
    assert all(path.is_file() for path in made.paths)
    checked = run(sys.executable, "-m", "xbench", "check", made.folder, cwd=tmp_path).splitlines()
    assert checked[0] == "plugin my-own"
    assert checked[-1] == "ok"
    assert not any(line.startswith("  skip") for line in checked)  # what it declares was tried
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", made.folder, cwd=tmp_path)


def test_once_installed_it_runs(tmp_path: Path) -> None:
    folder = api.new_plugin("mine", out=tmp_path / "mine").folder
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=folder)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    run(sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--target", site, wheel, cwd=tmp_path)
    words = [
        "-m",
        "xbench",
        "run",
        "-m",
        "mine-words",
        "-m",
        "majority",
        "-t",
        "demo-sentiment",
        "--limit-train",
        "300",
    ]
    printed = run(sys.executable, *words, cwd=tmp_path, PYTHONPATH=str(site))
    assert "end: 2 ok, 0 failed" in printed


def test_names_follow_from_one_another(tmp_path: Path) -> None:
    for name in ("xbench-deep_nets", "deep-nets", "deep_nets"):
        made = api.new_plugin(name, out=tmp_path / name)
        project = tomllib.loads((made.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["name"] == "xbench-deep-nets"
        assert project["entry-points"]["xbench"] == {"deep-nets": "xbench_deep_nets"}
        assert "class DeepNetsBackend:" in (made.folder / "xbench_deep_nets" / "backend.py").read_text(encoding="utf-8")
        assert "$" not in "".join(path.read_text(encoding="utf-8") for path in made.paths)


@pytest.mark.parametrize("name", ["Mine", "my models", "../mine", "1st", "", "mine-", "xbench-"])
def test_a_name_that_no_package_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="plugin name"):
        api.new_plugin(name, out=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_plugin_that_is_here_is_not_shadowed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="plugin demo: a module xbench_demo is here already"):
        api.new_plugin("demo", out=tmp_path / "new")


def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xbench-mine").mkdir()
    with pytest.raises(UserError, match="xbench-mine is there already"):
        api.new_plugin("mine")
    assert list((tmp_path / "xbench-mine").iterdir()) == []


def test_the_command_says_what_it_wrote_and_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "plugin", "mine"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "wrote xbench-mine/xbench_mine/backend.py" in lines
    after = [line.partition("#")[0].strip() for line in lines[lines.index("next:") + 1 :]]
    assert after == [
        "xbench check xbench-mine",
        f"{'pip' if find_spec('pip') else 'uv pip'} install -e xbench-mine pytest",  # pytest comes with no extra
        "pytest xbench-mine",
        "xbench run -m mine-words -m majority -t demo-sentiment",
    ]
    assert main(["new", "plugin", "mine", "--kind", "metrik"]) == 2
    assert "unknown --kind 'metrik' (did you mean metric?)" in capsys.readouterr().err
    assert main(["new"]) == 0
    assert "Commands:" in capsys.readouterr().out
