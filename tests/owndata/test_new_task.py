"""`xbench new task`: cards that read back as what was found, and never over another file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import ROWS, csv_text, look, splits, write

from xbench import api
from xbench.cards import read_card
from xbench.catalog import Catalog
from xbench.cli import main, new
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
        "next: xbench show cards.toml; then xbench run -t cards.toml -m majority -m tfidf -m scratch-tiny-encoder",
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


def switched(card: str, number: int) -> str:
    """The card with another way switched on, as its first lines tell a person to do."""
    lines, way = [], 0
    for line in card.splitlines():
        begun = re.match(r"# way (\d+): ", line)
        way = int(begun[1]) if begun else 0 if line.startswith(("licence", "location", "[data]")) else way
        if not begun and way == 1:
            line = f"#{line}"
        elif not begun and way == number:
            line = line.removeprefix("#")
        lines.append(line)
    return "\n".join(lines)


def test_each_way_that_is_as_good_stands_in_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tuple((a, f"other words {n}", b, "pq"[n % 3 == 0]) for n, (a, b) in enumerate(ROWS))
    write(tmp_path / "four.csv", csv_text(rows, header="a,b,c,d"))
    assert main(["new", "task", "four", "--from", "four.csv"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[3:6] == [
        "CHOOSE: 2 ways to take these data are equally good; each stands in four.toml:",
        "  way 1: classification (text = a, text_pair = b, label = c)  (switched on)",
        "  way 2: classification (text = a, text_pair = b, label = d)",
    ]
    card = (tmp_path / "four.toml").read_text(encoding="utf-8")
    assert card.startswith("# CHOOSE: ")
    first = read_card(tmp_path / "four.toml")
    assert (first.data.columns, first.labels) == ({"text": "a", "text_pair": "b", "label": "c"}, ("a", "b"))
    second = read_card(write(tmp_path / "second.toml", switched(card, 2)))
    assert (second.data.columns, second.labels) == ({"text": "a", "text_pair": "b", "label": "d"}, ("p", "q"))
    assert second.data.splits == first.data.splits


def test_ways_of_two_types_each_keep_all_their_lines(tmp_path: Path) -> None:
    rows = tuple((f"some words, number {n}", f"and others of {n}", "ab"[n % 2], "xyz"[n % 3]) for n in range(60))
    text = csv_text(rows, delimiter=";", header="a,b,sentiment,topic")
    made = api.new_task("mine", write(tmp_path / "mine.csv", text))
    assert len(made.ways) > 1
    card = made.path.read_text(encoding="utf-8")
    for number, way in enumerate(made.ways[1:], start=2):
        other = read_card(write(tmp_path / f"way{number}.toml", switched(card, number)))
        fields = ", ".join(f"{field} = {column}" for field, column in other.data.columns.items())
        assert way == f"{other.type} ({fields})"


def test_one_doubtful_way_is_to_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "a.csv", csv_text(tuple((f"words of {n}", f"code{n}") for n in range(9)), header="a,b"))
    assert main(["new", "task", "mine", "--from", "a.csv"]) == 0
    printed = capsys.readouterr().out
    assert "CHOOSE: names and values do not settle that this is text-to-text (source = a, target = b)" in printed
    assert printed.splitlines()[-1].endswith("-m copy -m scratch-tiny")
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8").startswith("# CHOOSE: names and values do not settle")


def test_a_file_in_place_of_the_name_is_asked_about(tmp_path: Path) -> None:
    write(tmp_path / "my data.csv", csv_text())
    with pytest.raises(UserError) as found:
        api.new_task("my data.csv")
    assert str(found.value) == (
        "my data.csv is a file, not a name (did you mean xbench new task my-data --from 'my data.csv'?)"
    )
    assert list(tmp_path.glob("*.toml")) == []


@pytest.mark.parametrize("tasktype", ["classification", "tagging", "text-to-text"])
def test_the_models_to_begin_with_solve_tasks_of_the_type(tasktype: str, capsys: pytest.CaptureFixture[str]) -> None:
    demo = {"classification": "demo-sentiment", "tagging": "demo-tagging", "text-to-text": "demo-translation"}
    models = new._BEGIN[tasktype].split()
    assert main(["run", "--dry-run", "-t", demo[tasktype], *models]) == 0
    printed = capsys.readouterr().out
    assert "skip " not in printed
    assert all(f" {name}+full " in printed for name in models if name != "-m")


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
