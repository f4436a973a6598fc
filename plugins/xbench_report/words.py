"""The words of the HTML page, by language: one flat table each, "column.rank" -> "Rank"."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}


@cache
def words(language: str) -> Mapping[str, str]:
    """All texts in a language."""
    tables = tomllib.loads(files("xbench_report").joinpath(f"words_{language}.toml").read_text("utf-8"))
    return {f"{table}.{key}": text for table, texts in tables.items() for key, text in texts.items()}
