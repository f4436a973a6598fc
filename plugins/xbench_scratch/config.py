"""The shape and size of a scratch Transformer, as its `config.json` holds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from xbench.errors import UserError

SIZES = {"tiny": (64, 4, 128, 2), "small": (256, 4, 1024, 3), "base": (512, 8, 2048, 6)}  # width, heads, ff, layers
VOCABULARY = {"tiny": 2000, "small": 8000, "base": 16000}  # at most; less where the training texts hold less
SHAPES = ("encoder-decoder", "encoder", "decoder")
LEARNED_POSITIONS = 512  # rows of the table of learned positions; sinusoids have no limit


def size_problem(layers: int, width: int, heads: int) -> UserError | None:
    """Why no model has these sizes, or None."""
    if layers < 1:
        return UserError(f"model.layers={layers} leaves no model", "take 1 or more")
    if width < 1 or width % (2 * heads):
        return UserError(
            f"model.width={width} cannot be split into {heads} heads of even width",
            f"take a multiple of {2 * heads}",
        )
    return None


@dataclass(frozen=True)
class Config:
    """What is needed to build the modules. base is the base model of Vaswani et al. (2017), table 3."""

    shape: str  # "encoder-decoder" | "encoder" | "decoder"
    width: int
    heads: int
    ff: int
    layers: int  # of each stack
    vocab_size: int
    norm: str = "pre"  # "pre" | "post"
    positions: str = "sinusoidal"  # "sinusoidal" | "learned"
    dropout: float = 0.1
    encoder_only: bool = False  # an encoder-decoder without the stack that a head on the encoder has no use for

    def __post_init__(self) -> None:
        """Raises UserError where there is no layer, or the width cannot be split into heads."""
        problem = size_problem(self.layers, self.width, self.heads)
        if problem is not None:
            raise problem

    @property
    def has_decoder(self) -> bool:
        """Is there a second stack, with cross-attention?"""
        return self.shape == "encoder-decoder" and not self.encoder_only

    @property
    def causal(self) -> bool:
        """Does the first stack look at earlier tokens only?"""
        return self.shape == "decoder"

    @property
    def max_length(self) -> int | None:
        """Longest document in tokens, or None."""
        return LEARNED_POSITIONS if self.positions == "learned" else None

    def write(self, folder: Path, classes: Sequence[str] = ()) -> None:
        """config.json; `classes`, of a head beside, as Hugging Face writes them."""
        named = {"id2label": dict(enumerate(classes))} if classes else {}
        text = json.dumps({"model_type": "xbench-scratch", **asdict(self), **named}, indent=2, ensure_ascii=False)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Config:
        values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        del values["model_type"]
        values.pop("id2label", None)
        return cls(**values)
