"""`xbench check` of plugins, sound and broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks import checked, found
from made_plugins import HEAD

from xbench import api
from xbench.errors import UserError

RATINGS = Path(__file__).parents[1] / "third_party" / "xbench_ratings"


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XBENCH_DATA_DIR", raising=False)


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
        ("raise ValueError('one; two: say no more')", "plugin", "ValueError: one; two: say no more"),
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
    ids=[
        "import",
        "words",
        "hook",
        "type",
        "heavy",
        "metric",
        "backend",
        "exit",
        "method",
        "part",
        "recipe",
        "renderer",
    ],
)
def test_what_is_wrong_with_a_plugin_is_found(tmp_path: Path, code: str, what: str, text: str) -> None:
    (tmp_path / "fast.toml").write_text("epoch = 1\n")
    problems = found(plugin(tmp_path, code))
    assert any(what == said and text in told for said, told, _ in problems), problems


def test_a_name_that_another_plugin_has_is_noted(tmp_path: Path) -> None:
    code = "from xbench_metrics.labels import Accuracy\n@hookimpl\ndef xbench_metrics(): return [Accuracy()]"
    path = tmp_path / "named_twice.py"
    path.write_text(HEAD + code, encoding="utf-8")
    said = "metric accuracy is metrics's too: say metrics:accuracy or named_twice:accuracy"
    assert ("plugin", said, "") in found(path, state="note")
    assert found(path) == []


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
