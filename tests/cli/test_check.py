"""`xbench check` of cards and tasks, sound and broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checks import checked, found

from xbench.cli import main

CARD = """
name = "reviews"
version = 1
type = "classification"
inputs = ["text"]
labels = ["good", "bad"]
metrics = ["accuracy", "macro_f1"]
language = ["en"]
licence = "mine"
citation = "me"

[data]
reader = "csv"
location = { folder = "." }
columns = { text = "text", label = "label" }
splits = { train = "train.csv", test = "test.csv" }
validation_share = 0.2
"""
TRAIN = "text,label\n" + "".join(f"train {i} is {w},{w}\n" for i in range(10) for w in ("good", "bad"))
TEST = "text,label\n" + "".join(f"test {i} is {w},{w}\n" for i in range(3) for w in ("good", "bad"))


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)


def card(folder: Path, *changes: tuple[str, str], train: str = TRAIN, test: str = TEST) -> Path:
    """A sound card beside its data, with each change made to it."""
    text = CARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "train.csv").write_text(train, encoding="utf-8")
    (folder / "test.csv").write_text(test, encoding="utf-8")
    (folder / "reviews.toml").write_text(text, encoding="utf-8")
    return folder / "reviews.toml"


def test_a_sound_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, card(tmp_path))
    assert code == 0
    assert lines == [
        "card reviews.toml",
        "  ok    card: reviews, version 1: it parses",
        "  ok    names: classification; reader csv; accuracy, macro_f1",
        "  ok    data: 16 train, 4 validation (drawn from train), 6 test; every row is sound",
        "  ok    labels: the task's 2 are those of the data",
        "  ok    metrics: accuracy, macro_f1 score 6 examples as their reference does",
        "ok",
    ]


def test_all_wrong_names_are_told_at_once_with_line_and_mend(tmp_path: Path) -> None:
    path = card(
        tmp_path,
        ('"accuracy"', '"acuracy"'),
        ('"csv"', '"cvs"'),
        ('inputs = ["text"]', 'inputs = ["txt"]'),
        ("label = ", "lable = "),
    )
    assert found(path) == [
        ("reviews.toml:13: data.reader", "unknown reader 'cvs'", "did you mean csv?"),
        ("reviews.toml:7: metrics", "unknown metric 'acuracy'", "did you mean accuracy?"),
        ("reviews.toml:5: inputs", "unknown input of classification 'txt'", "did you mean text?"),
        ("reviews.toml:15: data.columns", "unknown field of classification 'lable'", "did you mean label?"),
    ]
    (unknown,) = found(card(tmp_path, ('"classification"', '"clasification"')))
    assert unknown == ("reviews.toml:4: type", "unknown task type 'clasification'", "did you mean classification?")


def test_a_card_that_does_not_parse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = card(tmp_path, ('labels = ["good", "bad"]', 'lables = ["good", "bad"]'))
    assert found(path) == [("card", f"{path}: unknown key 'lables'", "did you mean labels?")]
    torn = card(tmp_path, ('type = "classification"', 'type = "classification'))
    code, lines = checked(capsys, torn)
    assert code == 1
    assert "line 4" in lines[1]
    assert lines[-1] == "1 problem"


def test_a_metric_that_cannot_score_the_type_is_told_beside_the_rest(tmp_path: Path) -> None:
    ((where, text, hint),) = found(card(tmp_path, ('"macro_f1"', '"bleu"')))
    assert (where, text) == ("reviews.toml:7: metrics", "bleu cannot score classification tasks")
    assert "accuracy" in hint
    assert ("metrics", "accuracy score 6 examples as their reference does", "") in found(
        tmp_path / "reviews.toml", state="ok"
    )


def test_unknown_unused_and_unlearnt_labels(tmp_path: Path) -> None:
    unknown = card(tmp_path, train=TRAIN + "so so,neutral\nso,neutral\nodd,odd\n")
    problems = [text for _, text, _ in found(unknown)]
    assert len(problems) == 2
    assert "'neutral' is none of the task's 2 labels" in problems[0]
    assert problems[0].endswith(f"; 2 rows, first at {tmp_path / 'train.csv'}:22")
    assert "'odd'" in problems[1]
    unused = card(tmp_path, ('"good", "bad"', '"good", "bad", "rare", "never"'), test=TEST + "x,rare\n")
    notes = {(text, hint) for _, text, hint in found(unused, state="note")}
    assert ("no row has 'never'", "leave them out, if they are a mistake") in notes
    assert ("test has 'rare', and train does not", "no model can learn them") in notes
    assert found(unused) == []


def test_repeated_rows_are_counted(tmp_path: Path) -> None:
    path = card(tmp_path, train=TRAIN + TRAIN.splitlines()[1] + "\nTEST 0  is good,good\n")
    assert {text for _, text, _ in found(path, state="note")} == {
        "1 test examples (16.7%) stand in train too, but for case and spaces",
        "1 of 22 rows of train repeat an earlier row, target and all; repeats stay on one side",
    }


def test_contradicting_rows_are_noted(tmp_path: Path) -> None:
    path = card(tmp_path, train=TRAIN + "Train 0 is  good,bad\n", test=TEST + "train 1 is bad,good\n")
    notes = {text for _, text, _ in found(path, state="note")}
    assert "contradicting rows (the input of an earlier row, another target): 2" in notes


def test_labels_of_few_rows_in_test_are_noted(tmp_path: Path) -> None:
    path = card(tmp_path, test="text,label\n" + "".join(f"test {n},good\n" for n in range(3)) + "odd,bad\n")
    assert [text for _, text, _ in found(path, state="note")] == ["few rows in test: 'bad' 1"]


def test_labels_that_differ_by_case_or_blanks_are_noted(tmp_path: Path) -> None:
    rows = "".join(f"train {n},{label}\n" for n in range(9) for label in ("good", "bad", "Good ", "bad "))
    path = card(tmp_path, ('"good", "bad"', '"good", "bad", "Good ", "bad "'), train=f"text,label\n{rows}")
    notes = [text for _, text, _ in found(path, state="note")]
    assert "'good' and 'Good ' are two labels" in notes
    assert "'bad' and 'bad ' are two labels" in notes


def test_an_id_that_stands_twice_is_told(tmp_path: Path) -> None:
    columns = ('label = "label" }', 'label = "label", id = "n" }')
    rows = "".join(f"text {n} is {w},{w},{n}\n" for n in range(6) for w in ("good",)) + "more is bad,bad,3\n"
    path = card(tmp_path, columns, train=f"text,label,n\n{rows}", test="text,label,n\na,good,1\nb,bad,2\n")
    ((what, text, _),) = found(path)
    assert (what, text) == ("data", f"field id: '3' stands twice in train; 1 row, first at {tmp_path / 'train.csv'}:8")


def test_a_broken_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = card(tmp_path, train=TRAIN + ",good\n")
    ((what, text, _),) = found(path)
    assert what == "data"
    assert text == f"field text: empty text; 1 row, first at {tmp_path / 'train.csv'}:22"


def test_absent_data_are_no_fault_of_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, "tnews")
    assert code == 0
    assert any(line.startswith("  skip  data: not at hand: ") for line in lines)
    assert any("score 40 examples of demo-sentiment" in line for line in lines)  # the type is tried all the same


def test_a_name_that_a_plugin_has_is_noted(tmp_path: Path) -> None:
    notes = [text for _, text, _ in found(card(tmp_path, ('"reviews"', '"tnews"')), state="note")]
    assert notes == ["tnews is also the name of a task of plugin clue; their records would stand in one folder"]


def test_json_tells_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, card(tmp_path), "demo-tagging", "--json")
    told = [json.loads(line) for line in lines]
    assert code == 0
    assert {(row["kind"], row["name"]) for row in told} == {("card", "reviews.toml"), ("task", "demo-tagging")}
    assert {row["state"] for row in told} == {"ok"}


def test_what_names_nothing_is_a_usage_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "demo-sentimnet"]) == 2
    assert capsys.readouterr().err == (
        "xbench: unknown plugin, task or card 'demo-sentimnet' (did you mean demo-sentiment?)\n"
    )
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert main(["check", str(tmp_path)]) == 2
    assert "no entry point of group xbench" in capsys.readouterr().err
