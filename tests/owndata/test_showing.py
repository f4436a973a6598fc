"""`xbench show TASK` and `api.describe`: what the data hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import write

from xbench import api
from xbench.cli import main
from xbench.errors import MissingData, UserError

TRAIN = [("a", "one"), ("a b", "two"), ("A  b", "two"), ("a b c", "one"), ("a b c d", "one"), ("x", "two")]
DEV = [("a b", "one"), ("new words", "two")]
TEST = [("a", "one"), ("a", "one"), ("unseen", "one"), ("new words", "two")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)
    for name, rows in (("train", TRAIN), ("dev", DEV), ("test", TEST)):
        write(
            tmp_path / "mine" / f"{name}.tsv",
            "".join(f"{text}\t{label}\n" for text, label in [("text", "label"), *rows]),
        )
    return tmp_path


def test_counts_by_hand(folder: Path) -> None:
    told = api.describe("mine")
    assert told.sizes == {"train": 6, "validation": 2, "test": 4}
    assert told.labels == {
        "one": {"train": 3, "validation": 1, "test": 3},
        "two": {"train": 3, "validation": 1, "test": 1},
    }
    # Lengths of all twelve rows: 1 1 1 1 1 2 2 2 2 2 3 4; the 6th, the 11th and the last.
    assert told.lengths == {"text": {50: 2, 90: 3, 99: 4, 100: 4}}
    assert told.units == {"text": "words"}
    assert told.duplicates == {
        ("train", "train"): 1,  # "A  b" is "a b"
        ("train", "validation"): 1,  # "a b"
        ("train", "test"): 2,  # "a" twice
        ("validation", "test"): 1,  # "new words"
    }
    assert told.contradicting == 1  # "a b" of dev is "one", and was "two"
    assert [example["id"] for example in told.examples] == ["train-0", "train-2", "train-4"]


def test_the_command_shows_it_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "mine"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "task mine (own data)"
    assert "licence: unknown" in lines
    assert "citation: own data" in lines
    assert "rows: train 6, validation 2, test 4; 12 in all" in lines
    assert "one  train 3  validation 1  test 3   58.3%  ########################" in lines
    assert "two  train 3  validation 1  test 1   41.7%  #################" in lines
    assert "text  median 2  90 % up to 3  99 % up to 4  longest 4 words" in lines
    assert (
        "duplicates (inputs equal but for case and spaces): 1 of 6 rows of train repeat an earlier row, "
        "1 of validation stand in train, 2 of test stand in train, 1 of test stand in validation" in lines
    )
    assert lines[-3:] == ["text: a, label: one", "text: A b, label: two", "text: a b c d, label: one"]


def test_chinese_is_counted_in_characters_and_entities_by_type(folder: Path) -> None:
    write(folder / "zh.csv", "文本,标签\n" + "".join(f"今天 很好{n:02}！,{'好坏'[n % 2]}\n" for n in range(30)))
    told = api.describe("zh.csv")
    assert (told.units, told.lengths["text"][100]) == ({"text": "characters"}, 7)
    tagging = api.describe("demo-tagging")
    assert tagging.units == {"tokens": "tokens"}
    assert set(tagging.labels) == set(tagging.task.labels)


def test_what_is_not_here_is_shown_without_its_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "banking77"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "task banking77 (nlu)"
    assert lines[-1] == (
        "  rows: not on this machine (xbench fetch -t banking77 brings them; "
        "or put the official files into banking77 and name the folder above it with --data-dir)"
    )
    with pytest.raises(MissingData):
        api.describe("banking77")


def test_a_suite_is_no_task(folder: Path) -> None:
    with pytest.raises(UserError, match=r"demo is a suite .*demo-sentiment"):
        api.describe("demo")


def test_texts_cannot_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"\x1b[31mred{n}\x07,{'ab'[n % 2]}\n" for n in range(20))
    write(folder / "evil.csv", f"text,label\n{rows}")
    assert main(["show", "evil.csv"]) == 0
    printed = capsys.readouterr().out
    assert "[31mred" in printed
    assert "\x1b" not in printed


def test_each_side_of_a_translation_is_counted_in_its_own_unit(folder: Path) -> None:
    for side, line in (("en", "the cat is on the mat"), ("zh", "猫在垫子上")):
        for split in ("train", "test"):
            write(folder / "pairs" / f"{split}.{side}", "".join(f"{line}{number}\n" for number in range(20)))
    told = api.describe("pairs")
    assert told.units == {"source": "words", "target": "characters"}
    assert (told.lengths["source"][50], told.lengths["target"][50]) == (6, 6)


def test_a_label_with_a_blank_at_its_edge_is_in_quotes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"words of {n},{('refund', 'refund ')[n % 2]}\n" for n in range(40))
    write(folder / "blanks.csv", f"text,label\n{rows}")
    assert main(["show", "blanks.csv"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "labels: 2: refund,'refund '" in lines
    assert any(line.startswith("'refund '  train 16") for line in lines)


def test_contradicting_rows_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "mine"]) == 0
    assert "  contradicting rows (the input of an earlier row, another target): 1" in capsys.readouterr().out
