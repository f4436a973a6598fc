"""`xbench compare` on records of fake runs: what a person reads, and what a program does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from xbench import api
from xbench.cli import main
from xbench.cli.compare import lines
from xbench.cli.widths import wrapped
from xbench.comparing import verdicts

FAKES = ("-p", "xbench.testing")
PAIR: dict[str, Any] = {
    "task": "films",
    "metric": "accuracy",
    "main": True,
    "protocol": "abc",
    "scale": [0.0, 1.0],
    "higher_is_better": True,
    "a": "one+full",
    "b": "two+full",
    "scores": [0.75, 0.5],
    "seeds": [3, 3],
    "n": 4,
    "smallest_detectable": 0.1,
    "verdict": "separated",
    "sentence": "Separated: one+full is better.",
    "better_on": {"a": 2, "b": 1, "neither": 1},
    "examples_note": "",
    "left_out": [],
    "ambiguous": {},
}


def example(row: int, text: str, target: str, a: str, b: str, weight: float = 1.0) -> dict[str, Any]:
    sides = {name: {"prediction": answer, "seeds": 3, "of": 3} for name, answer in (("a", a), ("b", b))}
    told = {"target": target, "a": a, "b": b}
    return {
        "row": row,
        "id": f"t{row}",
        "weight": weight,
        "input": {"text": text},
        "target": target,
        **sides,
        "told": told,
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "fake.toml").write_text("steps = 1\n", encoding="utf-8")
    arguments = ("run", *FAKES, "-t", "fake", "-m", "ok", "--method", "none", "--method", "full", "--seeds", "3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        assert main((*arguments, "--recipe", str(folder / "fake.toml"), "--results", str(folder / "results"))) == 0
    return folder / "results"


@pytest.fixture(autouse=True)
def _here(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(results.parent / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)


def test_a_verdict_and_the_examples_that_decide(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(("compare", *FAKES, "ok+full", "ok+none", "--results", str(results))) == 0
    printed = capsys.readouterr().out.splitlines()
    (pair,) = api.compare("ok+full", "ok+none", results, plugins=("xbench.testing",))
    assert printed[0].startswith("fake  fake_accuracy: ok+full ")
    told = " ".join(" ".join(printed).split())
    assert pair["sentence"] in told
    assert "Smallest detectable difference: " in told
    assert "what is separated here may share a letter there, and the other way round." in told
    heading = next(number for number, line in enumerate(printed) if line.split()[:2] == ["weight", "example"])
    shown = printed[heading + 1 : heading + 8]  # of 30 examples `none` has 23 right and `full` has all
    assert [line.split()[1] for line in shown] == [one["id"] for one in pair["examples"]]
    assert all(len(line) <= 80 for line in printed)


def test_json_is_one_object_a_line_and_what_the_api_returns(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(("compare", *FAKES, "ok+full", "ok+none", "--results", str(results), "--json")) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert printed == api.compare("ok+full", "ok+none", results, plugins=("xbench.testing",))
    assert printed[0]["examples"][0]["a"]["of"] == 3


def test_in_ci_texts_are_told_only_where_the_licence_lets_them(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    licensed = [record.cell.task.redistributable for record in api.load(results)]
    (pair,) = api.compare("ok+full", "ok+none", results, plugins=("xbench.testing",), public=True)
    assert ("input" in pair["examples"][0]) == all(licensed)


def test_committed_results_without_predictions_degrade_kindly(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "committed"
    shutil.copytree(results, kept, ignore=shutil.ignore_patterns("predictions.jsonl", ".xbench"))
    capsys.readouterr()
    assert main(("compare", *FAKES, "ok+full", "ok+none", "--results", str(kept))) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "(no texts here: the predictions of ok+full are not kept beside its records)" in told
    assert "row " in told


def test_a_wrong_name_is_answered_by_the_nearest(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(("compare", *FAKES, "ok+ful", "ok+none", "--results", str(results))) == 2
    assert capsys.readouterr().err == "xbench: unknown row or run 'ok+ful' (did you mean ok+full?)\n"


def test_hostile_texts_are_made_visible_and_cut() -> None:
    hostile = "\x1b[2J\u202eevil\r\x07 " + "很长" * 60
    pair = {**PAIR, "examples": [example(0, hostile, "good\x1b[31m", "bad", "good")]}
    for columns in (80, 160):
        printed = list(lines([pair], columns))
        assert all(cell_len(line) <= columns for line in printed)
        text = "\n".join(printed)
        assert not {"\x1b", "\u202e", "\r", "\x07"} & set(text)
        assert r"\x1b[2J\u202eevil" in text
        assert r"good\x1b[31m" in text


def test_long_answers_stand_one_below_the_other() -> None:
    long = "a translation of many words that go on and on " * 3
    pair = {**PAIR, "examples": [example(7, "der Text", long, long, "short", -0.5)]}
    printed = list(lines([pair], 80))
    start = printed.index("  t7  -0.5000")
    assert [line.split()[0] for line in printed[start + 1 : start + 5]] == ["text", "target", "one+full", "two+full"]
    assert all(cell_len(line) <= 80 for line in printed)


def test_several_tasks_get_their_verdicts_alone() -> None:
    other = {**PAIR, "task": "books", "examples": [example(0, "x", "a", "b", "c")]}
    printed = list(lines([{**PAIR, "examples": []}, other], 80))
    assert [line for line in printed if line.startswith(("films", "books"))] == [
        "films  accuracy: one+full 0.7500 (3 seeds), two+full 0.5000 (3 seeds)",
        "books  accuracy: one+full 0.7500 (3 seeds), two+full 0.5000 (3 seeds)",
    ]
    assert not any("t0" in line for line in printed)
    assert "--task T shows the examples that most decide on one task." in printed


def test_seeds_that_disagree_are_counted() -> None:
    one = example(0, "x", "a", "b", "c")
    one["a"] = {"prediction": "b", "seeds": 2, "of": 3}
    assert any("b (2 of 3 seeds)" in line for line in lines([{**PAIR, "examples": [one]}], 80))


def test_a_metric_without_statistics_is_named() -> None:
    printed = list(lines([{**PAIR, "examples": [], "left_out": ["vibes"]}], 80))
    assert "  vibes keeps no statistics of single examples: not compared." in printed
    assert any("one+full is better" in line for line in printed)


def test_a_number_and_its_unit_stay_together() -> None:
    assert wrapped("about 95 % of 3 seeds", cells=8) == ["about", "95 % of", "3 seeds"]


def test_in_a_notebook_the_sentences_are_shown(results: Path) -> None:
    found = api.compare("ok+full", "ok+none", results, plugins=("xbench.testing",))
    assert repr(found) == f"fake, fake_accuracy: {found[0]['sentence']} {verdicts.detectable(found[0])}"
    assert "<td" in found._repr_html_()
