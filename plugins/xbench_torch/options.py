"""The recipe fields that every torch model reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from xbench.specs import Option
from xbench_torch.schedule import SCHEDULES

FIELDS = (
    Option("lr", "float", 2e-5, doc="peak learning rate of AdamW"),
    Option("schedule", "str", "linear", "constant", "shape of the learning rate after warm-up", tuple(SCHEDULES)),
    Option("warmup_ratio", "float", 0.1, 0.0, "share of the steps over which the learning rate rises from 0"),
    Option("epochs", "int", 3, doc="passes over the train split, unless max_steps or max_examples_seen end it before"),
    Option("max_steps", "int", None, doc="optimizer steps at most"),
    Option("max_examples_seen", "int", None, doc="training examples visited at most, repetitions counted"),
    Option("batch_size", "int", 32, doc="examples a step"),
    Option("micro_batch_tokens", "int", None, doc="padded tokens in memory at once at most; arrangement only"),
    Option("weight_decay", "float", 0.01, 0.0, "decoupled; never on biases and norms (Loshchilov and Hutter 2019)"),
    Option("grad_clip", "float", 1.0, 0.0, "largest gradient norm of a step; 0 leaves gradients as they are"),
    Option("dropout", "float", None, doc="rate of every dropout of model and head; none keeps the model's own"),
    Option("label_smoothing", "float", 0.0, 0.0, "share of the target spread over all classes (Szegedy et al. 2016)"),
    Option("patience", "int", None, doc="validations without a better one after which training ends; none: never"),
    Option("select_by", "str", "metric", "metric", "what validation compares states by", ("metric", "loss")),
    Option(
        "precision",
        "str",
        "auto",
        "auto",
        "arithmetic; auto: what the device does well",
        ("auto", "fp32", "bf16", "fp16"),
    ),
    Option("max_length", "int", 256, doc="tokens of a source at most, special tokens included"),
    Option("max_target_length", "int", 128, doc="tokens of a target or a generated text at most"),
    Option("num_beams", "int", 4, 1, "beams of generation; 1 is greedy"),
    Option("length_penalty", "float", 1.0, 1.0, "a beam's score is divided by its length to this power"),
    Option("techniques", "list", [], [], "what wraps the training step, in order: fgm, ema"),
)


def recipe_options(defaults: Mapping[str, Any] | None = None) -> tuple[Option, ...]:
    """All fields, with a backend's own defaults. Raises KeyError for a default of no field."""
    moved = dict(defaults or {})
    options = tuple(
        dataclasses.replace(option, default=moved.pop(option.name)) if option.name in moved else option
        for option in FIELDS
    )
    if moved:
        raise KeyError(f"no recipe field: {', '.join(moved)}")
    return options
