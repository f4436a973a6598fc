"""Fine-tunes Hugging Face checkpoints; declares none by name, resolves them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.abilities import Diagnosis
from xbench.protocols import Context
from xbench.specs import Json, ModelSpec, TaskSpec
from xbench_hf.resolve import config_values, resolve
from xbench_torch.backend import TorchBackend

if TYPE_CHECKING:
    from xbench_torch.contract import Backbone

# Learning rates of AdamW. Encoders: the largest that Devlin et al. (2019, A.3) tried, and transformers' own default.
# Decoders: Radford et al. (2018, 4.1). BART and its like: the authors' summarisation runs (fairseq examples/bart).
# T5 and its like: "1e-4 and 3e-4 work well for most problems" (transformers' T5 page); Raffel et al. used Adafactor.
LEARNING_RATES = {"encoder": 5e-5, "decoder": 6.25e-5, "encoder-decoder": 3e-5}
T5_LIKE = ("t5", "mt5", "umt5", "longt5", "switch_transformers")
T5_LEARNING_RATE = 3e-4
WARMUP_RATIO = 0.06  # Liu et al. (2019, table 10)


class HFBackend(TorchBackend):
    """See `resolve` for what a name may be."""

    name = "hf"
    result_version = 1

    def models(self) -> Iterable[ModelSpec]:
        return ()

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return resolve(text, offline)

    def fetch(self, model: ModelSpec, root: Path | None) -> str:
        from xbench_hf.fetch import fetch

        return fetch(model)

    def diagnose(self, offline: bool) -> Iterable[Diagnosis]:
        from xbench_hf.diagnosis import diagnose

        return (*super().diagnose(offline), diagnose(offline))

    def recipe_defaults(self, model: ModelSpec) -> Mapping[str, Any]:
        rate = T5_LEARNING_RATE if model.family in T5_LIKE else LEARNING_RATES[model.shape]
        return {"lr": rate, "schedule": "linear", "warmup_ratio": WARMUP_RATIO, "epochs": 3, "batch_size": 32}

    def parameter_count(self, model: ModelSpec) -> int:
        """From the sizes in its config: embeddings, and the matrices of each layer."""
        values = config_values(model)

        def size(*names: str, default: int) -> int:
            return next((int(values[name]) for name in names if isinstance(values.get(name), int)), default)

        width = size("hidden_size", "d_model", "n_embd", default=768)
        layers = size("num_hidden_layers", "num_layers", "encoder_layers", "n_layer", default=12)
        inner = size("intermediate_size", "d_ff", "encoder_ffn_dim", "n_inner", default=4 * width)
        vocabulary = size("vocab_size", default=30_000)
        each = 4 * width**2 + 2 * width * inner
        decoder = 0
        if model.shape == "encoder-decoder":
            decoder = size("decoder_layers", "num_decoder_layers", default=layers) * (each + 4 * width**2)
        return vocabulary * width + layers * each + decoder

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
        from xbench_hf.backbone import HFBackbone
        from xbench_hf.checkpoint import load_model, load_tokenizer

        tokenizer = load_tokenizer(spec, context.offline)  # first: it is quick, and may refuse
        commit = None if Path(spec.source).is_absolute() else spec.revision  # a folder has none
        return HFBackbone(load_model(spec, route, context.offline), tokenizer, spec.shape, (spec.source, commit))
