"""What a card's `location` may hold: the keys that its reader names, and describes to who writes one."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

from xbench.abilities import NamesLocation
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.taskcheck import checked


def test_every_key_is_described_and_no_other() -> None:
    catalog = Catalog.load()
    for name in catalog.names("reader"):
        reader = catalog.reader(name)
        assert isinstance(reader, NamesLocation), name
        told = inspect.getdoc(reader) or ""
        described = told.partition("splits:")[0].partition("ocation")[2]
        assert {key for key in reader.location if not re.search(rf"[`\"]{key}[`\"]", described)} == set(), name
        assert set(re.findall(r"`(\w+)`", described)) <= set(reader.location), name


def test_a_key_of_another_reader_is_refused() -> None:
    catalog = Catalog.load()
    (task,) = catalog.tasks_named("demo-tagging")
    wrong = replace(task.data, location={**task.data.location, "folder": "."})
    with pytest.raises(UserError, match="unknown key of reader demo's location 'folder'"):
        checked(replace(task, data=wrong), catalog)
