"""Brings one file of a model or data set of the hub into its cache. The hub's client is imported at the call."""

from __future__ import annotations

import logging
import re
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal

from xbench.abilities import FETCHING
from xbench.partfiles import complete

SHA256 = re.compile(r"[0-9a-f]{64}")


def bring(kind: Literal["model", "dataset"], name: str, path: str, revision: str | None) -> None:
    """A file at a commit; a large one goes on from where it was left, whatever ended that, and its SHA-256 is checked.

    `huggingface_hub` itself begins a file anew after every interruption, for file systems whose locks fail (its issue
    4196). Where the blobs of its cache lie is documented (https://huggingface.co/docs/hub/local-cache): it finds them.

    Raises what the library raises, and OSError.
    """
    from filelock import Timeout
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import WeakFileLock, build_hf_headers

    log = logging.getLogger(FETCHING)
    url = hf_hub_url(name, path, repo_type=kind, revision=revision)
    told = get_hf_file_metadata(url, retry_on_errors=True)
    digest, size = told.etag or "", told.size or 0

    def rest(file: BinaryIO, done: int) -> None:
        if done:
            log.info("%s: going on at %d %%", path, 100 * done // size)
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}  # what is compressed has other ranges
        http_get(url, file, resume_size=done, headers=headers, expected_size=size, displayed_filename=path)

    if SHA256.fullmatch(digest) and 0 < size <= constants.MAX_HTTP_DOWNLOAD_SIZE:
        cache, folder = Path(constants.HF_HUB_CACHE), f"{kind}s--{name.replace('/', '--')}"
        lock = cache / ".locks" / folder / f"{digest}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(WeakFileLock(lock, timeout=1))
            except Timeout:
                log.info("%s: another process is fetching it; waiting", path)
                stack.enter_context(WeakFileLock(lock))
            complete(cache / folder / "blobs" / digest, size, digest, rest)
    hf_hub_download(name, path, repo_type=kind, revision=revision)
