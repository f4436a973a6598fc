"""Rows of Arrow tables with the class names that `datasets` keeps beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BATCH = 1000  # rows turned into Python objects at a time


def names_of(feature: Any, value: Any) -> Any:
    """Class numbers as names, in lists too; a hidden label (-1) as None."""
    from datasets import ClassLabel

    if isinstance(feature, ClassLabel):
        return feature.int2str(value) if isinstance(value, int) and value >= 0 else None
    inner = getattr(feature, "feature", None)
    if isinstance(inner, ClassLabel) and isinstance(value, list):
        return [names_of(inner, item) for item in value]
    return value


def records(batches: Iterable[Any], features: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of Arrow batches; `features` are those of `datasets`, by column."""
    from datasets import ClassLabel

    coded = {
        name: feature
        for name, feature in features.items()
        if isinstance(feature, ClassLabel) or isinstance(getattr(feature, "feature", None), ClassLabel)
    }
    for batch in batches:
        for record in batch.to_pylist():
            for name, feature in coded.items():
                record[name] = names_of(feature, record[name])
            yield record


def columns_of(features: Mapping[str, Any]) -> dict[str, str]:
    """Every column by itself, those inside a struct by their dotted path."""
    found: dict[str, str] = {}
    for name, feature in features.items():
        inner = [f"{name}.{part}" for part in feature] if isinstance(feature, Mapping) else [name]
        found |= {path: path for path in inner}
    return found
