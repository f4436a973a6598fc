"""Files that are no UTF-8: in which encoding they probably are, and a mend that leaves a file that is read."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench import api
from xbench.errors import UserError
from xbench_data import encodings, files

GERMAN = "Ich möchte mein Geld zurück – die Größe paßt nicht, schöne Grüße aus München"
CHINESE = "这个手机很好用，屏幕清晰，值得购买"


@pytest.mark.parametrize(
    ("text", "written", "taken"),
    [
        (GERMAN, "windows-1252", "windows-1252"),
        ("Où est passée ma commande ? Je l’ai déjà payée", "windows-1252", "windows-1252"),
        ("¿Dónde está mi pedido, señor Núñez?", "windows-1252", "windows-1252"),
        ("möchte", "windows-1252", "windows-1252"),  # GB18030 reads it as an ideograph and "hte"
        (CHINESE, "gb18030", "GB18030"),
        ("很好,好\nok,坏\n", "gb18030", "GB18030"),
        (CHINESE, "utf-16", "UTF-16"),
    ],
)
def test_the_encoding_is_guessed_by_its_runs_of_ideographs(text: str, written: str, taken: str) -> None:
    assert encodings.guess(text.encode(written)) == taken


@given(st.binary(min_size=1))
def test_every_guess_reads_or_replaces(raw: bytes) -> None:
    assert encodings.guess(raw) in ("UTF-16", "GB18030", "windows-1252")


def refused(path: Path) -> UserError:
    with pytest.raises(UserError) as found:
        list(files.lines(path))
    return found.value


def test_the_line_is_shown_as_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "kunden.csv"
    path.write_bytes(f"text,label\n{GERMAN},reklamation\n".encode("windows-1252"))
    problem = refused(path)
    assert problem.message == f"{path}:2: byte 0xf6 is no UTF-8"
    assert 'the line reads as "Ich möchte mein Geld zurück' in str(problem.hint)
    assert "in windows-1252; convert it: iconv -f windows-1252 -t UTF-8" in str(problem.hint)


def test_a_file_of_utf8_with_one_odd_line_is_not_converted_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"文本,标签\n{CHINESE},好\n{CHINESE},坏\n".encode() + "schön,good\n".encode("windows-1252"))
    assert refused(path).hint == (
        'the line reads as "schön,good" in windows-1252; most other lines are UTF-8: save this one so too'
    )


@pytest.mark.skipif(shutil.which("iconv") is None, reason="needs iconv")
@pytest.mark.parametrize(
    ("name", "encoding"), [("a.csv", "windows-1252"), ("my file.tsv", "utf-16"), ("评.csv", "gbk")]
)
def test_the_command_of_the_mend_writes_a_file_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = CHINESE if encoding == "gbk" else GERMAN.replace(",", "")
    rows = "".join(f"{text} {number}\t{'ab'[number % 2]}\n" for number in range(40))
    (tmp_path / name).write_bytes(f"text\tlabel\n{rows}".encode(encoding))
    with pytest.raises(UserError) as found:
        api.describe(name)
    command = re.search(r"iconv .*? > (?:'[^']*'|[^ ,]*)", str(found.value.hint))
    assert command is not None
    subprocess.run(command[0], shell=True, check=True, cwd=tmp_path)
    (new,) = [path for path in tmp_path.iterdir() if ".utf8." in path.name]
    assert (
        api.describe(str(new)).examples[0]["text"] == f"{text} {api.describe(str(new)).examples[0]['text'].split()[-1]}"
    )
