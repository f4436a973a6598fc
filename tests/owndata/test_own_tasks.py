"""Own data on their way through a run: divided, keyed and recorded, from a file, a moved file and a card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import ROWS, csv_text, look, splits, write

from xbench import api
from xbench.cli import main
from xbench.errors import UserError
from xbench.plan import Plan
from xbench.splits import CARVE_SEED, carve, draw

Keys = Callable[[str], list[str]]


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """The keys of the cells that a task's name stands for, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)

    def keys_of(task: str) -> list[str]:
        plans: list[Plan] = []
        api.run("majority", task, dry_run=True, on_plan=plans.append)
        return [cell.key for cell in plans[0].to_run]

    return keys_of


def test_the_place_of_a_file_and_its_card_do_not_enter_the_key(tmp_path: Path, keys: Keys) -> None:
    write(tmp_path / "reviews.csv", csv_text())
    (key,) = keys("reviews.csv")
    write(tmp_path / "elsewhere" / "reviews.csv", csv_text())
    assert keys(str(tmp_path / "elsewhere" / "reviews.csv")) == [key]
    write(tmp_path / "other.csv", csv_text())
    assert keys("reviews=other.csv") == [key]
    assert keys("other.csv") != [key]
    api.new_task("reviews", "reviews.csv")
    assert keys("reviews.toml") == [key]
    write(tmp_path / "reviews.csv", csv_text(ROWS[::-1]))
    assert keys("reviews.csv") != [key]


def test_a_run_says_what_it_takes_and_its_record_says_how_it_divided(
    tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "reviews.csv", csv_text())
    assert main(["run", "-t", str(tmp_path / "reviews.csv"), "-m", "majority"]) == 0
    printed = capsys.readouterr()
    assert 'classification: text from "text", label from "label" (a, b)' in printed.out + printed.err
    (path,) = (tmp_path / "results" / "reviews").glob("*/record.json")
    text = path.read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    record = json.loads(text)
    data = record["cell"]["task"]["data"]
    assert (data["test_share"], data["validation_share"], data["root"]) == (0.1, 0.1, "")
    assert [record["counts"][split] for split in ("train", "validation", "test")] == [32, 4, 4]
    assert "divided 80/10/10" in record["cell"]["task"]["description"]
    found = api.rescore(data_dir=tmp_path)  # the record still finds its data, in the folder that is named
    assert (found.same, found.left) == ((record["run_id"],), {})


def test_what_is_declared_comes_before_a_file_of_its_name(tmp_path: Path, keys: Keys) -> None:
    write(tmp_path / "demo-sentiment", csv_text())
    plans: list[Plan] = []
    api.run("majority", "demo-sentiment", dry_run=True, on_plan=plans.append)
    assert plans[0].notes == ()
    assert plans[0].to_run[0].task.data.reader == "demo"


def test_a_record_of_official_data_is_what_it_was(tmp_path: Path, keys: Keys) -> None:
    """A card whose folder is under the data folder has no root: nothing of it moved."""
    card = tmp_path / "made.toml"
    api.new_task("made", write(tmp_path / "train.csv", csv_text()), card)
    card.write_text(card.read_text().replace('folder = "."', 'folder = "under"'))
    from xbench.cards import read_card

    assert read_card(card).data.root == ""


# --- dividing -----------------------------------------------------------------------------------------------------


def test_shares_are_of_all_rows_and_by_label() -> None:
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    found = carve(100, 0.1, 0.1, labels, None)
    by_split = {split: Counter(y for y, s in zip(labels, found, strict=True) if s == split) for split in set(found)}
    assert by_split["test"] == by_split["validation"] == {"a": 6, "b": 3, "c": 1}
    assert by_split["train"] == {"a": 48, "b": 24, "c": 8}


def test_without_a_test_share_validation_is_carved_as_ever() -> None:
    """Keys that exist stand on this: what a draw of the rest leaves over is validation."""
    labels = ["ab"[number % 3 == 0] for number in range(50)]
    kept = draw(50, 45, labels, CARVE_SEED)
    assert [row for row, split in enumerate(carve(50, 0.1, 0.0, labels, None)) if split == "train"] == kept


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=60), st.lists(st.integers(0, 20), min_size=60, max_size=60)
)
def test_groups_stay_together_and_train_keeps_every_label_of_one(labels: list[str], groups: list[int]) -> None:
    found = carve(len(labels), 0.1, 0.2, labels, groups[: len(labels)])
    assert len(found) == len(labels)
    by_group: dict[int, set[str]] = {}
    for group, split in zip(groups, found, strict=False):
        by_group.setdefault(group, set()).add(split)
    assert all(len(each) == 1 for each in by_group.values())
    alone = carve(len(labels), 0.1, 0.2, labels, None)
    rest = len(labels) - round(len(labels) * 0.3)
    if rest >= len(set(labels)) + 1:
        assert {label for label, split in zip(labels, alone, strict=True) if split == "train"} == set(labels)


def test_copies_never_stand_on_both_sides(tmp_path: Path) -> None:
    rows = tuple(
        (f"{('Some  words', 'some words')[copy]} of row {n}", "ab"[n % 2]) for n in range(60) for copy in (0, 1)
    )
    found = look(write(tmp_path / "twice.csv", csv_text(rows)))
    read = splits(found, tmp_path / "cache")
    inputs = {
        split: {" ".join(str(example["text"]).lower().split()) for example in examples}
        for split, examples in read.items()
    }
    assert not inputs["test"] & inputs["train"]
    assert not inputs["validation"] & (inputs["train"] | inputs["test"])
    assert {split: len(examples) for split, examples in read.items()} == {"train": 96, "validation": 12, "test": 12}


def test_too_few_rows_to_divide(tmp_path: Path) -> None:
    found = look(write(tmp_path / "few.csv", csv_text(ROWS[:4])))
    with pytest.raises(UserError, match="few: 4 rows, 4 of them different, are too few to divide"):
        splits(found, tmp_path / "cache")
    assert len(splits(look(write(tmp_path / "five.csv", csv_text(ROWS[:5]))), tmp_path / "cache")["test"]) == 1


def test_a_label_with_one_row_stays_in_train(tmp_path: Path) -> None:
    rows = (*ROWS, ("an odd one", "c"), ("an odder one", "c"))
    read = splits(look(write(tmp_path / "rare.csv", csv_text(rows))), tmp_path / "cache")
    assert "c" in {example["label"] for example in read["train"]}


@pytest.mark.slow
def test_from_a_csv_to_a_board_with_a_trained_model(
    tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tuple((f"the {('bad', 'good')[n % 2]} one, number {n}", ("no", "yes")[n % 2]) for n in range(300))
    quoted = tuple((f'"{text}"', label) for text, label in rows)
    write(tmp_path / "my.csv", csv_text(quoted))
    models = ["-m", "tfidf", "-m", "scratch-tiny"]
    assert main(["run", "-t", "my.csv", *models, "--seeds", "1", "--set", "max_examples_seen=320"]) == 0
    assert "240" in (tmp_path / "results" / "leaderboard.csv").read_text(encoding="utf-8")
    scores = {record.cell.model.name: record.scores["accuracy"] for record in api.load()}
    assert scores.keys() == {"tfidf", "scratch-tiny"}
    assert scores["tfidf"] == 1.0
