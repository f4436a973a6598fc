"""What the core asks of a backend or reader that can fetch, with the fakes: no network."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import ModuleType

import pytest
from made_plugins import install

from xbench import api
from xbench.abilities import FETCHING
from xbench.cli import main
from xbench.errors import UserError

FETCHER = """
from pathlib import Path
import logging
from xbench.errors import MissingData, MissingModel, UserError
from xbench.testing import FAKE_TASK, FakeBackend, FakeReader

ASKED = []

class Fetcher(FakeBackend):
    name = "fetcher"
    def models(self): return []
    def resolve(self, text, offline=False):
        if not text.startswith("far-"):
            return None
        if offline and not Path(text).exists():
            raise MissingModel("it is no id that is kept here", f"`xbench fetch -m {text}` brings it")
        return ModelSpec("fetcher", text, "1", "encoder", source=text)
    def fetch(self, model, root):
        ASKED.append((model.name, root))
        if model.name == "far-broken":
            raise UserError("far-broken: it is torn", "ask its owner")
        logging.getLogger("xbench.fetching").info("model %s: on its way", model.name)
        Path(model.source).touch()
        return "fetched, one file"

class FarReader(FakeReader):
    def stamp(self, ref, root): return "1" if Path("far-data").exists() else None
    def rows(self, ref, split, root, offline):
        if self.stamp(ref, root) is None:
            raise MissingData("far data are not here", "fetch them")
        return super().rows(ref, split, root, offline)
    def fetch(self, ref, root):
        Path("far-data").touch()
        return "fetched, far data"

@hookimpl
def xbench_backends(): return [Fetcher()]
@hookimpl
def xbench_readers(): return [FarReader("far-reader")]
@hookimpl
def xbench_tasks():
    import dataclasses
    far = dataclasses.replace(FAKE_TASK.data, reader="far-reader")
    mirrored = dataclasses.replace(FAKE_TASK, name="near-task", aliases=(), data=FAKE_TASK.data, mirrors=(far,))
    return [dataclasses.replace(FAKE_TASK, name="far-task", aliases=(), data=far), mirrored]
"""
PLUGINS = ("xbench.testing", "made_fetcher")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", {"made_fetcher": FETCHER}, {})
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))  # for workers
    Path("fake.toml").write_text("steps = 2\n", encoding="utf-8")
    import made_fetcher  # type: ignore[import-not-found]

    made_fetcher.ASKED.clear()


def asked() -> list[tuple[str, Path | None]]:
    import made_fetcher

    return list(made_fetcher.ASKED)


def test_fetch_asks_what_can_fetch_and_says_of_the_rest_that_it_needs_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    told: list[api.Fetched] = []
    models, tasks = ("far-ok+none", "ok"), ("far-task", "near-task")
    found = api.fetch(models, tasks, data_dir=tmp_path / "data", plugins=PLUGINS, on_fetched=told.append)
    assert [(one.kind, one.name, one.said) for one in found] == [
        ("model", "far-ok", "fetched, one file"),
        ("model", "ok", "nothing to fetch, backend fake brings its own"),
        ("task", "far-task", "fetched, far data"),
        ("task", "near-task", "nothing to fetch, reader fake finds it on this machine"),  # the mirror is not asked
    ]
    assert told == found
    assert asked() == [("far-ok", tmp_path / "data")]


def test_a_name_that_nobody_knows_is_told_before_anything_is_fetched() -> None:
    with pytest.raises(UserError, match=r"unknown task 'far-tusk' .did you mean far-task"):
        api.fetch("far-ok", "far-tusk", plugins=PLUGINS)
    with pytest.raises(UserError, match="nothing to fetch"):
        api.fetch(plugins=PLUGINS)
    assert asked() == []


def test_what_cannot_be_had_is_told_once_the_rest_is_fetched() -> None:
    told: list[api.Fetched] = []
    with pytest.raises(UserError, match=r"^far-broken: it is torn .ask its owner.$"):
        api.fetch(("far-broken", "far-ok"), plugins=PLUGINS, on_fetched=told.append)
    assert [one.name for one in told] == ["far-ok"]


def run(*arguments: str) -> int:
    plugins = [word for plugin in PLUGINS for word in ("-p", plugin)]
    return main(("run", *plugins, "--recipe", "fake.toml", "--seeds", "1", *arguments))


def test_a_run_fetches_what_it_trains_before_it_trains_and_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-m", "far-ok", "-m", "ok", "-t", "fake", "--dry-run") == 0
    assert asked() == []  # a dry run brings no weights
    assert run("-m", "far-ok", "-m", "ok", "-t", "fake") == 0
    assert asked() == [("far-ok", None)]
    assert capsys.readouterr().err.splitlines() == ["model far-ok: on its way"]
    assert run("-m", "far-ok", "-t", "fake") == 0  # done before: nothing to load
    assert run("-m", "far-ok", "-t", "fake", "--seeds", "2", "--json") == 0
    assert asked() == [("far-ok", None)] * 2
    assert capsys.readouterr().err == ""


def test_a_notebook_is_told_what_is_being_fetched(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.fetch("far-ok", plugins=PLUGINS)
    assert capsys.readouterr().out == ""
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", ModuleType("what a kernel begins with"))
    api.fetch("far-ok", plugins=PLUGINS)
    assert capsys.readouterr().out == "model far-ok: on its way\n"
    api.run("far-ok", "fake", recipe="fake.toml", seeds=1, plugins=PLUGINS)
    assert capsys.readouterr().out.splitlines()[0] == "model far-ok: on its way"
    assert logging.getLogger(FETCHING).handlers == []


def test_a_run_stops_before_training_where_a_model_cannot_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-m", "ok", "-m", "far-broken", "-t", "fake") == 2
    assert capsys.readouterr().err == "xbench: far-broken: it is torn (ask its owner)\n"
    assert not Path("results").exists()


def test_an_offline_run_fetches_nothing_and_names_all_that_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-m", "far-ok", "-m", "ok", "-t", "far-task", "-t", "near-task", "--offline") == 2
    assert capsys.readouterr().err == (
        "xbench: not on this machine, and offline forbids the hub: model far-ok, the data of far-task "
        "(`xbench fetch -m far-ok -t far-task` brings them)\n"
    )
    assert run("-m", "ok", "-t", "far-task", "--offline") == 2
    assert capsys.readouterr().err.endswith("far data are not here (`xbench fetch -t far-task` brings it)\n")
    assert asked() == []


def test_the_notices_leave_the_logger_as_it_was() -> None:
    log = logging.getLogger(FETCHING)
    before = (log.level, log.propagate, list(log.handlers))
    assert main(("--version",)) == 0
    assert (log.level, log.propagate, log.handlers) == before
