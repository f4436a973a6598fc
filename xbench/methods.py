"""The two methods that every family of models knows: train nothing, train everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy

from xbench.protocols import Method
from xbench.specs import Json, ModelSpec, Option

hookimpl = pluggy.HookimplMarker("xbench")


@dataclass(frozen=True, slots=True)
class CoreMethod:
    """`none` scores a model before any training; `full` trains all of its parameters."""

    name: str
    result_version: int = 1

    @property
    def options(self) -> Sequence[Option]:
        return ()

    @property
    def defaults(self) -> Mapping[str, Any]:
        return {}

    def refuse(self, model: ModelSpec, route: str, options: Json) -> str | None:
        return None


@hookimpl
def xbench_methods() -> Iterable[Method]:
    return (CoreMethod("none"), CoreMethod("full"))
