"""Where a cell ran, for its record: versions and machine, never environment variables, user names or paths."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from xbench.specs import Json

# Distributions whose version may move a number. Others that are installed say nothing about a result.
_PACKAGES = (
    "xbench-harness",
    "accelerate",
    "datasets",
    "evaluate",
    "numpy",
    "peft",
    "sacrebleu",
    "safetensors",
    "scikit-learn",
    "scipy",
    "seqeval",
    "tokenizers",
    "torch",
    "transformers",
)
_GIT_SECONDS = 5.0


def describe() -> Json:
    """python, platform, cores, gpu, packages, git: {"commit", "dirty"} of the current folder's project, or None."""
    return {**_machine(), "gpu": _gpu()}


@cache
def _machine() -> Json:
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()}-{platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "packages": _versions(),
        "git": _git(Path.cwd()),
    }


def _versions() -> Json:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _gpu() -> str | None:
    """The name of the first CUDA device, where some plugin has imported torch already."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name(0))


def _git(folder: Path) -> Json | None:
    commit = _ask_git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _ask_git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(changes)}


def _ask_git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
