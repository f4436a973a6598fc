"""A reader and a task type of somebody else's take part in looking at own data as the built-in ones do."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_files import csv_text, look, write
from made_plugins import install

from xbench import api
from xbench.errors import UserError

READER = '''
from pathlib import Path
from xbench.abilities import Look, Reading
from xbench.errors import UserError

class Upper:
    """Files `.shout`: a text and its label, set apart by an exclamation mark."""
    name, result_version, takes = "shout", 1, ".shout"
    def look(self, path):
        if path.suffix != ".shout":
            return None
        if not path.read_text().strip():
            raise UserError(f"{path}: nobody shouts")
        columns = {"text": "text", "label": "label"}
        ref = DatasetRef("shout", {"folder": "."}, columns, {"train": path.name}, root=str(path.resolve().parent))
        return Look(ref, "shouted")
    def rows(self, ref, split, root, offline):
        for line in (root / ref.splits[split]).read_text().splitlines():
            text, label = line.split("!")
            yield dict(zip(ref.columns, (text, label)))
    def stamp(self, ref, root): return None

class Echo:
    """A text that is given back, where its column is called echo."""
    name, result_version = "echo", 1
    fields, targets = {"said": "text"}, {"heard": "text"}
    def check(self, example, task): return None
    def check_prediction(self, prediction, task): return None
    def recognise(self, columns):
        names = [column.name for column in columns]
        if names == ["echo"]:
            yield Reading({"said": "echo", "heard": "echo"}, (), ("accuracy",), 3)

@hookimpl
def xbench_readers(): return [Upper()]

@hookimpl
def xbench_tasktypes(): return [Echo()]
'''


@pytest.fixture(autouse=True)
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", {"made_shout": READER}, {"shout": "made_shout"})
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_its_layout_is_a_task(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shout", "".join(f"words of row {n}!{'yn'[n % 2]}\n" for n in range(30)))
    told = api.describe(str(path))
    assert (told.task.data.reader, told.task.labels) == ("shout", ("n", "y"))
    assert told.sizes == {"train": 24, "validation": 3, "test": 3}
    with pytest.raises(UserError, match="nobody shouts"):
        look(write(tmp_path / "b.shout", ""))
    with pytest.raises(UserError, match=r"known: .*\.shout"):
        look(write(tmp_path / "c.xyz", ""))


def test_its_task_type_knows_its_columns(tmp_path: Path) -> None:
    found = look(write(tmp_path / "a.jsonl", "".join(f'{{"echo": "row {n}"}}\n' for n in range(30))))
    assert (found.task.type, found.task.inputs, found.task.metrics) == ("echo", ("said",), ("accuracy",))
    assert look(write(tmp_path / "b.csv", csv_text())).task.type == "classification"
