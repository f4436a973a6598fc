"""Brings a checkpoint from the hub into its cache, once and whole."""

from __future__ import annotations

import errno
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from xbench.abilities import FETCHING
from xbench.errors import MissingModel, UserError
from xbench.specs import ModelSpec
from xbench_hf.hub import address, ask, consent, first_line

# What from_pretrained never reads here: folders, other formats of the weights, other precisions, pictures.
IGNORED = [
    "*/*",
    *("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.gguf", "*.tflite", "*.mlmodel"),
    *("consolidated*.safetensors", "*.fp16.safetensors", "*.bf16.safetensors"),
    *("*.png", "*.jpg", "*.gif", "*.svg", "*.pdf", "*.mp4", "*.zip", "*.tar.gz"),
]
TRIES = 3
PAUSE_SECONDS = 1.0


def is_folder(spec: ModelSpec) -> bool:
    return (Path(spec.source) / "config.json").is_file()


def fetch(spec: ModelSpec) -> str:
    """Config, tokenizer and weights of a hub id at its commit, into the cache of `huggingface_hub`; a line on them.

    What is there whole is not asked for again: then nothing goes over the network. A connection that is cut goes on
    from where it was. Raises UserError where it cannot be done.
    """
    if is_folder(spec):
        return f"nothing to fetch, it is the folder {spec.source}"
    listed = _listed_before(spec)
    absent = None if listed is None else _absent(spec, listed)
    if absent == {}:
        return _told(spec, "here already")
    with _refusals(spec):
        try:
            ask(spec.source, "config.json", spec.revision)
        except _unanswered() as error:
            if listed is None and _usable(_folder(spec)):  # put there by transformers itself
                return _told(spec, f"here already (the hub {address()} does not answer)")
            raise MissingModel(
                f"{spec.name}: not all of it is in the cache, and the hub {address()} does not answer "
                f"({first_line(error)})",
                "check the network, or name a mirror by HF_ENDPOINT",
            ) from error
        if absent is None:
            absent = _absent(spec, _listed_now(spec))
        if not absent:
            return _told(spec, "here already")
        many = f"{len(absent)} {'file' if len(absent) == 1 else 'files'}, {size(sum(absent.values()))}"
        logging.getLogger(FETCHING).info("model %s: fetching %s from %s", spec.name, many, address())
        _download(spec)
    return _told(spec, "fetched")


def size(number: float) -> str:
    """Bytes as 912 B, 1.2 MB, 3.1 GB."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"


def _folder(spec: ModelSpec) -> Path:
    """Where `huggingface_hub` keeps the files of this commit; resolving the name has put config.json there."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(spec.source, "config.json", revision=spec.revision)
    return Path(config).parent if isinstance(config, str) else Path()


def _usable(folder: Path) -> bool:
    return any(folder.glob("*.safetensors")) and any(folder.glob("*token*"))


def _listed_before(spec: ModelSpec) -> Mapping[str, int] | None:
    """The files of this commit and their bytes, as an earlier download learnt them; None where there was none."""
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        return {file.path: file.size for file in get_cached_repo_tree(spec.source, revision=spec.revision)}
    except CachedRepoTreeNotFoundError:
        return None


def _listed_now(spec: ModelSpec) -> Mapping[str, int]:
    """As the hub tells them."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    tree = HfApi().list_repo_tree(spec.source, revision=spec.revision)
    return {file.path: file.size for file in tree if isinstance(file, RepoFile)}


def _absent(spec: ModelSpec, listed: Mapping[str, int]) -> dict[str, int]:
    """Those of the files that are wanted and not in the cache, with their bytes. Raises UserError: no safetensors."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.utils import filter_repo_objects

    wanted = list(filter_repo_objects(listed, ignore_patterns=IGNORED))
    if not any(path.endswith(".safetensors") for path in wanted):
        others = sorted(path for path in listed if path.endswith((".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")))
        found = f"only {others[0]}, which may run code when it is read" if others else "no weights"
        raise UserError(
            f"{spec.name}: the hub has {found}; safetensors weights are needed",
            "take a checkpoint or a revision that has model.safetensors",
        )
    kept = {path: try_to_load_from_cache(spec.source, path, revision=spec.revision) for path in wanted}
    return {path: listed[path] for path in wanted if not isinstance(kept[path], str)}


def _download(spec: ModelSpec) -> None:
    """All that is wanted and absent. A connection that broke in a way the library gives up on is tried again."""
    from huggingface_hub import snapshot_download

    with _bars():
        for attempt in range(1, TRIES + 1):
            try:
                snapshot_download(spec.source, revision=spec.revision, ignore_patterns=IGNORED)
                return
            except _unanswered() as error:
                if attempt == TRIES or getattr(error, "errno", None):  # no space, no permission: the disk's fault
                    raise
                logging.getLogger(FETCHING).info("model %s: %s; once more", spec.name, first_line(error))
                time.sleep(PAUSE_SECONDS)


def _told(spec: ModelSpec, how: str) -> str:
    folder = _folder(spec)
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
        number = getattr(error, "errno", None)
        if number in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(f"no space left under {constants.HF_HUB_CACHE}", "HF_HOME names another folder") from error
        if number in (errno.EACCES, errno.EROFS):
            raise UserError(
                f"{constants.HF_HUB_CACHE} cannot be written: {first_line(error)}", "HF_HOME names another folder"
            ) from error
        raise MissingModel(
            f"{spec.name}: the download broke off: {first_line(error)}", "the same command goes on from there"
        ) from error


@contextmanager
def _bars() -> Iterator[None]:
    """The library's own progress bars, where somebody looks."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    watched = sys.stderr.isatty() and logging.getLogger(FETCHING).isEnabledFor(logging.INFO)
    if watched or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
