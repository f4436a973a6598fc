"""`xbench new task`: cards that read back as what was found, and never over another file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import ROWS, csv_text, look, splits, write

from xbench import api
from xbench.cards import read_card
from xbench.catalog import Catalog
from xbench.cli import main
from xbench.data import Dataset
from xbench.errors import UserError
from xbench.owndata.cardtext import place, toml

TAGGED = "".join(f"Mr O\nJo{number} I-PER\nK I-PER\n\n" for number in range(20))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_text()),
        ("a.tsv", csv_text(delimiter="\t").partition("\n")[2]),
        ("标注.conll", TAGGED),
        ("odd names.csv", csv_text(header='te"xt\\,la\tbel')),
    ],
)
def test_a_card_reads_back_as_what_was_found(tmp_path: Path, name: str, content: str) -> None:
    found = look(write(tmp_path / "data" / name, content))
    made = api.new_task("mine", tmp_path / "data" / name)
    task = read_card(made.path)
    assert (task.data, task.type, task.labels) == (found.task.data, found.task.type, found.task.labels)
    catalog = Catalog.load()
    (checked,) = catalog.tasks_named(str(made.path))
    read = Dataset(checked, catalog, None, True, tmp_path / "cache")
    assert {split: list(read.rows(split)) for split in ("train", "validation", "test")} == splits(
        found, tmp_path / "cache"
    )


def test_the_command_writes_a_card_and_says_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "reviews.csv", csv_text())
    assert main(["new", "task", "reviews", "--from", "reviews.csv", "--out", "cards.toml"]) == 0
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("reviews.csv: comma-separated")
    assert second.startswith("classification: ")
    assert rest == [
        "wrote cards.toml",
        "next: xbench show cards.toml; then xbench run -t cards.toml -m majority -m tfidf -m scratch-tiny",
    ]
    card = (tmp_path / "cards.toml").read_text(encoding="utf-8")
    assert 'licence = "unknown"  # fill in' in card
    assert 'location = { folder = ".", delimiter = "," }' in card
    assert str(tmp_path) not in card
    before = card
    assert main(["new", "task", "reviews", "--from", "reviews.csv", "--out", "cards.toml"]) == 2
    assert "cards.toml exists already" in capsys.readouterr().err
    assert (tmp_path / "cards.toml").read_text(encoding="utf-8") == before


def test_a_skeleton_is_a_card_that_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "task", "mine"]) == 0
    assert "fill it in" in capsys.readouterr().out
    write(tmp_path / "train.csv", csv_text(tuple((text, {"a": "negative", "b": "positive"}[y]) for text, y in ROWS)))
    told = api.describe("mine.toml")
    assert told.sizes == {"train": 32, "validation": 4, "test": 4}


def test_an_ambiguous_file_has_its_other_readings_in_the_card(tmp_path: Path) -> None:
    rows = tuple((a, f"other words {n}", b, "pq"[n % 3 == 0]) for n, (a, b) in enumerate(ROWS))
    write(tmp_path / "four.csv", csv_text(rows, header="a,b,c,d"))
    made = api.new_task("four", "four.csv")
    assert made.ambiguous
    card = made.path.read_text(encoding="utf-8")
    assert "#   classification (text = a, text_pair = b, label = d)" in card
    assert read_card(made.path).data.columns == {"text": "a", "text_pair": "b", "label": "c"}


@pytest.mark.parametrize(
    ("name", "out", "message"),
    [
        ("a b", None, "name 'a b'"),
        ("tnews", None, "task 'tnews' is declared by clue"),
        ("mine", "card.json", r"--out card\.json: a card's name ends in \.toml"),
        ("mine", "gone/card.toml", r"gone/card\.toml: cannot be written"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, out: str | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        api.new_task(name, None, out)
    assert [path for path in tmp_path.iterdir() if path.suffix == ".toml"] == []


def test_a_folder_is_named_from_the_card_where_it_is_near(tmp_path: Path) -> None:
    card = tmp_path / "cards" / "mine.toml"
    assert place(tmp_path / "cards", card) == "."
    assert place(tmp_path / "cards" / "data", card) == "./data"
    assert place(tmp_path / "data", card) == "../data"
    assert place(tmp_path.parent, card) == str(tmp_path.parent)


VALUES = st.recursive(
    st.text() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(0.01, 0.99),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=3))
def test_what_is_written_is_toml(table: dict[str, object]) -> None:
    try:
        repr(table).encode()
    except UnicodeEncodeError:  # a lone surrogate is no text
        return
    assert tomllib.loads(f"value = {toml(table)}")["value"] == table
