"""peft's layers inside a backbone, without peft's wrappers around tasks."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from torch import nn

from xbench.errors import CellError
from xbench.specs import Json
from xbench_torch.contract import Applied, Backbone, Standard


def inject_lora(backbone: Backbone, names: Sequence[str], options: Json, seed: int) -> Applied:
    """LoRA around these modules of `backbone.module`, in place. Same names, options and seed: the same parameters."""
    module = backbone.module
    before = {name for name, _ in module.named_parameters()}
    source, revision = backbone.checkpoint if isinstance(backbone, Standard) else (None, None)
    config = LoraConfig(
        base_model_name_or_path=source,
        revision=revision,
        r=options["r"],
        lora_alpha=options["alpha"],
        lora_dropout=options["dropout"],
        target_modules="|".join(re.escape(name) for name in names),  # a text is matched as a whole
        fan_in_fan_out=not all(isinstance(module.get_submodule(name), nn.Linear) for name in names),  # GPT-2's Conv1D
    )
    with torch.random.fork_rng(devices=[]):  # the adapters' values hang on the seed alone
        torch.manual_seed(seed)
        try:
            inject_adapter_in_model(config, module)
        except ValueError as error:
            raise CellError("refused", "fit", f"lora: {error}", kind=type(error).__name__) from error
    added = [name for name, _ in module.named_parameters() if "lora_" in name and name not in before]
    return Applied(trained=added, export=partial(_export, module, config, _mapping(backbone)))


def _mapping(backbone: Backbone) -> dict[str, str] | None:
    """What loads the base for `AutoPeftModel`; None where that is no class of a library, or a part of what it loads."""
    library, name, then = backbone.loader if isinstance(backbone, Standard) else ("", "", "")
    return {"base_model_class": name, "parent_library": library} if library and not then else None


def _export(module: nn.Module, config: Any, mapping: dict[str, str] | None, folder: Path) -> None:
    """adapter_config.json and adapter_model.safetensors: what `PeftModel.from_pretrained(model, folder)` reads."""
    state = get_peft_model_state_dict(module, adapter_name="default")
    save_file(
        {f"base_model.model.{k}": v.detach().cpu().contiguous() for k, v in state.items()},
        folder / "adapter_model.safetensors",
    )
    kept = copy.copy(config)
    kept.inference_mode = True  # as peft itself saves it
    kept.save_pretrained(str(folder), auto_mapping_dict=mapping)
