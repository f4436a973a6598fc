"""`xbench check`: cards, tasks and plugins, sound and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_plugins import HEAD

from xbench import api
from xbench.cli import main
from xbench.errors import UserError

RATINGS = Path(__file__).parents[1] / "third_party" / "xbench_ratings"

CARD = """
name = "reviews"
version = 1
type = "classification"
inputs = ["text"]
labels = ["good", "bad"]
metrics = ["accuracy", "macro_f1"]
language = ["en"]
licence = "mine"
citation = "me"

[data]
reader = "csv"
location = { folder = "." }
columns = { text = "text", label = "label" }
splits = { train = "train.csv", test = "test.csv" }
validation_share = 0.2
"""
TRAIN = "text,label\n" + "".join(f"train {i} is {w},{w}\n" for i in range(10) for w in ("good", "bad"))
TEST = "text,label\n" + "".join(f"test {i} is {w},{w}\n" for i in range(3) for w in ("good", "bad"))


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)


def card(folder: Path, *changes: tuple[str, str], train: str = TRAIN, test: str = TEST) -> Path:
    """A sound card beside its data, with each change made to it."""
    text = CARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "train.csv").write_text(train, encoding="utf-8")
    (folder / "test.csv").write_text(test, encoding="utf-8")
    (folder / "reviews.toml").write_text(text, encoding="utf-8")
    return folder / "reviews.toml"


def checked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[str]]:
    code = main(["check", *map(str, arguments)])
    return code, capsys.readouterr().out.splitlines()


def found(*arguments: Any, state: str = "wrong", **more: Any) -> list[tuple[str, str, str]]:
    """(what, text, hint) of each finding of a state."""
    return [(f.what, f.text, f.hint) for f in api.check(*map(str, arguments), **more) if f.state == state]


def test_a_sound_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, card(tmp_path))
    assert code == 0
    assert lines == [
        "card reviews.toml",
        "  ok    card: reviews, version 1: it parses",
        "  ok    names: classification; reader csv; accuracy, macro_f1",
        "  ok    data: 16 train, 4 validation (drawn from train), 6 test; every row is sound",
        "  ok    labels: the task's 2 are those of the data",
        "  ok    metrics: accuracy, macro_f1 score 6 examples as their reference does",
        "ok",
    ]


def test_all_wrong_names_are_told_at_once_with_line_and_mend(tmp_path: Path) -> None:
    path = card(
        tmp_path,
        ('"accuracy"', '"acuracy"'),
        ('"csv"', '"cvs"'),
        ('inputs = ["text"]', 'inputs = ["txt"]'),
        ("label = ", "lable = "),
    )
    assert found(path) == [
        ("reviews.toml:13: data.reader", "unknown reader 'cvs'", "did you mean csv?"),
        ("reviews.toml:7: metrics", "unknown metric 'acuracy'", "did you mean accuracy?"),
        ("reviews.toml:5: inputs", "unknown input of classification 'txt'", "did you mean text?"),
        ("reviews.toml:15: data.columns", "unknown field of classification 'lable'", "did you mean label?"),
    ]
    (unknown,) = found(card(tmp_path, ('"classification"', '"clasification"')))
    assert unknown == ("reviews.toml:4: type", "unknown task type 'clasification'", "did you mean classification?")


def test_a_card_that_does_not_parse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = card(tmp_path, ('labels = ["good", "bad"]', 'lables = ["good", "bad"]'))
    assert found(path) == [("card", f"{path}: unknown key 'lables'", "did you mean labels?")]
    torn = card(tmp_path, ('type = "classification"', 'type = "classification'))
    code, lines = checked(capsys, torn)
    assert code == 1
    assert "line 4" in lines[1]
    assert lines[-1] == "1 problem"


def test_a_metric_that_cannot_score_the_type_is_told_beside_the_rest(tmp_path: Path) -> None:
    ((where, text, hint),) = found(card(tmp_path, ('"macro_f1"', '"bleu"')))
    assert (where, text) == ("reviews.toml:7: metrics", "bleu cannot score classification tasks")
    assert "accuracy" in hint
    assert ("metrics", "accuracy score 6 examples as their reference does", "") in found(
        tmp_path / "reviews.toml", state="ok"
    )


def test_unknown_unused_and_unlearnt_labels(tmp_path: Path) -> None:
    unknown = card(tmp_path, train=TRAIN + "so so,neutral\nso,neutral\nodd,odd\n")
    problems = [text for _, text, _ in found(unknown)]
    assert len(problems) == 2
    assert "'neutral' is none of the task's 2 labels" in problems[0]
    assert problems[0].endswith(f"; 2 rows, first at {tmp_path / 'train.csv'}:22")
    assert "'odd'" in problems[1]
    unused = card(tmp_path, ('"good", "bad"', '"good", "bad", "rare", "never"'), test=TEST + "x,rare\n")
    notes = {(text, hint) for _, text, hint in found(unused, state="note")}
    assert ("no row has 'never'", "leave them out, if they are a mistake") in notes
    assert ("test has 'rare', and train does not", "no model can learn them") in notes
    assert found(unused) == []


def test_repeated_rows_are_counted(tmp_path: Path) -> None:
    path = card(tmp_path, train=TRAIN + TRAIN.splitlines()[1] + "\nTEST 0  is good,good\n")
    assert {text for _, text, _ in found(path, state="note")} == {
        "1 test examples (16.7%) stand in train too, but for case and spaces",
        "1 of 22 rows of train repeat an earlier row, target and all; repeats stay on one side",
    }


def test_contradicting_rows_are_noted(tmp_path: Path) -> None:
    path = card(tmp_path, train=TRAIN + "Train 0 is  good,bad\n", test=TEST + "train 1 is bad,good\n")
    notes = {text for _, text, _ in found(path, state="note")}
    assert "contradicting rows (the input of an earlier row, another target): 2" in notes


def test_labels_of_few_rows_in_test_are_noted(tmp_path: Path) -> None:
    path = card(tmp_path, test="text,label\n" + "".join(f"test {n},good\n" for n in range(3)) + "odd,bad\n")
    assert [text for _, text, _ in found(path, state="note")] == ["few rows in test: 'bad' 1"]


def test_labels_that_differ_by_case_or_blanks_are_noted(tmp_path: Path) -> None:
    rows = "".join(f"train {n},{label}\n" for n in range(9) for label in ("good", "bad", "Good ", "bad "))
    path = card(tmp_path, ('"good", "bad"', '"good", "bad", "Good ", "bad "'), train=f"text,label\n{rows}")
    notes = [text for _, text, _ in found(path, state="note")]
    assert "'good' and 'Good ' are two labels" in notes
    assert "'bad' and 'bad ' are two labels" in notes


def test_a_broken_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = card(tmp_path, train=TRAIN + ",good\n")
    ((what, text, _),) = found(path)
    assert what == "data"
    assert text == f"field text: empty text; 1 row, first at {tmp_path / 'train.csv'}:22"


def test_absent_data_are_no_fault_of_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, "tnews")
    assert code == 0
    assert any(line.startswith("  skip  data: not at hand: ") for line in lines)
    assert any("score 40 examples of demo-sentiment" in line for line in lines)  # the type is tried all the same


def test_a_name_that_a_plugin_has_is_noted(tmp_path: Path) -> None:
    notes = [text for _, text, _ in found(card(tmp_path, ('"reviews"', '"tnews"')), state="note")]
    assert notes == ["tnews is also the name of a task of plugin clue; their records would stand in one folder"]


def test_json_tells_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, card(tmp_path), "demo-tagging", "--json")
    told = [json.loads(line) for line in lines]
    assert code == 0
    assert {(row["kind"], row["name"]) for row in told} == {("card", "reviews.toml"), ("task", "demo-tagging")}
    assert {row["state"] for row in told} == {"ok"}


def test_what_names_nothing_is_a_usage_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "demo-sentimnet"]) == 2
    assert capsys.readouterr().err == (
        "xbench: unknown plugin, task or card 'demo-sentimnet' (did you mean demo-sentiment?)\n"
    )
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert main(["check", str(tmp_path)]) == 2
    assert "no entry point of group xbench" in capsys.readouterr().err


# --- plugins -------------------------------------------------------------------------------------------------------


def test_a_plugins_folder_is_tried_without_being_installed(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, RATINGS)
    assert code == 0, lines
    assert lines[0] == "plugin ratings"
    assert "  ok    task type rating: text -> stars" in lines
    assert "  ok    task stars: every row is sound, and two reads are alike" in lines
    assert "  ok    metric mae: its statistics add up on 40 examples of stars" in lines
    trained = "fits two seeds of stars, predicts, and the same after save and load"
    assert f"  ok    model median-stars: {trained}" in lines
    assert f"  ok    head rating-regression: scratch-tiny-encoder {trained}" in lines
    assert lines[-1] == "ok"


def test_built_in_plugins_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = checked(capsys, "baseline", "tasktypes", "methods", "data", "demo", "metrics", "report")
    assert code == 0, [line for line in lines if "WRONG" in line]
    for line in ("model tfidf", "task type tagging", "method none", "reader csv", "metric bleu", "renderer html"):
        assert any(f" {line}: " in printed for printed in lines), line


def plugin(folder: Path, code: str) -> Path:
    path = folder / "made_for_check.py"
    path.write_text(HEAD + code, encoding="utf-8")
    return path


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's module of this name is its own."""
    import sys

    monkeypatch.delitem(sys.modules, "made_for_check", raising=False)


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(
    ("code", "what", "text"),
    [
        ("import nowhere_at_all", "plugin", "cannot be imported: ModuleNotFoundError"),
        ("@hookimpl\ndef xbench_taks(): return []", "plugin", "unknown hook xbench_taks (did you mean xbench_tasks?)"),
        ("@hookimpl\ndef xbench_metrics(): return [1]", "plugin", "xbench_metrics gave int, which lacks"),
        (
            "import scipy\n@hookimpl\ndef xbench_tasks(): return []",
            "import",
            "importing made_for_check imports scipy",
        ),
        (
            "from xbench.testing import FakeAccuracy\nclass Shifted(FakeAccuracy):\n"
            "    def direct(self, *rest): return super().direct(*rest) + 0.01\n"
            "@hookimpl\ndef xbench_metrics(): return [Shifted('shifted')]",
            "metric shifted",
            "from its statistics",
        ),
        (
            "from xbench.testing import FakeBackend\nclass Bad(FakeBackend):\n    name = 'bad'\n"
            "    def models(self): return [ModelSpec('bad', 'short', None, shape='encoder')]\n"
            "    def routes(self, model): return ()\n"
            "    def estimate(self, *rest): return {'seconds': 1.0, 'memory_mib': 1}\n"
            "@hookimpl\ndef xbench_backends(): return [Bad()]",
            "model short",
            "7 predictions for 8 examples",
        ),
        (
            "from xbench.testing import FakeBackend\nclass Leaves(FakeBackend):\n    name = 'leaves'\n"
            "    def models(self): return [ModelSpec('leaves', 'gone', None, shape='encoder')]\n"
            "    def routes(self, model): return ()\n"
            "    def estimate(self, *rest): return {'seconds': 1.0, 'memory_mib': 1}\n"
            "    def fit(self, jobs): raise SystemExit(0)\n"
            "@hookimpl\ndef xbench_backends(): return [Leaves()]",
            "model gone",
            "SystemExit: 0",
        ),
        (
            "from xbench.methods import CoreMethod\nclass Odd(CoreMethod):\n    def refuse(self, *rest): return ''\n"
            "@hookimpl\ndef xbench_methods(): return [Odd('odd')]",
            "method odd",
            "refuse() gave ''",
        ),
        (
            "from xbench.protocols import Part\n@hookimpl\ndef xbench_parts():\n"
            "    return [Part('technique', 'lost', 'nowhere_at_all:X')]",
            "technique lost",
            "ModuleNotFoundError: No module named 'nowhere_at_all'",
        ),
        (
            "from pathlib import Path\n@hookimpl\ndef xbench_recipes():\n"
            "    return [Path(__file__).with_name('fast.toml')]",
            "recipe fast",
            "no component declares 'epoch'",
        ),
        (
            "class Draw:\n    name = 'txt'\n    def render(self, board): return 'text'\n"
            "@hookimpl\ndef xbench_renderers(): return [Draw()]",
            "renderer txt",
            "render() gave str, not bytes",
        ),
    ],
    ids=["import", "hook", "type", "heavy", "metric", "backend", "exit", "method", "part", "recipe", "renderer"],
)
def test_what_is_wrong_with_a_plugin_is_found(tmp_path: Path, code: str, what: str, text: str) -> None:
    (tmp_path / "fast.toml").write_text("epoch = 1\n")
    problems = found(plugin(tmp_path, code))
    assert any(what == said and text in told for said, told, _ in problems), problems


def test_a_file_of_an_installed_plugins_name_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "baseline.py"
    path.write_text(HEAD + "@hookimpl\ndef xbench_tasks(): return []", encoding="utf-8")
    ((what, text, _),) = found(path)
    assert (what, text) == (
        "plugin",
        "xbench_baseline is a plugin baseline too, and of the two only one is loaded",
    )
    assert ("plugin", "baseline: xbench_tasks", "") in found(path, state="ok")


@pytest.mark.usefixtures("forgotten")
def test_nothing_of_a_checked_file_stays_importable(tmp_path: Path) -> None:
    import sys

    before = list(sys.path)
    api.check(str(plugin(tmp_path, "@hookimpl\ndef xbench_tasks(): return []")))
    assert sys.path == before


@pytest.mark.usefixtures("forgotten")
def test_models_that_a_backend_resolves_are_trained_when_they_are_named(tmp_path: Path) -> None:
    code = (
        "from xbench.testing import FakeBackend\nclass Bare(FakeBackend):\n    name = 'bare'\n"
        "    def models(self): return ()\n"
        "    def resolve(self, text, offline=False):\n"
        "        return ModelSpec('bare', 'ok', None, shape='encoder') if text == './a-folder' else None\n"
        "    def routes(self, model): return ()\n"
        "@hookimpl\ndef xbench_backends(): return [Bare()]"
    )
    path = plugin(tmp_path, code)
    assert ("backend bare", "names no model, so that none was trained") in {
        (what, text) for what, text, _ in found(path, state="skipped")
    }
    models = ["./a-folder", "nobody"]
    assert found(path, models=models) == [("model nobody", "none of the plugin's backends knows it", "")]
    trained = [text for what, text, _ in found(path, models=models, state="ok") if what == "model ok"]
    assert "fits two seeds of demo-sentiment, predicts, and the same after save and load" in trained


def test_a_model_that_is_asked_for_is_trained() -> None:
    trained = [what for what, _, _ in found("baseline", models=["tfidf"], state="ok")]
    assert "model tfidf" in trained
    with pytest.raises(UserError, match="unknown plugin, task or card"):
        api.check("basline")
