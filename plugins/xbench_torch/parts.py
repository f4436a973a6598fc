"""Heads and techniques found among the declared parts."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from xbench.errors import CellError
from xbench.protocols import Context, Part
from xbench.specs import Cell, Json
from xbench_torch.contract import Backbone, Head, Technique


def load(part: Part) -> Any:
    """What `part.target` ("module:attribute") names."""
    module, _, attribute = part.target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def head_for(context: Context, cell: Cell, backbone: Backbone) -> Head:
    """The head that serves the cell's task type, shape and route. Raises CellError where there is none."""
    kind, shape, route = cell.task.type, cell.model.shape, cell.route
    for part in context.parts("head"):
        serves = part.serves
        if serves["task_type"] == kind and shape in serves["shapes"] and route in serves["routes"]:
            head: Head = load(part)(backbone)
            return head
    raise CellError("refused", "load", f"no head serves {kind} for a {shape} by route {route}")


def techniques_for(context: Context, names: Sequence[str], values: Json) -> list[Technique]:
    """The recipe's techniques, in its order. Raises CellError for one that nobody declares."""
    declared: Mapping[str, Part] = {part.name: part for part in context.parts("technique")}
    techniques = []
    for name in names:
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise CellError("refused", "load", f"unknown technique {name}", f"known ones: {known}")
        part = declared[name]
        options = {option.name: values.get(f"{name}.{option.name}", option.default) for option in part.options}
        techniques.append(load(part)(options))
    return techniques
