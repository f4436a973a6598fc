"""Names that lack a file's ending."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import csv_text, write

from xbench.cli import main


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("command", [["show"], ["check"], ["run", "--dry-run", "-m", "majority", "-t"]])
@pytest.mark.parametrize(
    ("typed", "files", "meant"),
    [
        ("reviews", ["reviews.csv"], "reviews.csv"),
        ("reviews", ["Reviews.TSV", "reviews.md"], "Reviews.TSV"),
        ("tickets", ["tickets.csv", "tickets.toml"], "tickets.toml"),
        ("data/mine", ["data/mine.jsonl"], "data/mine.jsonl"),
    ],
)
def test_the_file_that_is_meant_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], typed: str, files: list[str], meant: str
) -> None:
    for name in files:
        write(tmp_path / name, csv_text())
    assert main([*command, typed]) == 2
    assert capsys.readouterr().err == f"xbench: unknown name {typed!r} (did you mean {meant}?)\n"


def test_a_declared_name_stands_for_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "demo-sentiment.csv", csv_text())
    assert main(["check", "demo-sentiment"]) == 0
    write(tmp_path / "imdb.md", "notes")
    assert main(["check", "imdb"]) == 2
    assert "unknown plugin, task or card 'imdb'" in capsys.readouterr().err
