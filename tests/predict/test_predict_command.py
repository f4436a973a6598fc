"""`xbench predict` with the fakes: texts, files, standard input."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest
from kept_runs import FAKES, predict

from xbench import api
from xbench.cli import main
from xbench.errors import UserError


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_text_gets_a_readable_line(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert predict(capsys, run, "--text", "it was so good") == (["yes"], "")
    lines, _ = predict(capsys, run, "--text", "it was so good", "--text", "dull of it")
    assert lines == ["yes  <- it was so good", "no  <- dull of it"]


def test_json_has_the_fields_and_the_answer(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines, _ = predict(capsys, run, "--text", "great", "--text", '{"text": "awful", "id": 7}', "--json")
    assert [json.loads(line) for line in lines] == [
        {"text": "great", "prediction": "yes"},
        {"text": "awful", "id": 7, "prediction": "no"},
    ]


def test_what_is_handed_through_stays_as_it_is(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers of any size, whole characters by their halves, fields within fields."""
    Path("in").write_text('{"id": 123456789012345678901234567890, "text": "good \\ud83d\\ude00", "x": {"y": [1.5]}}\n')
    lines, _ = predict(capsys, run, "--file", "in")
    assert [json.loads(line) for line in lines] == [
        {"id": 123456789012345678901234567890, "text": "good \U0001f600", "x": {"y": [1.5]}, "prediction": "yes"}
    ]


def test_an_own_field_is_never_taken_for_the_models(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """This model gives no score: the caller's, and what another model said, go under other names."""
    Path("in").write_text('{"text": "good", "score": 9, "spans": "mine", "prediction": "no", "scores": {"yes": 1}}\n')
    lines, _ = predict(capsys, run, "--file", "in")
    assert [json.loads(line) for line in lines] == [
        {
            "text": "good",
            "given_score": 9,
            "given_spans": "mine",
            "given_prediction": "no",
            "given_scores": {"yes": 1},
            "prediction": "yes",
        }
    ]


def test_a_pipe_is_a_file(run: str, capfd: pytest.CaptureFixture[str]) -> None:
    read, write = os.pipe()
    os.write(write, b"good\nsad\n")
    os.close(write)
    assert main(("predict", run, "-p", "xbench.testing", "--file", f"/dev/fd/{read}")) == 0
    assert [json.loads(line)["prediction"] for line in capfd.readouterr().out.splitlines()] == ["yes", "no"]


def test_from_python(run: str) -> None:
    import pandas as pd

    model = api.load_model(run, plugins=FAKES)
    told = model.predict(pd.DataFrame({"id": [1, 2], "text": ["good", "sad"]}))
    assert [(row["id"], row["prediction"]) for row in told] == [(1, "yes"), (2, "no")]
    assert model.predict("good") == [{"text": "good", "prediction": "yes"}] == api.predict(run, "good", plugins=FAKES)
    assert [row["prediction"] for row in model.predict((text for text in ["good", "sad", "poor"]), batch=2)] == [
        *("yes", "no", "no")
    ]
    assert model.predict([]) == []
    assert repr(model).startswith("<ok+full on fake, seed 0, run ")
    for inputs, told_of in (
        ([3], "input 0: expected a text or a dict"),
        ([{"text": "\ud800"}], "input 0: field text: "),
    ):
        with pytest.raises(UserError, match=told_of):
            model.predict(inputs)
    with pytest.raises(UserError, match="batch=0"):
        model.predict("a", batch=0)


def test_a_file_of_texts_and_objects(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mark at the beginning, Windows line ends, a blank line, no end after the last line."""
    Path("in.jsonl").write_bytes(
        b'\xef\xbb\xbf{"text": "it was great", "id": "a"}\r\n\r\nso dull\r\n{"id": 3, "label": "yes", "text": "poor"}'
    )
    lines, _ = predict(capsys, run, "--file", "in.jsonl")
    assert [json.loads(line) for line in lines] == [
        {"text": "it was great", "id": "a", "prediction": "yes"},
        {"text": "so dull", "prediction": "no"},
        {"id": 3, "label": "yes", "text": "poor", "prediction": "no"},
    ]
    assert predict(capsys, run, "--file", "in.jsonl", "--out", "out.jsonl") == ([], "")
    assert Path("out.jsonl").read_text(encoding="utf-8").splitlines() == lines
    assert sorted(path.name for path in Path().iterdir()) == ["in.jsonl", "out.jsonl"]


def test_standard_input(run: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"kind\nsad\n")))
    lines, _ = predict(capsys, run, "--file", "-")
    assert [json.loads(line)["prediction"] for line in lines] == ["yes", "no"]


@pytest.mark.parametrize("name", ["run_id", "key", "short", "folder", "model", "cut"])
def test_a_run_by_any_of_its_names(name: str, run: str, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads((Path(run) / "record.json").read_bytes())
    names = {
        "run_id": record["run_id"],
        "key": record["key"],
        "short": record["key"][:10],
        "folder": run,
        "model": f"{run}/model",
        "cut": Path(run).name[:-2],
    }
    assert predict(capsys, names[name], "--results", str(kept), "--text", "great")[0] == ["yes"]
