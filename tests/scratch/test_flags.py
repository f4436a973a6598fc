"""A scratch model of which most weights stay random says so."""

from __future__ import annotations

from dataclasses import replace

from xbench.specs import Cell, DatasetRef, TaskSpec
from xbench_scratch.backend import ScratchBackend


def test_only_full_training_makes_a_model_of_random_weights() -> None:
    backend = ScratchBackend()
    model = next(m for m in backend.models() if m.name == "scratch-tiny")
    data = DatasetRef("none", {}, {}, {})
    task = TaskSpec("t", 1, "text-to-text", data, ("source",), (), ("bleu",), ("en",), "CC0", "none")
    cell = Cell(task, model, "full", {}, "default", {}, "text", 0, None, None, (), {}, {}, "key", "protocol")
    assert backend.flags(cell) == ()
    assert backend.flags(replace(cell, method="none")) == ("random-weights",)
    assert backend.flags(replace(cell, method="lora")) == ("random-weights",)
