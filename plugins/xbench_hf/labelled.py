"""A backbone and its head as one transformers model, where the library's own head is the same function."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from torch import nn

from xbench_torch.docs import Docs

if TYPE_CHECKING:
    from xbench_hf.backbone import HFBackbone

TOLERANCE = 1e-4  # relative: two orders of adding the same numbers


def save_labelled(backbone: HFBackbone, folder: Path, module: nn.Module, classes: Sequence[str], standard: str) -> str:
    """Returns the class that loads backbone and head from `folder`, or "" where the head is not in there."""
    names = {"id2label": dict(enumerate(classes)), "label2id": {name: place for place, name in enumerate(classes)}}
    joined = _joined(backbone, module, names, standard) if standard else None
    if joined is not None:
        joined.save_pretrained(folder)
        backbone.tokenizer.save_pretrained(folder)
        return f"AutoModelFor{standard}"
    backbone.save(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    written = json.dumps({**config, **names}, indent=2, ensure_ascii=False)
    path.write_text(written + "\n", encoding="utf-8")
    return ""


def _joined(backbone: HFBackbone, module: nn.Module, names: dict[str, Any], standard: str) -> Any:
    """The library's model with these weights; None where it has none, or one that computes something else."""
    config = copy.deepcopy(backbone.config)
    config.id2label, config.label2id = names["id2label"], names["label2id"]
    auto: Any = getattr(transformers, f"AutoModelFor{standard}")
    kind = auto._model_mapping.get(type(config), None)  # public only through from_config, which raises
    if kind is None:
        return None
    with torch.random.fork_rng(devices=[]):
        model = kind(config).eval()
    inner = backbone.encoder_in(model)
    within = set(inner.modules())
    heads = [one for one in model.modules() if isinstance(one, nn.Linear) and one not in within]
    ours = [one for one in module.modules() if isinstance(one, nn.Linear)]
    if len(heads) != 1 or len(ours) != 1 or heads[0].weight.shape != ours[0].weight.shape or heads[0].bias is None:
        return None
    if inner.load_state_dict(backbone.module.state_dict(), strict=False).missing_keys:
        return None
    heads[0].load_state_dict(ours[0].state_dict())
    return model if _same(backbone, module, model) else None


@torch.no_grad()
def _same(backbone: HFBackbone, module: nn.Module, model: Any) -> bool:
    """Whether both give a few tokens in a row the same logits."""
    device = next(module.parameters()).device
    model.to(device)
    backbone.module.eval()
    module.eval()
    ids = backbone.probe_ids()[0]
    docs = Docs.of([ids.tolist()]).to(device)
    ours = module(backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None))
    theirs = model(input_ids=ids[None].to(device)).logits[0]
    return bool(theirs.shape == ours.shape and (ours - theirs).abs().max() <= TOLERANCE * theirs.abs().max())
