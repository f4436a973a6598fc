"""The recipe fields that every torch model reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from xbench.specs import Option
from xbench_torch.schedule import SCHEDULES

FIELDS = (
    Option("lr", "float", 2e-5, doc="peak learning rate of AdamW", synonyms=("learning_rate",)),
    Option(
        "schedule",
        "str",
        "linear",
        "constant",
        "shape of the learning rate after warm-up",
        tuple(SCHEDULES),
        ("lr_scheduler_type", "scheduler", "lr_scheduler"),
    ),
    Option(
        "warmup_ratio",
        "float",
        0.1,
        0.0,
        "share of the steps over which the learning rate rises from 0",
        synonyms=("warmup", "warmup_steps", "warmup_proportion"),
    ),
    Option(
        "epochs",
        "int",
        3,
        doc="passes over the train split, unless max_steps or max_examples_seen end it before",
        synonyms=("num_train_epochs", "num_epochs", "n_epochs"),
    ),
    Option("max_steps", "int", None, doc="optimizer steps at most"),
    Option("max_examples_seen", "int", None, doc="training examples visited at most, repetitions counted"),
    Option(
        "batch_size",
        "int",
        32,
        doc="examples a step",
        synonyms=("per_device_train_batch_size", "train_batch_size", "bs"),
    ),
    Option(
        "micro_batch_tokens",
        "int",
        None,
        doc="padded tokens in memory at once at most; arrangement only",
        synonyms=("gradient_accumulation_steps",),
    ),
    Option(
        "weight_decay",
        "float",
        0.01,
        0.0,
        "decoupled; never on biases and norms (Loshchilov and Hutter 2019)",
        synonyms=("wd", "l2"),
    ),
    Option(
        "grad_clip",
        "float",
        1.0,
        0.0,
        "largest gradient norm of a step; 0 leaves gradients as they are",
        synonyms=("max_grad_norm", "gradient_clip_val", "gradient_clipping", "clip_grad_norm"),
    ),
    Option(
        "dropout",
        "float",
        None,
        doc="rate of every dropout of model and head; none keeps the model's own",
        synonyms=("hidden_dropout_prob", "dropout_rate"),
    ),
    Option(
        "label_smoothing",
        "float",
        0.0,
        0.0,
        "share of the target spread over all classes (Szegedy et al. 2016)",
        synonyms=("label_smoothing_factor",),
    ),
    Option(
        "patience",
        "int",
        None,
        doc="validations without a better one after which training ends; none: never",
        synonyms=("early_stopping_patience", "early_stopping"),
    ),
    Option(
        "select_by",
        "str",
        "metric",
        "metric",
        "what validation compares states by",
        ("metric", "loss"),
        ("metric_for_best_model",),
    ),
    Option(
        "precision",
        "str",
        "auto",
        "auto",
        "arithmetic; auto: what the device does well",
        ("auto", "fp32", "bf16", "fp16"),
        ("fp16", "bf16", "dtype", "torch_dtype", "mixed_precision", "amp"),
    ),
    Option(
        "max_length",
        "int",
        256,
        doc="tokens of a source at most, special tokens included",
        synonyms=("max_seq_length", "max_seq_len", "max_source_length", "max_input_length", "max_len"),
    ),
    Option(
        "max_target_length",
        "int",
        128,
        doc="tokens of a target or a generated text at most",
        synonyms=("generation_max_length", "max_new_tokens", "max_output_length"),
    ),
    Option(
        "num_beams",
        "int",
        4,
        1,
        "beams of generation; 1 is greedy",
        synonyms=("beam_size", "beams", "generation_num_beams"),
    ),
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
