"""A cell's effective recipe values, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from xbench.specs import Json
from xbench_torch.options import FIELDS

WITHIN: Mapping[str, tuple[float, float | None]] = {  # least and greatest value, where there is one
    **dict.fromkeys(("epochs", "max_steps", "max_examples_seen", "batch_size", "micro_batch_tokens"), (1, None)),
    **dict.fromkeys(("patience", "max_length", "max_target_length", "num_beams"), (1, None)),
    **dict.fromkeys(("lr", "weight_decay", "grad_clip"), (0, None)),
    **dict.fromkeys(("warmup_ratio", "dropout", "label_smoothing"), (0, 1)),
}


def problem(values: Json) -> str | None:
    """Why no training can be done by these values (a batch of none, -1 for "no limit"), or None."""
    for option in FIELDS:
        if option.default is not None and values.get(option.name, option.default) is None:
            return f"{option.name}=none: it needs a value"
    for name, (least, greatest) in WITHIN.items():
        value = values.get(name)
        if value is None:
            continue
        if value < least:
            return f"{name}={value}: it is at least {least}"
        if greatest is not None and value > greatest:
            return f"{name}={value}: it is at most {greatest}"
    return None


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What `options.FIELDS` declares; see there for units."""

    lr: float
    schedule: str
    warmup_ratio: float
    epochs: int
    max_steps: int | None
    max_examples_seen: int | None
    batch_size: int
    micro_batch_tokens: int | None
    weight_decay: float
    grad_clip: float
    dropout: float | None
    label_smoothing: float
    patience: int | None
    select_by: str
    precision: str
    max_length: int
    max_target_length: int
    num_beams: int
    length_penalty: float
    techniques: tuple[str, ...]

    @classmethod
    def of(cls, values: Json) -> TrainingSettings:
        """From a cell's recipe values; a field that is not among them has its declared default."""
        found = {option.name: values.get(option.name, option.default) for option in FIELDS}
        found["techniques"] = tuple(found["techniques"] or ())
        return cls(**{field.name: found[field.name] for field in fields(cls)})
