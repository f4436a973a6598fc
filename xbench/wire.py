"""Frozen dataclasses to strict JSON and back: what crosses pipes and what records are written in."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def _refuse_non_finite(value: Any, where: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where}: {value} is no JSON number")
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_non_finite(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_non_finite(item, f"{where}[{index}]")


def plain(value: Any) -> Any:
    """Dataclasses, tuples, mappings and paths as dicts, lists and strings. Raises ValueError on NaN and infinities."""
    built = msgspec.to_builtins(value, enc_hook=str)
    _refuse_non_finite(built, type(value).__name__)
    return built


def dumps(value: Any) -> bytes:
    """UTF-8 JSON on one line."""
    return msgspec.json.encode(plain(value))


def _decode(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"{kind.__name__} does not cross the wire")


def loads(data: bytes | str, kind: type[T]) -> T:
    """JSON as `kind`, checked. Raises msgspec.ValidationError (a ValueError) where it does not fit."""
    return msgspec.json.decode(data, type=kind, dec_hook=_decode)


def convert(value: Any, kind: type[T]) -> T:
    """Plain dicts and lists as `kind`, checked. Raises msgspec.ValidationError (a ValueError) where it does not fit."""
    return msgspec.convert(value, type=kind, dec_hook=_decode)
