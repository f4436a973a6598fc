"""A table given to `xbench predict --file`: its columns by the run's own data or by field names; lines stay lines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.asked import by_field, of_file
from xbench.catalog import Catalog
from xbench.cli import main
from xbench.errors import UserError
from xbench.specs import TaskSpec

ROWS = "".join(
    f"{n},it was {word} number {n},{label}\n" for n in range(12) for word, label in (("good", "yes"), ("dull", "no"))
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model kept, of a file whose text stands under "comment"."""
    place = tmp_path_factory.mktemp("kept")
    (place / "mine.csv").write_text(f"id,comment,label\n{ROWS}", encoding="utf-8")
    asked: dict[str, Any] = {"results": place / "results", "seeds": 1, "save_model": True}
    api.run("tfidf", str(place / "mine.csv"), **asked)
    (folder,) = (path.parent for path in place.glob("results/*/*/record.json"))
    return str(folder)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def predict(capsys: pytest.CaptureFixture[str], run: str, *arguments: str, code: int = 0) -> tuple[list[Any], str]:
    assert main(("predict", run, *arguments)) == code
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.splitlines()], err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("new.csv", 'id,comment,label\n7,"so good, really",yes\n8,how dull,\n'),
        ("new.tsv", "id\ttext\tlabel\n7\tso good, really\tyes\n8\thow dull\t\n"),
        ("NEW.CSV", "\ufefflabel;id;text\r\nyes;7;so good, really\r\n;8;how dull\r\n"),
    ],
)
def test_every_row_is_asked_once_and_its_other_columns_kept(
    name: str, content: str, run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name that the run's own file gave, else by the field's; neither header nor label is a text."""
    Path(name).write_text(content, encoding="utf-8", newline="")
    told, err = predict(capsys, run, "--file", name)
    assert err == ""
    assert [{key: row[key] for key in ("id", "label", "text", "prediction")} for row in told] == [
        {"id": "7", "label": "yes", "text": "so good, really", "prediction": "yes"},
        {"id": "8", "label": "", "text": "how dull", "prediction": "no"},
    ]
    assert "comment" not in told[0]
    assert api.predict(run, Path(name)) == told


def test_a_parquet_file_with_a_date(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    import pandas as pd

    days = pd.to_datetime(["2024-05-06", "2024-05-07"])
    pd.DataFrame({"text": ["so good", "how dull"], "day": days, "stars": [1.5, float("nan")]}).to_parquet("new.parquet")
    told, _ = predict(capsys, run, "--file", "new.parquet")
    assert [(row["text"], row["day"], row["stars"], row["prediction"]) for row in told] == [
        ("so good", "2024-05-06 00:00:00", 1.5, "yes"),
        ("how dull", "2024-05-07 00:00:00", None, "no"),
    ]


def test_a_parquet_file_with_what_is_no_number(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    import pyarrow.parquet

    table = pyarrow.table({"text": ["so good"], "stars": [float("nan")], "all": [[1.0, float("inf")]]})
    pyarrow.parquet.write_table(table, "new.parquet")
    ((row,), _) = predict(capsys, run, "--file", "new.parquet")
    assert (row["stars"], row["all"], row["prediction"]) == (None, [1.0, None], "yes")


@pytest.mark.parametrize("content", ["text\nso good, really\nhow dull\n", 'text\n"so good, really"\n"how dull"\n'])
def test_a_table_of_one_column(content: str, run: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.csv").write_text(content)
    told, _ = predict(capsys, run, "--file", "new.csv")
    assert [(row["text"], row["prediction"]) for row in told] == [("so good, really", "yes"), ("how dull", "no")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "id,body\n1,good\n", "a.csv: no column text: it has id, body (mine reads text)"),
        ("a.csv", "id,texts\n1,good\n", "a.csv: no column text: it has id, texts (rename texts to text)"),
        ("a.csv", "", "a.csv: is empty (a header line and rows are expected)"),
        ("a.csv", "id,text\n1,good\n2\n", "a.csv:3: expected 2 fields (id, text), found 1"),
        ("a.csv", "id,text\n1,good\n2, \n", "a.csv:3: field text: empty text"),
        ("a.json", '[{"text": "good"}]', "a.json:1: expected a JSON object, found a list (one object a line: jq -c"),
    ],
)
def test_a_table_that_cannot_be_asked(
    name: str, content: str, told: str, run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(content)
    _, err = predict(capsys, run, "--file", name, "--out", "out", code=2)
    assert err.replace(f"{Path.cwd()}/", "").startswith(f"xbench: {told}")
    assert err.count("\n") == 1
    assert not Path("out").exists()


def test_a_table_does_not_grow(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("id,text\n1,good\n")
    _, err = predict(capsys, run, "--file", "a.csv", "--follow", code=2)
    assert err.startswith("xbench: --follow a.csv: a table is read whole (leave --follow out")


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.log", "a", "a.csv"])
def test_lines_stay_lines(name: str, run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Objects whatever the ending, and texts under an ending that is no table's, tabs in them or not."""
    texts = '{"text": "so good", "id": 3}\n' + ("" if name == "a.csv" else "how\tdull\nso\tgood\n")
    Path(name).write_text(texts)
    told, _ = predict(capsys, run, "--file", name)
    assert [(row["text"], row["prediction"]) for row in told] == [
        ("so good", "yes"),
        *([] if name == "a.csv" else [("how\tdull", "no"), ("so\tgood", "yes")]),
    ]


def test_both_inputs_of_a_pair_are_needed(tmp_path: Path) -> None:
    catalog = Catalog.load()
    task: TaskSpec = replace(catalog.tasks_named("demo-sentiment")[0], inputs=("text", "text_pair"))
    readers = [catalog.reader(name) for name in catalog.names("reader")]
    Path("a.csv").write_text("text,text_pair\na,b\n")
    assert [one.given for one in of_file(Path("a.csv"), task, readers)] == [{"text": "a", "text_pair": "b"}]
    Path("a.csv").write_text("text,other\na,b\n")
    with pytest.raises(UserError, match=r"a\.csv: no column text_pair: it has text, other"):
        list(of_file(Path("a.csv"), task, readers))


def test_an_object_may_name_its_fields_as_the_own_data_did(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_text('{"id": 7, "comment": "so good"}\n{"text": "how dull", "comment": "so good"}\n')
    told, _ = predict(capsys, run, "--file", "a.jsonl")
    assert [(row["text"], row["prediction"]) for row in told] == [("so good", "yes"), ("how dull", "no")]
    assert (told[0]["id"], "comment" in told[0], told[1]["comment"]) == (7, False, "so good")


def test_a_dotted_path_finds_what_is_nested(tmp_path: Path) -> None:
    demo = Catalog.load().tasks_named("demo-sentiment")[0]
    task = replace(demo, data=replace(demo.data, columns={"text": "data.text", "label": "label"}))
    assert by_field({"data": {"text": "a"}, "id": 1}, task) == {"data": {"text": "a"}, "id": 1, "text": "a"}
    assert by_field({"data": "a"}, task) == {"data": "a"}


TABBED = "".join(
    f"{label}\tit was {word} number {n}\n" for n in range(12) for word, label in (("good", "y"), ("dull", "n"))
)
TAGGED = "".join(f"Jo B-PER\nsings O\n{n} O\n\n" for n in range(12))


@pytest.mark.parametrize(
    ("model", "content", "field", "first", "rows"),
    [("tfidf", TABBED, "text", "it was good number 0", 24), ("gazetteer", TAGGED, "tokens", ["Jo", "sings", "0"], 12)],
)
def test_text_files_in_the_layout_of_the_own_data(
    model: str, content: str, field: str, first: object, rows: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither labels nor tags are part of a text."""
    Path("mine.txt").write_text(content)
    api.run(model, "mine.txt", seeds=1, save_model=True)
    (folder,) = (str(path.parent) for path in Path("results").glob("*/*/record.json"))
    capsys.readouterr()
    told, _ = predict(capsys, folder, "--file", "mine.txt")
    assert (len(told), told[0][field]) == (rows, first)
    Path("plain.txt").write_text("Jo sings\nit was good\n")
    assert len(predict(capsys, folder, "--file", "plain.txt")[0]) == 2
