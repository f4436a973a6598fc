"""What stands in docs/reference/ is what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _generator():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("name", sorted(set(GENERATOR.PAGES) - {"errors.md"}))  # tests/mistakes makes them all anyway
def test_the_page_is_what_the_code_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("COLUMNS", "TERMINAL_WIDTH", "NO_COLOR"):
        monkeypatch.setenv(variable, "")  # the generator sets them: put back afterwards
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert GENERATOR.written(name) == committed, "make docs writes it again"


def test_every_page_is_written_by_the_generator() -> None:
    assert {path.name for path in (ROOT / "docs" / "reference").glob("*.md")} == set(GENERATOR.PAGES)


def test_no_option_hook_or_column_lacks_its_meaning() -> None:
    """A row that ends in an empty cell says nothing."""
    for name in ("options.md", "columns.md"):
        for line in GENERATOR.written(name).splitlines():
            assert not line.endswith("|  |"), line
    hooks = GENERATOR.written("hooks.md").split("## What a component must do")[0]
    for block in hooks.split("\n## ")[1:]:
        assert block.rpartition("```")[2].strip(), block
