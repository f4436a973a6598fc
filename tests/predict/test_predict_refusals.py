"""What `xbench predict` says of bad lines, wrong flags, and runs that cannot be asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from kept_runs import predict


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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
