"""A cell's effective recipe values, typed."""

from __future__ import annotations

from dataclasses import dataclass, fields

from xbench.specs import Json
from xbench_torch.options import FIELDS


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
