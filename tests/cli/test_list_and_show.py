"""`xbench list` and `show`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_plugins import a_task, install

from xbench.cli import main
from xbench.cli.list import KINDS

HEAVY = ("torch", "transformers", "datasets", "pandas", "numpy", "scipy", "rich", "sklearn", "evaluate", "peft")


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_listing_imports_no_framework(kind: str) -> None:
    code = (
        "import sys\nfrom xbench.cli import main\n"
        f"assert main(['list', {kind!r}]) == 0\nprint(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines()[-1] == "[]"
    assert printed.stderr == ""


def test_python_m_xbench_is_the_command() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "xbench", "list", "tasks"], capture_output=True, text=True, check=True
    )
    assert "demo-sentiment" in printed.stdout
    wrong = subprocess.run([sys.executable, "-m", "xbench", "lst"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "xbench: unknown command 'lst' (did you mean list?)\n")


def test_each_kind_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line.split()[0] for line in lines(capsys, "list", "methods") if line[0] != " "][:1] == ["full"]
    assert {"majority", "tfidf"} <= {line.split()[0] for line in lines(capsys, "list", "models")}
    assert {"accuracy", "bleu"} <= {line.split()[0] for line in lines(capsys, "list", "metrics")}
    assert {"default", "quick", "full"} <= {line.split()[0] for line in lines(capsys, "list", "recipes")}
    assert {"classification", "tagging"} <= {line.split()[0] for line in lines(capsys, "list", "tasktypes")}
    assert {"csv", "jsonl"} <= {line.split()[0] for line in lines(capsys, "list", "readers")}
    assert {"ema", "fgm"} <= {line.split()[0] for line in lines(capsys, "list", "techniques")}
    assert [line.split()[1:] for line in lines(capsys, "list", "backends") if line.startswith("hf ")] == [
        ["hf", "any", "name", "that", "it", "resolves"]
    ]
    assert "demo      demo-sentiment,demo-tagging,demo-translation" in lines(capsys, "list", "suites")
    everything = lines(capsys, "list")
    assert [line for line in everything if line[0] != " "] == [f"{kind}:" for kind in KINDS]
    assert set(lines(capsys, "list", "suites")) <= {line.removeprefix("  ") for line in everything}


def test_a_kind_of_which_there_is_nothing_is_said_to_be_empty(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XBENCH_PLUGINS", "no:torch")
    assert main(["list", "techniques"]) == 0
    assert capsys.readouterr() == ("", "no techniques here\n")
    assert main(["list", "techniques", "--json"]) == 0
    assert capsys.readouterr() == ("", "")


def test_json_lists_objects(capsys: pytest.CaptureFixture[str]) -> None:
    told = [json.loads(line) for line in lines(capsys, "list", "tasks", "--json")]
    (sentiment,) = [row for row in told if row["name"] == "demo-sentiment"]
    assert sentiment["kind"] == "task"
    assert sentiment["type"] == "classification"
    assert sentiment["metrics"][0] == "accuracy"


def test_broken_and_rival_plugins_are_named_in_the_list(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usurper = f"@hookimpl\ndef xbench_tasks(): return [{a_task('demo-sentiment')}]"
    modules = {"made_broken": "import nowhere_at_all", "made_usurper": usurper}
    install(tmp_path, modules, {"zz-broken": "made_broken", "zz-usurper": "made_usurper"})
    monkeypatch.syspath_prepend(tmp_path)
    told = {row["name"]: row for row in map(json.loads, lines(capsys, "list", "plugins", "--json"))}
    assert told["zz-broken"]["problem"].startswith("cannot be imported: ModuleNotFoundError")
    assert (
        told["zz-usurper"]["problem"]
        == "task demo-sentiment is demo's too: say demo:demo-sentiment or zz-usurper:demo-sentiment"
    )
    assert told["demo"]["problem"] is None
    assert any("cannot be imported" in line for line in lines(capsys, "list", "plugins"))
    assert main(["run", "-m", "majority", "-t", "demo-tagging", "--dry-run"]) == 0
    assert "plugin zz-broken: cannot be imported" in capsys.readouterr().out  # said, and the rest goes on
    assert main(["run", "-m", "majority", "-t", "demo-sentiment"]) == 2
    assert "is declared by more than one (say demo:demo-sentiment or" in capsys.readouterr().err


def test_show_tells_what_a_name_stands_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "show", "banking77")[0] == "task banking77 (nlu)"
    assert "  type: classification" in lines(capsys, "show", "banking77")
    assert lines(capsys, "show", "lora")[0] == "method lora (peft)"
    assert any(line.split()[:4] == ["lora.r", "int", "8", "rank"] for line in lines(capsys, "show", "lora"))
    assert lines(capsys, "show", "baseline:tfidf")[0] == "model tfidf (baseline)"
    assert "  higher is better" in lines(capsys, "show", "bleu(tokenize=zh)")
    assert [line for line in lines(capsys, "show", "full") if line and line[0] != " "] == [
        "method full (methods)",
        "recipe full (torch)",
    ]


def test_every_kind_that_is_listed_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "show", "tagging") == [
        "task type tagging (tasktypes)",
        "  One BIO tag for each token (a word, or a character in Chinese).",
        "  inputs: tokens (tokens)",
        "  targets: tags (tags)",
        "  tasks: cluener, demo-tagging",
    ]
    assert lines(capsys, "show", "csv")[0] == "reader csv (data)"
    assert any("location: `folder`; `delimiter`" in line for line in lines(capsys, "show", "csv"))
    assert lines(capsys, "show", "hf")[:1] == ["backend hf (hf)"]
    assert lines(capsys, "show", "multi30k") == ["suite multi30k", "  tasks: multi30k-de-en, multi30k-en-de"]
    for kind in KINDS:
        first = json.loads(lines(capsys, "list", kind, "--json")[0])["name"]
        assert lines(capsys, "show", first)


def test_show_recipe_prints_effective_values_and_their_origin(capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys, "show", "quick")
    assert printed[0] == "recipe quick (torch)"
    assert any(line.startswith("  for ") and "scratch-tiny" in line for line in printed)
    rows = {tuple(line.split()) for line in printed}
    assert ("max_examples_seen", "6000", "recipe") in rows
    assert ("num_beams", "1", "recipe") in rows
    assert any(row[:1] == ("lr",) and row[-1] == "default" for row in rows)


def test_a_task_is_shown_by_its_alias(capsys: pytest.CaptureFixture[str]) -> None:
    assert "wmt/wmt14" in "\n".join(lines(capsys, "show", "wmt14"))
