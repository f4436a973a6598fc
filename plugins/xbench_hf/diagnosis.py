"""For `xbench doctor`: the hub, whether it answers, and where checkpoints are kept."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from xbench.abilities import Diagnosis, Problem
from xbench_hf.hub import bare, misaddressed, unusable

HUB_SECONDS = 3.0
GIB = 2**30
_WITHOUT = "models and data sets that are not kept here cannot be had"


def diagnose(offline: bool) -> Diagnosis:
    """The topic "hub". No value of a token is ever told."""
    broken = unusable()
    if broken is not None:
        return Diagnosis("hub", {}, problems=(Problem(*broken, stops=True),))
    from huggingface_hub import constants, get_token

    endpoint = constants.ENDPOINT
    source = "HF_ENDPOINT" if os.environ.get("HF_ENDPOINT") else "the default"
    answer, problem = _asked(endpoint, offline or constants.HF_HUB_OFFLINE)
    if get_token() is None:
        token = "none: public repositories only"
    else:
        token = "there is one, from HF_TOKEN" if os.environ.get("HF_TOKEN") else "there is one, from hf auth login"
    home = Path(constants.HF_HUB_CACHE)
    facts: dict[str, Any] = {
        "endpoint": f"{bare(endpoint)} ({source})",
        "answers": answer,
        "token": token,
        "kept here": _kept(home),
    }
    return Diagnosis("hub", facts, {"checkpoints": home}, (problem,) if problem else ())


def _asked(endpoint: str, offline: bool) -> tuple[str, Problem | None]:
    """Whether the hub answers, in words."""
    wrong = misaddressed()
    if wrong is not None:
        return "no", Problem(*wrong, stops=True)
    if offline:
        return f"not asked: {'HF_HUB_OFFLINE is set' if os.environ.get('HF_HUB_OFFLINE') else 'offline'}", None
    from huggingface_hub import get_session
    from huggingface_hub.errors import HTTPError  # that of its HTTP client

    began = time.monotonic()
    try:
        status = get_session().head(endpoint, timeout=HUB_SECONDS).status_code
    except (HTTPError, OSError, ValueError) as error:
        why = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
        return f"no: {why}", Problem(
            f"the hub {bare(endpoint)} does not answer; {_WITHOUT}",
            "check the network; HTTPS_PROXY names a proxy, HF_ENDPOINT a mirror; --offline spares the waiting",
        )
    if status >= 500:
        return f"with an error, {status}", Problem(
            f"the hub {bare(endpoint)} answers with error {status}; {_WITHOUT}", "try later, or name a mirror"
        )
    return f"in {time.monotonic() - began:.1f} s", None


def _kept(home: Path) -> str:
    """What is in the cache, without reading it."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound, CorruptedCacheException

    try:
        found = scan_cache_dir(home)
    except (CacheNotFound, CorruptedCacheException):
        return "no checkpoint"
    models = sum(1 for repository in found.repos if repository.repo_type == "model")
    return f"{models} checkpoint{'s' * (models != 1)}, {found.size_on_disk / GIB:.1f} GiB"
