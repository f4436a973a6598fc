"""Reads a checkpoint: its weights (safetensors only, no code of its own) and its tokenizer."""

from __future__ import annotations

import inspect
from typing import Any

import torch
import transformers
from huggingface_hub import constants
from transformers import AutoConfig, AutoTokenizer

from xbench.errors import CellError, UserError
from xbench.specs import ModelSpec
from xbench_hf.fetch import VOCABULARIES, fetch, folder_of, is_folder
from xbench_hf.hub import first_line

CLASSES = {  # (shape, route) -> what loads it; a head needs no language-model head below it
    ("encoder-decoder", "text"): "AutoModelForSeq2SeqLM",
    ("decoder", "text"): "AutoModelForCausalLM",
}


def _refused(spec: ModelSpec, message: str, hint: str, error: Exception | None = None) -> CellError:
    kind = type(error).__name__ if error else "CellError"
    return CellError("refused", "load", f"{spec.name}: {message}", hint, kind)


def load_model(spec: ModelSpec, route: str, offline: bool) -> Any:
    """A transformers model in fp32, whatever precision its file has (autocast lowers it where that is asked for).

    Raises CellError where the checkpoint is not at hand, holds no safetensors, needs code of its own or lacks weights.
    """
    log: Any = transformers.utils.logging
    log.set_verbosity_error()  # its warnings are turned into errors here, or mean nothing
    log.disable_progress_bar()
    where = _where(spec, offline)
    name = CLASSES.get((spec.shape, route), "AutoModel")
    loader: Any = getattr(transformers, name)
    try:
        config = AutoConfig.from_pretrained(spec.source, trust_remote_code=False, **where)
        model, report = loader.from_pretrained(
            spec.source,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            adapter_kwargs={"local_files_only": True},  # or the hub is asked for one, offline too
            **_without_pooler(loader, config),
            **where,
        )
    except (OSError, ValueError) as error:
        hint = (
            "only safetensors weights that need no code of their own are loaded; offline, they must be in the hub cache"
        )
        raise _refused(spec, first_line(error), hint, error) from error
    missing = sorted(report["missing_keys"])
    if spec.shape == "encoder-decoder" and route == "head":  # the decoder is not used
        kept = set(model.get_encoder().parameters())
        names = {name for name, parameter in model.named_parameters(remove_duplicate=False) if parameter in kept}
        missing = [name for name in missing if name in names]
    if missing:
        lacks = f"the checkpoint lacks weights that {name} needs: {', '.join(missing[:3])}"
        raise _refused(spec, lacks, "take a checkpoint that was trained for this, or another --route")
    return model


def load_tokenizer(spec: ModelSpec, offline: bool) -> Any:
    """A fast tokenizer: tagging needs its offsets. Raises CellError where there is none."""
    where = _where(spec, offline)
    try:
        tokenizer = AutoTokenizer.from_pretrained(spec.source, trust_remote_code=False, **where)
    except (OSError, ValueError) as error:
        raise _refused(spec, first_line(error), "a checkpoint needs its tokenizer beside it", error) from error
    if not tokenizer.is_fast:
        hint = "a tokenizer.json is needed; save_pretrained of a fast tokenizer writes one"
        raise _refused(spec, f"{type(tokenizer).__name__} has no fast version", hint)
    names = {*VOCABULARIES, *type(tokenizer).vocab_files_names.values()}
    if not any(path for name in names for path in folder_of(spec).glob(name)):  # then it is made up, and knows no word
        raise _refused(spec, "there is no tokenizer beside the weights", "save_pretrained of its tokenizer writes one")
    return tokenizer


def _where(spec: ModelSpec, offline: bool) -> dict[str, Any]:
    """A folder has no revisions; a hub id is loaded at the commit that was resolved, from the cache.

    What of it is not there is fetched first: transformers would ask the hub for a dozen files by name, again and again.
    """
    if is_folder(spec):
        return {"revision": None, "local_files_only": True}
    if not (offline or constants.HF_HUB_OFFLINE):
        try:
            fetch(spec)
        except UserError as error:
            raise _refused(spec, error.message, error.hint, error) from error
    return {"revision": spec.revision, "local_files_only": True}


def _without_pooler(loader: Any, config: Any) -> dict[str, bool]:
    """BERT-like models build a pooler that no head reads; most checkpoints lack its weights."""
    model_class = loader._model_mapping.get(type(config), None)  # public only through from_pretrained
    if isinstance(model_class, type) and "add_pooling_layer" in inspect.signature(model_class).parameters:
        return {"add_pooling_layer": False}
    return {}
