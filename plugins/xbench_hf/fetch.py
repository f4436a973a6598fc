"""Brings a checkpoint from the hub into its cache, once and whole."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from xbench.abilities import FETCHING
from xbench.errors import MissingModel, UserError
from xbench.hubfiles import bring
from xbench.specs import ModelSpec
from xbench_hf.hub import MOVE, address, ask, at_disk, bars, consent, first_line, trouble, watched

# What from_pretrained never reads here: folders, other formats of the weights, other precisions, code, pictures, texts.
IGNORED = [
    "*/*",
    *(
        "*.bin",
        "*.pt",
        "*.pth",
        "*.pkl",
        "*.ckpt*",
        "*.h5",
        "*.msgpack",
        "*.ot",
        "*.onnx",
        "*.gguf",
        "*.tflite",
        "*.mlmodel",
    ),
    *("consolidated*.safetensors", "*.fp16.safetensors", "*.bf16.safetensors"),
    *("*.py", "*.md", ".git*", "*.png", "*.jpg", "*.gif", "*.svg", "*.pdf", "*.mp4", "*.zip", "*.tar.gz"),
]
VOCABULARIES = ("tokenizer.json", "*.model", "vocab*", "*.tiktoken", "*.vocab", "*.codes")
TRIES = 3
PAUSE_SECONDS = 1.0
FULL = (errno.ENOSPC, errno.EDQUOT)


def is_folder(spec: ModelSpec) -> bool:
    return (Path(spec.source) / "config.json").is_file()


def fetch(spec: ModelSpec) -> str:
    """Config, tokenizer and weights of a hub id at its commit, into the cache of `huggingface_hub`; a line on them.

    What is there whole is not asked for again: then nothing goes over the network. A connection that is cut goes on
    from where it was. Raises UserError where it cannot be done.
    """
    if is_folder(spec):
        return f"nothing to fetch, it is the folder {spec.source}"
    listed = listing(spec.source, spec.revision)
    absent = None if listed is None else absent_of(spec.source, spec.revision, listed)
    if absent == {}:
        return _told(spec, "here already")
    with _refusals(spec):
        try:
            ask(spec.source, "config.json", spec.revision)
        except _unanswered() as error:
            if listed is None and _usable(folder_of(spec)):  # put there by transformers itself
                return _told(spec, f"here already (the hub {address()} does not answer)")
            why, mend = trouble(error)
            raise MissingModel(f"{spec.name}: not all of it is in the cache, and {why}", mend) from error
        if absent is None:
            absent = absent_of(spec.source, spec.revision, _listed_now(spec))
            if not absent:
                return _told(spec, "here already")
        many = f"{len(absent)} {'file' if len(absent) == 1 else 'files'}, {size(sum(absent.values()))}"
        logging.getLogger(FETCHING).info("model %s: fetching %s from %s", spec.name, many, address())
        _download(spec, absent)
    return _told(spec, "fetched")


def size(number: float) -> str:
    """Bytes as 912 B, 1.2 MB, 3.1 GB."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"


def folder_of(spec: ModelSpec) -> Path:
    """The folder itself, or where `huggingface_hub` keeps this commit: resolving the name has put config.json there."""
    from huggingface_hub import try_to_load_from_cache

    if is_folder(spec):
        return Path(spec.source)
    config = try_to_load_from_cache(spec.source, "config.json", revision=spec.revision)
    return Path(config).parent if isinstance(config, str) else Path()


def _usable(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) and any(path for name in VOCABULARIES for path in folder.glob(name))


def listing(name: str, revision: str | None) -> Mapping[str, int] | None:
    """The files of a hub id at a commit and their bytes, as an earlier fetch learnt them; None where there was none."""
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        return {file.path: file.size for file in get_cached_repo_tree(name, revision=revision)}
    except CachedRepoTreeNotFoundError:
        return None


def absent_of(name: str, revision: str | None, listed: Mapping[str, int]) -> dict[str, int]:
    """Those of the files that are wanted and not in the cache, with their bytes. Raises UserError: no safetensors."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.utils import filter_repo_objects

    wanted = list(filter_repo_objects(listed, ignore_patterns=IGNORED))
    if not any(path.endswith(".safetensors") for path in wanted):
        others = sorted(path for path in listed if path.endswith((".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")))
        found = f"only {others[0]}, which may run code when it is read" if others else "no weights"
        raise UserError(
            f"{name}: the hub has {found}; safetensors weights are needed",
            "take a checkpoint or a revision that has model.safetensors",
        )
    kept = {path: try_to_load_from_cache(name, path, revision=revision) for path in wanted}
    return {path: listed[path] for path in wanted if not isinstance(kept[path], str)}


def _listed_now(spec: ModelSpec) -> Mapping[str, int]:
    """As the hub tells them, and noted in the cache: an offline run then knows whether a download came to its end."""
    from huggingface_hub import snapshot_download

    with bars(False):
        snapshot_download(spec.source, revision=spec.revision, allow_patterns=["config.json"])
    return listing(spec.source, spec.revision) or {}


def _download(spec: ModelSpec, absent: Iterable[str]) -> None:
    """File by file, each with a bar of its own. A connection that broke for good in a file is tried again."""
    with bars(watched()):
        for path in absent:
            for attempt in range(1, TRIES + 1):
                try:
                    bring("model", spec.source, path, spec.revision)
                    break
                except _unanswered() as error:
                    if attempt == TRIES or at_disk(error):
                        raise
                    logging.getLogger(FETCHING).info("model %s: %s; once more", spec.name, first_line(error))
                    time.sleep(PAUSE_SECONDS)


def _told(spec: ModelSpec, how: str) -> str:
    folder = folder_of(spec)
    files = [path for path in folder.iterdir() if path.is_file()]
    return f"{how}, {len(files)} files, {size(sum(path.stat().st_size for path in files))}, in {folder}"


def _unanswered() -> tuple[type[Exception], ...]:
    """What `huggingface_hub` raises where nothing answers, or not to the end."""
    from huggingface_hub.errors import HTTPError  # that of its HTTP client

    return (HTTPError, OSError)


@contextmanager
def _refusals(spec: ModelSpec) -> Iterator[None]:
    """What the hub or the disk refuses, as a line with its mend."""
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise UserError(f"{spec.name}: the hub asks for your consent", consent(spec.source)) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        hint = "a private one needs a token: hf auth login, or HF_TOKEN"
        raise UserError(f"{spec.name}: the hub has no {spec.source} at {spec.revision}", hint) from error
    except _unanswered() as error:
        if at_disk(error) in FULL:
            raise UserError(f"no space left under {constants.HF_HUB_CACHE}", MOVE) from error
        if at_disk(error):
            raise UserError(f"{spec.name}: {trouble(error)[0]}", MOVE) from error
        raise MissingModel(
            f"{spec.name}: the download broke off: {first_line(error)}", "the same command goes on from there"
        ) from error
