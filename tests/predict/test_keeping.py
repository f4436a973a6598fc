"""--save-model on cells that are done: trained again where the model is missing, and never for a worse record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.modelcard import code, text
from xbench.plan import Plan

FAKES = ("xbench.testing",)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Path("bare.toml").write_text("steps = 2\n", encoding="utf-8")


def run(models: Any = "ok", **asked: Any) -> tuple[Any, Plan]:
    plans: list[Plan] = []
    given = {"recipe": "bare.toml", "plugins": FAKES, "seeds": 1, "on_plan": plans.append, **asked}
    return api.run(models, "fake", **given), plans[0]


def kept() -> list[str]:
    return sorted(path.parent.parent.name.split("--s")[1][0] for path in Path("results").glob("*/*/model/fake.json"))


def test_a_done_cell_without_its_model_is_trained_again_under_its_key() -> None:
    run(seeds=2)
    before = {record.key: record for record in api.load()}
    _, plan = run(seeds=2)
    assert plan.counts == {"run": 0, "skip": 0, "done": 2}
    summary, plan = run(seeds=1, save_model=True)
    assert [(e.state, e.reason) for e in plan.entries] == [("run", "done before, but its model was not kept")]
    assert (summary.ok, summary.failed, kept()) == (1, 0, ["0"])
    after = {record.key: record for record in api.load()}
    assert after.keys() == before.keys()
    moved = [key for key in after if after[key].run_id != before[key].run_id]
    assert [after[key].cell.seed for key in moved] == [0]
    assert all(after[key].scores == before[key].scores for key in after)
    summary, plan = run(seeds=2, save_model=True)
    assert (plan.counts["run"], plan.counts["done"], kept()) == (1, 1, ["0", "1"])
    assert run(seeds=2, save_model=True)[1].counts["run"] == 0
    assert run(seeds=2)[1].counts["run"] == 0


def test_a_dry_run_says_so_and_keeps_nothing() -> None:
    run()
    _, plan = run(save_model=True, dry_run=True)
    assert plan.counts["run"] == 1
    assert kept() == []


def test_a_failure_keeps_its_record_without_a_model() -> None:
    run("raises")
    _, plan = run("raises", save_model=True)
    assert plan.counts == {"run": 0, "skip": 0, "done": 1}


def test_a_good_record_outlives_a_failure_to_keep_its_model(place_of_state: Path) -> None:
    run("turns")
    (before,) = api.load()
    assert before.status == "ok"
    (place_of_state / "bad").touch()
    told: list[Any] = []
    summary, _ = run("turns", save_model=True, on_event=lambda name, values: told.append(values.get("record")))
    assert (summary.ok, summary.failed) == (0, 1)
    assert [record.status for record in told if record is not None] == ["failed"]
    assert api.load() == [before]
    (place_of_state / "bad").unlink()
    summary, _ = run("turns", save_model=True)
    assert (summary.ok, len(kept())) == (1, 1)
    (after,) = api.load()
    assert (after.key, after.run_id == before.run_id) == (before.key, False)


@pytest.fixture
def place_of_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin whose model fails once a file is there."""
    code = f"""
from pathlib import Path
from xbench.hookspecs import hookimpl
from xbench.testing.fake_backend import FakeBackend
from xbench.specs import ModelSpec

class Turns(FakeBackend):
    name = "turns"
    def models(self): return [ModelSpec("turns", "turns", None, shape="encoder")]
    def fit(self, jobs):
        if Path({str(tmp_path / "bad")!r}).exists():
            raise RuntimeError("not today")
        yield from super().fit(jobs)

@hookimpl
def xbench_backends(): return (Turns(),)
"""
    (tmp_path / "turning.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("test_keeping.FAKES", (*FAKES, "turning"))
    return tmp_path


def test_the_readme_beside_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    run(save_model=True)
    (record,) = api.load()
    (readme,) = Path("results").glob("*/*/model/README.md")
    told = readme.read_text(encoding="utf-8")
    assert told.startswith('---\nlanguage: ["en"]\n')
    assert f"xbench predict {record.key[:8]} --text" in told
    assert "| `fake_accuracy` | " in told
    assert "`no`, `yes`" in told
    assert str(Path.cwd()) not in told  # no folder of this machine
    front = told.split("---\n")[1]
    assert json.loads(front.splitlines()[1].partition(": ")[2]) == ["xbench", "classification", "full"]


def test_texts_from_outside_are_inert_in_the_readme() -> None:
    run()
    (record,) = api.load()
    hostile = "a`|b\n# <script>alert(1)</script>\n---"
    task = replace(record.cell.task, labels=(hostile, "b"), licence=hostile, language=(hostile,))
    cell = replace(record.cell, task=task, model=replace(record.cell.model, name=hostile))
    lines = text(replace(record, cell=cell), 3, "").splitlines()
    assert lines.count("---") == 2
    assert sum(line.startswith("# ") for line in lines) == 1
    bare = [line for line in lines if "<script>" in line and "`" not in line.replace("\\`", "")]
    assert all("\\<script\\>" in line for line in bare if not line.startswith("language"))


def test_a_name_in_a_table_of_the_card_ends_neither_cell_nor_span() -> None:
    assert code("a|b") == r"`a\|b`"
    assert code("a`b\nc") == "``a`b c``"
