"""`xbench leaderboard` and `rescore` on records of fake runs."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from xbench.cli import main
from xbench.cli.board import parse_claim, violated
from xbench.errors import UserError
from xbench.records import Board

FAKES = ("-p", "xbench.testing")
COLUMNS = ("task", "model", "method", "recipe", "metric", "score", "status")
ROWS = (
    ("t", "a", "full", "r", "accuracy", 0.9, "ok"),
    ("t", "b", "none", "r", "accuracy", 0.2, "ok"),
    ("t", "c", "full", "r", "accuracy", None, "failed"),
)
BOARD = Board(
    COLUMNS, tuple(dict(zip(COLUMNS, row, strict=True)) for row in ROWS), comparisons=(), curves={}, samples={}
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "fake.toml").write_text("steps = 1\n", encoding="utf-8")
    arguments = ("run", *FAKES, "-t", "fake", "-m", "ok", "--method", "none", "--method", "full", "--seeds", "3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        assert main((*arguments, "--recipe", str(folder / "fake.toml"), "--results", str(folder / "results"))) == 0
    return folder / "results"


def test_the_leaderboard_is_written_and_printed(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("leaderboard", *FAKES, "--results", str(results), "--out", str(tmp_path / "out"), "--format", "csv,md")
    assert main(arguments) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "fake  fake_accuracy  (n=30, recipe fake)"
    assert printed[2].split() == ["rank", "model+method", "score", "95", "%", "gain", "train", "seeds", "notes"]
    assert [line.split()[2] for line in printed[3:5]] == ["ok+full", "ok+none"]
    assert printed[-1] == f"board: {tmp_path}/out/leaderboard.csv {tmp_path}/out/leaderboard.md"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["leaderboard.csv", "leaderboard.md"]
    with (tmp_path / "out/leaderboard.csv").open(encoding="utf-8", newline="") as file:
        assert [row["method"] for row in csv.DictReader(file)] == ["full", "none"]


def test_an_assertion_that_does_not_hold_is_exit_1(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("leaderboard", *FAKES, "--results", str(results), "--assert")
    assert main((*arguments, "fake_accuracy>=0")) == 0
    assert main((*arguments, "fake_accuracy>=0.95 where method=full")) == 0
    capsys.readouterr()
    assert main((*arguments, "fake_accuracy>=0.95")) == 1
    assert capsys.readouterr().err.startswith("xbench: not fake_accuracy>=0.95: fake ok+none (fake): 0.")
    assert main((*arguments, "fake_acuracy>=0.95")) == 2
    assert "unknown metric of the board 'fake_acuracy' (did you mean fake_accuracy?)" in capsys.readouterr().err


def test_an_unknown_format_is_refused(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("leaderboard", *FAKES, "--results", str(results), "--format", "cvs")) == 2
    assert capsys.readouterr().err == "xbench: unknown format 'cvs' (did you mean csv?)\n"


def test_a_claim_is_about_every_row_of_its_metric_or_those_that_it_names() -> None:
    assert list(violated(BOARD, *parse_claim("accuracy>=0.9"))) == [
        "not accuracy>=0.9: t b+none (r): 0.2000",
        "not accuracy>=0.9: t c+full (r): failed",
    ]
    assert list(violated(BOARD, *parse_claim(" accuracy >= .9 where model=a, method=full"))) == []
    assert list(violated(BOARD, *parse_claim("accuracy<0.9 where model=a"))) == [
        "not accuracy<0.9: t a+full (r): 0.9000"
    ]
    assert parse_claim("bleu(tokenize=zh)>3e1") == ("bleu(tokenize=zh)", ">", 30.0, {})
    for claim, message in [
        ("acuracy>=0.9", "unknown metric of the board 'acuracy' (did you mean accuracy?)"),
        ("accuracy>=0.9 where modl=a", "unknown column 'modl' (did you mean model?)"),
        ("accuracy>=0.9 where model=aa", "unknown model 'aa' (did you mean a?)"),
    ]:
        with pytest.raises(UserError) as caught:
            list(violated(BOARD, *parse_claim(claim)))
        assert str(caught.value) == message


def test_rescore_counts_what_changed(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("rescore", *FAKES, "--results", str(results))) == 0
    assert capsys.readouterr().out == "0 changed, 6 the same, 0 left as they are\n"


def test_rescore_says_once_that_many_records_have_no_predictions(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "committed"
    shutil.copytree(results, kept, ignore=shutil.ignore_patterns("predictions.jsonl", ".xbench"))
    capsys.readouterr()
    assert main(("rescore", *FAKES, "--results", str(kept))) == 1
    printed = capsys.readouterr()
    assert printed.out == "0 changed, 0 the same, 6 left as they are\n"
    (line,) = printed.err.splitlines()
    assert line.startswith("xbench: 6 runs: no predictions are kept beside the record (rescore in the folder that ")
