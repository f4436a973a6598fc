"""What a name on the command line means: a checkpoint's folder, or an id of the Hugging Face hub."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from xbench.abilities import FETCHING
from xbench.errors import MissingModel, UserError
from xbench.specs import ModelSpec
from xbench_hf.fetch import absent_of, listing
from xbench_hf.hub import (
    address,
    ask,
    at_disk,
    bars,
    consent,
    misaddressed,
    new_token,
    refuses_token,
    trouble,
    unusable,
)

HUB_ID = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
DIGESTED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.tiktoken")  # config, tokenizer and weights


def resolve(text: str, offline: bool) -> ModelSpec | None:
    """A folder that holds a config.json, or a hub id (with "@revision" if another than main is meant).

    None where it can be neither. Raises MissingModel for what may be a hub id, where the hub has none such, or is not
    asked or does not answer and the cache has nothing; UserError for a folder or repository that cannot be loaded.
    """
    folder = Path(text)
    if (folder / "config.json").is_file():
        _check_weights(folder)
        revision = f"sha256:{_digest(folder)}"
        family, shape = _family_and_shape(str(folder), folder / "config.json")
        torn = next((file for file in sorted(folder.glob("*.safetensors")) if not whole(file)), None)
        if torn is not None:
            raise UserError(f"{torn}: no whole safetensors file", "an interrupted copy or download? fetch it again")
        name = "/".join(folder.resolve().parts[-2:])
        return ModelSpec("hf", name, revision, shape, family, source=str(folder.resolve()))
    name, _, revision = text.partition("@")
    if not HUB_ID.fullmatch(name) or ".." in name or "--" in name:
        return None
    config = _hub_config(name, revision or None, offline)
    commit = config.parent.name  # <cache>/models--<owner>--<name>/snapshots/<commit>/config.json
    family, shape = _family_and_shape(name, config)
    return ModelSpec("hf", text, commit, shape, family, seen_tasks=seen_tasks(name), source=name)


def seen_tasks(name: str) -> tuple[str, ...]:
    """Tasks that a hub id is known to have been trained on; the table is seen.toml."""
    owner, _, last = name.rpartition("/")
    table = tomllib.loads(files("xbench_hf").joinpath("seen.toml").read_text(encoding="utf-8"))
    for entry in table["checkpoints"]:
        if last in entry["ids"] and owner in ("", *entry["owners"]):
            return tuple(entry["tasks"])
    return ()


def config_values(spec: ModelSpec) -> Mapping[str, Any]:
    """What its config.json says, as it lies in the folder or in the hub cache; empty where it does not."""
    path = Path(spec.source) / "config.json"
    if not path.is_file():
        cached = _cached_config(spec.source, spec.revision)
        if cached is None:
            return {}
        path = cached
    values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def _check_weights(folder: Path) -> None:
    if any(folder.glob("*.safetensors")):
        return
    pickles = sorted(path.name for pattern in PICKLES for path in folder.glob(pattern))
    found = f"only {pickles[0]}, which may run code when it is read" if pickles else "no weights"
    raise UserError(
        f"{folder}: {found}; safetensors weights are needed",
        "save the model with save_pretrained, which writes model.safetensors",
    )


def whole(file: Path) -> bool:
    """Does a safetensors file hold as many bytes as its header says? (8 bytes of its length, JSON, the tensors.)"""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > file.stat().st_size - 8:
            return False
        try:
            tensors = json.loads(opened.read(length))
            ends = [entry["data_offsets"][1] for name, entry in tensors.items() if name != "__metadata__"]
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return False
    return file.stat().st_size == 8 + length + max(ends, default=0)


def _family_and_shape(name: str, path: Path) -> tuple[str, str]:
    """By what transformers says of model_type; a family that fills masks is an encoder unless it is set to decode."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        family = values["model_type"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{path}: it says no model_type", "save_pretrained writes a whole config.json; copy it again"
        ) from error

    from transformers.models.auto import configuration_auto, modeling_auto, tokenization_auto

    if family not in configuration_auto.CONFIG_MAPPING:
        raise UserError(f"{name}: model_type {family!r} is unknown to this version of transformers", "try a newer one")
    causal = family in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    fills_masks = family in modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if not (causal or fills_masks or family in tokenization_auto.TOKENIZER_MAPPING_NAMES):
        raise UserError(f"{name}: model_type {family!r} is no text model", "xbench_hf takes text models")
    config = configuration_auto.CONFIG_MAPPING[family].from_dict(values)
    if config.is_encoder_decoder:
        return family, "encoder-decoder"
    decodes = bool(getattr(config, "is_decoder", False))
    return family, "decoder" if causal and (decodes or not fills_masks) else "encoder"


def _hub_config(name: str, revision: str | None, offline: bool) -> Path:
    """The repository's config.json: the hub's, where it answers, else the cache's."""
    broken = unusable()
    if broken is not None:
        raise UserError(f"{name}: {broken[0]}", broken[1])
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import (  # HTTPError is that of its HTTP client
        GatedRepoError,
        HTTPError,
        RemoteEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    why, silent, mend, disk = "", "", f"`xbench fetch -m {name}` brings it", None
    if constants.HF_HUB_OFFLINE and not offline:
        silent, mend = ", and HF_HUB_OFFLINE is set", "unset it"
    if not (offline or constants.HF_HUB_OFFLINE):
        wrong = misaddressed()
        if wrong is not None:
            raise UserError(f"{name}: {wrong[0]}", wrong[1])
        try:  # one short question first: a download would try for half a minute to reach a hub that is not there
            ask(name, "config.json", revision)
            with bars(False):
                return Path(hf_hub_download(name, "config.json", revision=revision))
        except GatedRepoError as error:
            raise UserError(f"{name}: the hub asks for your consent", consent(name)) from error
        except RemoteEntryNotFoundError as error:
            raise UserError(
                f"{name}: the repository has no config.json", "take one that transformers can load"
            ) from error
        except RevisionNotFoundError as error:
            raise UserError(
                f"{name}: the hub has no revision {revision!r} of it", "name a branch, tag or commit"
            ) from error
        except RepositoryNotFoundError as error:
            raise MissingModel(
                f"it is no folder, and no id that the hub {address()} shows",
                "a private one needs a token: hf auth login",
            ) from error
        except UnicodeEncodeError as error:  # of a header
            lacks = "the token of the hub holds characters that no token has"
            raise UserError(f"{name}: {lacks}", "set HF_TOKEN anew, or hf auth login") from error
        except (HTTPError, OSError) as error:
            if refuses_token(error):
                raise UserError(f"{name}: the hub {address()} does not accept the token", new_token()) from error
            why, mend = trouble(error)
            silent, disk = f", and {why}", at_disk(error)
    cached = _cached_config(name, revision)
    if cached is None and disk:
        raise UserError(f"{name}: {why}", mend)
    if cached is None:
        raise MissingModel(f"it is no folder or hub id in the cache {constants.HF_HUB_CACHE}{silent}", mend)
    listed = listing(name, cached.parent.name)
    absent = absent_of(name, cached.parent.name, listed) if listed is not None else {}
    if absent:  # transformers would make do with what is there, and with a tokenizer that knows no word
        few = ", ".join(list(absent)[:3])
        raise UserError(
            f"{name}: not all of it is in the cache ({few} missing){silent}", f"`xbench fetch -m {name}` brings it"
        )
    if why:
        logging.getLogger(FETCHING).info("model %s: %s; its copy here is used", name, why)
    return cached


def _cached_config(name: str, revision: str | None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(name, "config.json", revision=revision)
    return Path(cached) if isinstance(cached, str) else None


def _digest(folder: Path) -> str:
    """Of the names and contents of config, tokenizer and weights: twelve bytes in hexadecimal digits."""
    paths = sorted({path for pattern in DIGESTED for path in folder.glob(pattern) if path.is_file()})
    sums = []
    for path in paths:
        stat = path.stat()
        sums.append(f"{path.name} {_content(path, stat.st_size, stat.st_mtime_ns)}\n")
    return hashlib.sha256("".join(sums).encode()).hexdigest()[:24]


@lru_cache(maxsize=1024)
def _content(path: Path, size: int, changed: int) -> str:
    """SHA-256 of a file; size and time of change are in the cache's key."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
