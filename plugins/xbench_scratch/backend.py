"""Models that start from random weights, with a tokenizer made of the task's own training texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.protocols import Context
from xbench.specs import Cell, Json, ModelSpec, Option, TaskSpec
from xbench_scratch.config import SHAPES, SIZES, VOCABULARY, Config, size_problem
from xbench_torch.backend import TorchBackend

if TYPE_CHECKING:
    from xbench_torch.contract import Backbone

FAMILY = "scratch"
LEARNING_RATES = {"tiny": 4e-3, "small": 1e-3, "base": 5e-4}  # peaks; base near Vaswani et al.'s 7e-4 at warm-up's end
DROPOUT = {"tiny": 0.0, "small": 0.1, "base": 0.1}  # tiny is too small to need it
ROUTES: Mapping[str, Sequence[str]] = {
    "encoder": ("head",),
    "decoder": ("head", "text"),
    "encoder-decoder": ("head", "text"),
}


class ScratchBackend(TorchBackend):
    """`scratch-SIZE` is the encoder-decoder of Vaswani et al. (2017); `-encoder` and `-decoder` are either alone."""

    name = "scratch"
    result_version = 1
    keeps_base = True

    def models(self) -> Iterable[ModelSpec]:
        for size in SIZES:
            for shape in SHAPES:
                suffix = "" if shape == "encoder-decoder" else f"-{shape}"
                yield ModelSpec(self.name, f"scratch-{size}{suffix}", None, shape, FAMILY)

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return None

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return ROUTES[model.shape]

    def recipe_defaults(self, model: ModelSpec) -> Mapping[str, Any]:
        size = _size(model)
        return {
            "lr": LEARNING_RATES[size],
            "schedule": "inverse-sqrt",
            "warmup_ratio": 0.04,
            "epochs": 10,
            "batch_size": 16 if size == "tiny" else 32,
            "dropout": DROPOUT[size],
            "label_smoothing": 0.1,
        }

    def model_options(self, model: ModelSpec) -> Sequence[Option]:
        width, _, _, layers = SIZES[_size(model)]
        return (
            Option(
                "model.layers",
                "int",
                layers,
                doc="layers of each stack",
                synonyms=("num_layers", "num_hidden_layers", "layers"),
            ),
            Option(
                "model.width",
                "int",
                width,
                doc="size of a state; heads and feed-forward size stay as they are",
                synonyms=("hidden_size", "d_model", "width"),
            ),
            Option("model.norm", "str", "pre", doc="layer norm before or after a sublayer", choices=("pre", "post")),
            Option(
                "model.vocab_size",
                "int",
                VOCABULARY[_size(model)],
                doc="entries of the tokenizer at most",
                synonyms=("vocab_size",),
            ),
            Option(
                "model.positions",
                "str",
                "sinusoidal",
                doc="fixed sinusoids, or a learned table of 512",
                choices=("sinusoidal", "learned"),
            ),
        )

    def parameter_count(self, model: ModelSpec) -> int:
        width, _, ff, layers = SIZES[_size(model)]
        width, layers = model.options.get("width", width), model.options.get("layers", layers)
        encoder = 4 * width**2 + 2 * width * ff
        stacks = encoder + (encoder + 4 * width**2 if model.shape == "encoder-decoder" else 0)
        return int(model.options.get("vocab_size", VOCABULARY[_size(model)]) * width + layers * stacks)

    def refuse(self, cell: Cell) -> str | None:
        values = cell.recipe_values
        wrong = size_problem(values["model.layers"], values["model.width"], SIZES[_size(cell.model)][1])
        return str(wrong) if wrong is not None else super().refuse(cell)

    def flags(self, cell: Cell) -> tuple[str, ...]:
        """A method that leaves most weights as they came out of the random generator has no model to adapt."""
        random = () if cell.method == "full" else ("random-weights",)
        return (*super().flags(cell), *random)

    def load_backbone(
        self,
        spec: ModelSpec,
        route: str,
        task: TaskSpec,
        train_texts: Iterable[str],
        options: Json,
        seed: int,
        context: Context,
    ) -> Backbone:
        from xbench_scratch.backbone import ScratchBackbone
        from xbench_scratch.tokenizer import train_tokenizer

        if spec.source:
            return ScratchBackbone.read(Path(spec.source))
        values = {option.name: option.default for option in self.model_options(spec)} | dict(options)
        # An encoder-decoder's decoder input begins with [BOS] anyway, and a head reads the mean of its encoder.
        begin = spec.shape != "encoder-decoder"
        tokenizer = train_tokenizer(train_texts, values["model.vocab_size"], begin)
        _, heads, ff, _ = SIZES[_size(spec)]
        config = Config(
            spec.shape,
            values["model.width"],
            heads,
            ff,
            values["model.layers"],
            len(tokenizer),
            norm=values["model.norm"],
            positions=values["model.positions"],
            dropout=DROPOUT[_size(spec)],
            encoder_only=spec.shape == "encoder-decoder" and route == "head",
        )
        return ScratchBackbone.fresh(config, tokenizer, seed)


def _size(model: ModelSpec) -> str:
    return model.name.split("-")[1]
