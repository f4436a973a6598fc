"""`xbench explain-protocol` on real records of fake runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.cli import main

FAKES = ("-p", "xbench.testing")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "fake.toml").write_text("steps = 1\n", encoding="utf-8")
    arguments = ("run", *FAKES, "-t", "fake", "-m", "ok", "--seeds", "1", "--recipe", str(folder / "fake.toml"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        assert main((*arguments, "--results", str(folder / "results"))) == 0
        assert main((*arguments, "--method", "none", "--results", str(folder / "results"))) == 0
        assert main((*arguments, "--limit-train", "20", "--results", str(folder / "results"))) == 0
    return folder / "results"


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[str]:
    capsys.readouterr()
    assert main(("explain-protocol", *FAKES, *arguments)) == code
    return capsys.readouterr().out.splitlines()


def test_a_limit_is_named_with_both_values(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short, full = sorted(
        (record for record in api.load(results) if record.cell.method == "full"),
        key=lambda record: record.cell.limit_train is None,
    )
    lines = printed(capsys, short.key[:8], full.run_id, "--results", str(results))
    assert lines[0].startswith(f"A: ok+full s0 on fake, run {short.run_id[:8]}, protocol {short.cell.protocol[:8]}")
    assert " ".join(lines[2:4]) == (
        "Their scores may not be compared: they train on other parts of the data (limits.train: 20 against none)."
    )
    assert [line.split() for line in lines[-2:]] == [["path", "A", "B"], ["limits.train", "20", "none"]]
    assert all(len(line) <= 80 for line in lines)


def test_one_protocol_says_what_else_differs(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = next(r for r in api.load(results) if r.cell.method == "full" and r.cell.limit_train is None)
    lines = printed(capsys, whole.run_id, "ok+none", "--results", str(results))
    assert "Their scores may be compared: both have the protocol" in " ".join(lines)
    assert lines[-1].split() == ["method.name", "full@1", "none@1"]


def test_json_is_what_the_api_returns(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "ok+none", "ok+full", "--results", str(results), "--json")
    found = [json.loads(line) for line in lines]
    assert found == api.explain_protocol("ok+none", "ok+full", results, plugins=("xbench.testing",))
    assert sorted(pair["comparable"] for pair in found) == [False, True]


def test_an_ambiguity_on_one_task_leaves_the_others(results: Path, tmp_path: Path, capsys: Any) -> None:
    """`ok` names two rows on fake (none and full), and one on demo-sentiment."""
    import shutil

    shutil.copytree(results, tmp_path / "results")
    (tmp_path / "fake.toml").write_text("steps = 1\n", encoding="utf-8")
    one = ("run", *FAKES, "-t", "demo-sentiment", "--seeds", "1", "--recipe", str(tmp_path / "fake.toml"))
    assert main((*one, "-m", "ok", "-m", "prints", "--results", str(tmp_path / "results"))) == 0
    assert main((*one[:-4], "-m", "prints", "-t", "fake", *one[-4:], "--results", str(tmp_path / "results"))) == 0
    lines = printed(capsys, "ok", "prints", "--results", str(tmp_path / "results"))
    assert lines[0].startswith("A: ok+full on demo-sentiment")
    assert "fake: left out: 'ok' names more than one row of fake (say ok+full or ok+none)" in " ".join(lines)
    only = printed(capsys, "ok+full", "prints", "-t", "fake", "--results", str(tmp_path / "results"))
    assert not any("demo-sentiment" in line for line in only)
    printed(capsys, "ok", "prints", "-t", "fake", "--results", str(tmp_path / "results"), code=2)
    printed(capsys, "ok", "prints", "-t", "fak", "--results", str(tmp_path / "results"), code=2)


def test_compare_points_here_where_protocols_differ(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = next(record for record in api.load(results) if record.cell.limit_train is not None)
    capsys.readouterr()
    assert main(("compare", *FAKES, short.run_id, "ok+none", "--results", str(results))) == 2
    told = capsys.readouterr().err
    assert f"`xbench explain-protocol {short.run_id} ok+none` says what keeps them apart on fake" in told
