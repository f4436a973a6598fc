"""Low-rank adaptation (Hu et al. 2021, https://arxiv.org/abs/2106.09685), by the layers of the peft library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xbench.errors import CellError
from xbench.specs import Json, ModelSpec, Option

if TYPE_CHECKING:
    from xbench_torch.contract import Applied, Backbone

TARGETS = {"qkv": ("qkv",), "attention": ("qkv", "attn_out"), "all": ("qkv", "attn_out", "ffn_in", "ffn_out")}


@dataclass(frozen=True, slots=True)
class Lora:
    """W x + (alpha / r) B A x with A and B trained; B is zero at first, so that training begins at the model itself."""

    name: str = "lora"
    result_version: int = 1

    @property
    def options(self) -> Sequence[Option]:
        return (
            Option("r", "int", 8, doc="rank of A and B", synonyms=("lora_r", "lora_rank", "rank", "r")),
            Option("alpha", "int", 16, doc="scale of the update, divided by r", synonyms=("lora_alpha", "alpha")),
            Option("dropout", "float", 0.0, 0.0, "rate on the input of A", synonyms=("lora_dropout",)),
            Option(
                "targets",
                "str",
                "qkv",
                doc="linear maps that are adapted",
                choices=tuple(TARGETS),
                synonyms=("target_modules", "lora_target_modules"),
            ),
        )

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Within Hu et al. (2021, tables 9 to 11): 2e-4 to 5e-4 for RoBERTa and GPT-2."""
        return {"lr": 3e-4}

    def refuse(self, model: ModelSpec, route: str, options: Json) -> str | None:
        if options.get("r", 8) < 1:
            return f"lora.r={options['r']}: a rank is at least 1"
        if not 0 <= options.get("dropout", 0.0) < 1:
            return f"lora.dropout={options['dropout']}: a rate is at least 0 and below 1"
        return None

    def apply(self, backbone: Backbone, options: Json, total_steps: int, seed: int) -> Applied:
        """Puts adapters around the target maps. Raises CellError where the model has none that peft can adapt."""
        from xbench_peft.injection import inject_lora

        values = {option.name: options.get(option.name, option.default) for option in self.options}
        names = [name for role in TARGETS[values["targets"]] for name in backbone.sites[role]]
        if not names:
            roles = ", ".join(TARGETS[values["targets"]])
            raise CellError("refused", "fit", f"lora finds nothing to adapt: the model shows no {roles}")
        return inject_lora(backbone, names, values, seed)
