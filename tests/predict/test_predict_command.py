"""`xbench predict` with the fakes: texts, files, standard input, files that grow, and what it says of bad ones."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from xbench import api
from xbench.cli import main
from xbench.errors import UserError

FAKES = ("xbench.testing",)
XBENCH = (sys.executable, "-m", "xbench")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one kept model, two that were not kept, and one that failed."""
    place = tmp_path_factory.mktemp("kept")
    (place / "bare.toml").write_text("steps = 2\n", encoding="utf-8")
    asked: dict[str, Any] = {"recipe": str(place / "bare.toml"), "plugins": FAKES, "results": place / "results"}
    api.run("ok", "fake", seeds=1, save_model=True, **asked)
    api.run(["ok", "raises"], "fake", seeds=2, **asked)
    return place / "results"


@pytest.fixture
def run(kept: Path) -> str:
    (folder,) = [path.parent.parent for path in kept.glob("*/*/model/fake.json")]
    return str(folder)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def predict(capsys: pytest.CaptureFixture[str], run: str, *arguments: str, code: int = 0) -> tuple[list[str], str]:
    """The lines on standard output, and standard error."""
    assert main(("predict", run, "-p", "xbench.testing", *arguments)) == code
    out, err = capsys.readouterr()
    return out.splitlines(), err


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


def other(kept: Path, name: str) -> str:
    (folder,) = [path for path in kept.glob(f"*/{name}*") if not (path / "model").exists()]
    return str(folder)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"text": "a"}\n{"txt": "b"}\n', "in: line 2: no field text: it has txt (rename txt to text)"),
        ('{"id": 1}\n', "in: line 1: no field text: it has id (fake reads text)"),
        ("{}\n", "in: line 1: no field text: it is empty (fake reads text)"),
        ('a\n{"text": "b"\n', "in: line 2: no whole JSON object: Expecting ',' delimiter, at character 13 ("),
        ('{"text\n', "in: line 1: no whole JSON object: Unterminated string, at character 2 ("),
        ('{"text": 3}\n', "in: line 1: field text: expected text, found int"),
        ('{"text": " "}\n', "in: line 1: field text: empty text"),
        ('{"text": "a", "x": NaN}\n', "in: line 1: no whole JSON object: NaN is no JSON number"),
        ('{"text": "\\ud83d"}\n', "in: line 1: lone surrogates are no text (write whole characters)"),
        ("[" * 5 + "\n" + '{"a":' * 100_000 + "\n", "in: line 2: no whole JSON object: "),
        (b"good\nM\xfcnchen\n", "in: line 2: no UTF-8 (byte 0xfc) (save the file as UTF-8)"),
    ],
)
def test_a_bad_line_is_named(content: str | bytes, told: str, run: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").write_bytes(content if isinstance(content, bytes) else content.encode())
    _, err = predict(capsys, run, "--file", "in", "--out", "out", code=2)
    assert err.startswith(f"xbench: {told}")
    assert err.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["in"]  # nothing half


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nothing to predict (give either --text or --file)"),
        (("--text", "a", "--file", "-"), "--text and --file (give either --text or --file)"),
        (("--text", " "), "--text: an empty text"),
        (
            ("--text", "a", "--follow"),
            "--follow without --file (name the file that grows; --file - reads standard input)",
        ),
        (("--follow",), "--follow without --file (name the file that grows; --file - reads standard input)"),
        (("--file", "none"), "--file none: no such file (name a file of lines, or - for standard input)"),
        (("--file", "."), "--file .: a folder (name a file of lines, or - for standard input)"),
        (("--text", "a", "--out", "no/where"), "--out no/where: cannot be written: No such file or directory"),
        (("--text", "a", "--device", "gpu"), "--device gpu: no such kind of device"),
    ],
)
def test_wrong_flags(arguments: tuple[str, ...], told: str, run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert predict(capsys, run, *arguments, code=2)[1].startswith(f"xbench: {told}")


def test_the_answers_never_go_into_the_file_that_is_read(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").write_text("good\n")
    _, err = predict(capsys, run, "--file", "in", "--out", "./in", code=2)
    assert "that is the file that is read" in err
    assert Path("in").read_text() == "good\n"


def test_runs_that_cannot_be_asked(run: str, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(name: str, *more: str) -> str:
        return predict(capsys, name, "--results", str(kept), "--text", "a", *more, code=2)[1]

    assert "its model was not kept (the same `xbench run` with --save-model" in told(other(kept, "ok--full--s1"))
    assert "this run ended as failed" in told(other(kept, "raises--full--s0"))
    assert "'ok' is a model, with 2 runs: " in told("ok")
    assert "did you mean " in told(Path(run).name[:-8] + "ffffffff")
    assert "unknown run 'quite-another' (name a run's folder, as " in told("quite-another")
    assert told(" ") == "xbench: no run is named (name a run's folder, its id, or how its key begins)\n"
    Path("empty").mkdir()
    assert "no folder of a run" in told("empty")
    assert "no records under empty" in predict(capsys, "x", "--results", "empty", "--text", "a", code=2)[1]


def test_a_torn_model_is_named(run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / "model" / "fake.json").write_text('{"votes": ')
    _, err = predict(capsys, str(copy), "--text", "a", code=2)
    assert f"xbench: {copy}/model cannot be loaded: " in err
    assert err.count("\n") == 1


def test_another_versions_record_is_refused(run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    record = json.loads((copy / "record.json").read_bytes())
    record["cell"]["identity"]["model"]["backend"] = "fake@7"
    (copy / "record.json").write_text(json.dumps(record))
    _, err = predict(capsys, str(copy), "--text", "a", code=2)
    assert "with fake@7, and this one has fake@1" in err
    record["cell"]["identity"]["model"]["backend"] = "gone@1"
    (copy / "record.json").write_text(json.dumps(record))
    assert (
        "the backend gone, which no installed plugin declares" in predict(capsys, str(copy), "--text", "a", code=2)[1]
    )
    (copy / "record.json").write_text(json.dumps({**record, "schema": 99}))
    assert "newer than this xbench reads" in predict(capsys, str(copy), "--text", "a", code=2)[1]


# --- a file that grows ----------------------------------------------------------------------------------------------


@pytest.fixture
def follower(run: str, tmp_path: Path) -> Any:
    """Starts `predict --follow` and gives it with its answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(file: str) -> tuple[subprocess.Popen[bytes], Path]:
        out = tmp_path / "told.jsonl"
        command = [*XBENCH, "predict", run, "-p", "xbench.testing", "--file", file, "--follow", "--out", str(out)]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE))
        return started[-1], out

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(out: Path, count: int, seconds: float = 60.0) -> list[str]:
    """The texts that were answered, once there are so many."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
        if len(lines) >= count:
            return [json.loads(line)["text"] for line in lines]
        time.sleep(0.05)
    raise AssertionError(f"{lines} after {seconds} s")


def test_follow_from_python(run: str) -> None:
    write = add("log")
    write('good\n{"id": 3}\nsad\nhalf')
    model, passed = api.load_model(run, plugins=FAKES), []
    told = model.follow("log", passed.append)
    assert [row["prediction"] for row in next(told)] == ["yes", "no"]
    assert [str(problem) for problem in passed] == ["log: line 2: no field text: it has id (fake reads text)"]
    write(" great\n")
    assert next(told) == [{"text": "half great", "prediction": "yes"}]
    with pytest.raises(UserError, match="log: line 2"):
        next(model.follow("log"))


def add(path: str) -> Callable[[str], None]:
    file: IO[str] = Path(path).open("a", encoding="utf-8")  # noqa: SIM115  a writer that stays

    def write(text: str) -> None:
        file.write(text)
        file.flush()

    return write


def test_follow_answers_whole_lines_as_they_come(follower: Any) -> None:
    write = add("log")
    write("good\nsa")
    process, out = follower("log")
    assert until(out, 1) == ["good"]
    time.sleep(0.5)
    assert until(out, 1) == ["good"]  # "sa" is no line yet
    write('d\n{"txt": "x"}\n')
    assert until(out, 2) == ["good", "sad"]
    write("great\n")
    assert until(out, 3) == ["good", "sad", "great"]  # the bad line did not end it
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.decode().splitlines()) == (
        0,
        ["xbench: log: line 3: no field text: it has txt (rename txt to text)"],
    )


def test_follow_survives_a_cut_and_a_new_file(follower: Any) -> None:
    write = add("log")
    write("good\ngreat\n")
    _, out = follower("log")
    until(out, 2)
    os.truncate("log", 0)
    time.sleep(0.6)
    write("sad\n")
    assert until(out, 3)[2:] == ["sad"]
    write("poo")
    Path("log").rename("log.1")
    time.sleep(0.6)
    write("r\nkind")  # the writer has the old file still
    Path("new").write_text("fine\n")
    Path("new").rename("log")
    assert until(out, 6)[3:] == ["poor", "kind", "fine"]
