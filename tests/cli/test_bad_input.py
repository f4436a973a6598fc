"""Wrong usage and bad input: exit 2, one line on stderr that names the thing and the mend, nothing on stdout."""

from __future__ import annotations

from pathlib import Path

import pytest
from mistakes.folders import CARD

from xbench.cli import main
from xbench.errors import UserError

EXAMPLE = 'key = "text", key = 3 or key = ["a", "b"]'
FAKES = ("-p", "xbench.testing")
RUN = ("run", *FAKES, "-m", "ok", "-t", "fake", "--recipe", "fake.toml", "--seeds", "1")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)
    Path("fake.toml").write_text("steps = 1\n", encoding="utf-8")
    Path("file").write_text("", encoding="utf-8")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that the command ends with."""
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("xbench: ")
    return line.removeprefix("xbench: ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["rnu"], "unknown command 'rnu' (did you mean run?)"),
        (["run", "--sedes", "3"], "unknown option '--sedes' (did you mean --seeds?)"),
        (["list", "tasks", "--jsn"], "unknown option '--jsn' (did you mean --json?)"),
        (["list", "taks"], "unknown kind 'taks' (did you mean tasks?)"),
        (["show", "banking7"], "unknown name 'banking7' (did you mean banking77?)"),
        (["show"], "NAME is missing (write xbench show NAME; see xbench show --help)"),
        (["run", "-t", "fake"], "nothing to run: no model given (name at least one with -m)"),
        (["run", "-m", "ok"], "nothing to run: no task given (name at least one with -t)"),
        ([*RUN, "--seeds", "0"], "--seeds 0: expected a whole number from 1 on (see xbench run --help)"),
        ([*RUN, "--method", "ful"], "unknown method 'ful' (did you mean full?)"),
        ([*RUN, "-t", "demo-sentimen"], "unknown task 'demo-sentimen' (did you mean demo-sentiment?)"),
        ([*RUN, "--recipe", "quik"], "unknown recipe 'quik' (did you mean quick?)"),
        ([*RUN, "--recipe", "quik.toml"], "quik.toml: no such file (check the path)"),
        ([*RUN, "--set", "stesp=3"], "unknown --set key 'stesp' (did you mean steps?)"),
        ([*RUN, "--set", "steps=many"], "--set steps=many: expected a whole number (steps that fit() reports)"),
        ([*RUN, "--set", "steps"], "--set steps: no value (write --set key=value)"),
        ([*RUN, "--budget", "soon"], "--budget soon: no duration (write 2h, 30m, 1h30m or 90s)"),
        ([*RUN, "--executor", "loca"], "unknown executor 'loca' (did you mean local?)"),
        ([*RUN, "-p", "no:dmeo"], "unknown plugin 'dmeo' (did you mean demo? `xbench list plugins` names them all)"),
        ([*RUN, "--data-dir", "gone"], "data folder gone: no such folder (--data-dir or XBENCH_DATA_DIR names it)"),
        (["leaderboard", "--results", "gone"], "no records under gone (--results names the folder of a run)"),
        (["compare", "a", "b", "--results", "gone"], "no records under gone (--results names the folder of a run)"),
        (["rescore", "--results", "gone"], "no records under gone (--results names the folder of a run)"),
        (
            ["leaderboard", "--assert", "accuracy"],
            "--assert 'accuracy': cannot be read (write 'accuracy>=0.9' or 'accuracy>=0.9 where model=tfidf')",
        ),
    ],
)
def test_one_line_says_what_is_wrong(capsys: pytest.CaptureFixture[str], arguments: list[str], line: str) -> None:
    assert refused(capsys, *arguments) == line


def test_an_unknown_model_is_told_with_both_readings(capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "run", "-m", "majorty", "-t", "demo-sentiment", "--offline")
    assert line.startswith("unknown model 'majorty': did you mean majority? No plugin declares it, and ")
    assert line.endswith("(`xbench fetch -m majorty` brings it)")


def test_a_path_that_holds_no_model_is_told_without_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "run", "-m", "minilm=./nowhere", "-t", "demo-sentiment", "--offline")
    assert line == "model ./nowhere: it is no folder (name a checkpoint's folder)"


@pytest.mark.parametrize("results", ["file", "file/results", "/proc/results"])
def test_a_results_folder_that_cannot_be_written_is_said_before_training(
    capsys: pytest.CaptureFixture[str], results: str
) -> None:
    assert results in refused(capsys, *RUN, "--results", results)


@pytest.mark.parametrize(
    ("grid", "line"),
    [
        ('model = ["ok"]', "grid.toml: unknown key 'model' (did you mean models?)"),
        ('models = "ok"', 'grid.toml: models: expected a list of names (write models = ["...", "..."])'),
        ("seeds = 0", "grid.toml: seeds: expected a whole number from 1 on (write seeds = 3)"),
        ("set = 3", "grid.toml: set: expected a table (write [set] and a line for each option: lr = 3e-5)"),
        ("recipe = 3", 'grid.toml: recipe: expected a text (write recipe = "...")'),
        ("seeds = ", f"grid.toml: no TOML: Invalid value (at end of document) (write {EXAMPLE})"),
    ],
)
def test_a_wrong_grid_is_told_by_file_and_key(capsys: pytest.CaptureFixture[str], grid: str, line: str) -> None:
    Path("grid.toml").write_text(grid, encoding="utf-8")
    assert refused(capsys, "run", "grid.toml", "-m", "ok", "-t", "fake", *FAKES) == line


def test_missing_data_names_the_folder_and_files_and_the_hub_id(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = refused(capsys, "run", "-m", "majority", "-t", "banking77", "--data-dir", str(tmp_path), "--offline")
    assert str(tmp_path / "banking77") in line
    assert "train.csv" in line
    assert "hub data set legacy-datasets/banking77" in line


def test_a_malformed_row_is_named_by_file_line_and_field(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "train.csv").write_text("text,label\nfine,good\nawful,badd\n", encoding="utf-8")
    (folder / "test.csv").write_text("text,label\nfine,good\n", encoding="utf-8")
    Path("mine.toml").write_text(CARD.replace('folder = "data"', 'folder = "mine"'), encoding="utf-8")
    line = refused(capsys, "run", "-m", "majority", "-t", "mine.toml", "--data-dir", str(tmp_path))
    assert "train.csv:3" in line
    assert "field label" in line
    assert "badd" in line


def test_a_run_in_which_nothing_can_run_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, *RUN, "--method", "lora")
    assert line.startswith("nothing can run: ok+lora on fake: fake models know no method lora")


def test_debug_shows_where_an_error_comes_from() -> None:
    with pytest.raises(UserError, match="unknown name 'banking7'"):
        main(["show", "banking7", "--debug"])
