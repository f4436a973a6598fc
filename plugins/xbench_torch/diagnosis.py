"""For `xbench doctor`: which device torch would use here, at which precision, and why."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xbench.abilities import Diagnosis, Problem

GIB = 2**30
# What a driver leaves where there is a GPU, whether or not torch can use it.
_DRIVER = Path("/proc/driver/nvidia/version")


def diagnose() -> Diagnosis:
    """The topic "device"."""
    try:
        import torch
    except (ImportError, OSError) as problem:  # OSError: a shared library that is not there
        mend = "install it again: pip install --force-reinstall torch"
        return Diagnosis("device", {}, problems=(Problem(f"torch cannot be imported: {problem}", mend, stops=True),))
    from xbench_torch.device import Precision, choose_device

    problems: list[Problem] = []
    with warnings.catch_warnings(record=True) as warned:  # an old driver is told by a warning
        warnings.simplefilter("always")
        device = choose_device("auto")
        gpus = [_gpu(torch, index) for index in range(torch.cuda.device_count())] if device.type == "cuda" else []
        if device.type == "cuda":
            problems += _broken(torch)
    precision = Precision.choose("auto", device)
    problems += [Problem(f"torch warns: {_line(warning)}", "bring driver and torch in line") for warning in warned]
    if device.type == "cpu" and _DRIVER.exists():
        problems.append(Problem("a GPU's driver is here, but torch uses the CPU", _mend(torch)))
    facts: dict[str, Any] = {
        "torch": torch.__version__,
        "would use": f"{device}: {_why(torch, device.type)}",
        "precision": f"{precision.name}: {_why_precision(precision.name, device.type)}",
    }
    if gpus:
        facts["GPUs"] = gpus
    facts["threads"] = f"{torch.get_num_threads()} for a cell{_why_threads()}"
    return Diagnosis("device", facts, problems=tuple(problems))


def _why(torch: Any, device: str) -> str:
    if device == "cuda":
        return f"the first of {torch.cuda.device_count()} CUDA devices"
    if torch.version.cuda is None:
        return "this torch is built without CUDA"
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return "CUDA_VISIBLE_DEVICES hides every GPU"
    return "torch finds no CUDA device"


def _mend(torch: Any) -> str:
    if torch.version.cuda is None:
        return "install a torch with CUDA: https://pytorch.org/get-started/locally"
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return "unset CUDA_VISIBLE_DEVICES, or let it name a GPU"
    return "nvidia-smi says what the driver sees"


def _why_precision(name: str, device: str) -> str:
    if device == "cpu":
        return "CPUs gain little from bf16, and lose much where they lack its instructions"
    return "this GPU computes in it" if name == "bf16" else "this GPU does not compute in bf16"


def _why_threads() -> str:
    given = os.environ.get("OMP_NUM_THREADS")
    fewer = "one for a model below a million parameters"
    return f" (OMP_NUM_THREADS={given}), {fewer}" if given else f", fewer where --jobs shares the cores, {fewer}"


def _gpu(torch: Any, index: int) -> str:
    found = torch.cuda.get_device_properties(index)
    return f"cuda:{index} {found.name}, {found.total_memory / GIB:.0f} GiB, capability {found.major}.{found.minor}"


def _broken(torch: Any) -> Iterator[Problem]:
    """A device may be listed and yet refuse to work: taken by another program, or newer than this torch."""
    try:
        torch.ones(2, 2, device="cuda").matmul(torch.ones(2, 2, device="cuda")).sum().item()
    except RuntimeError as problem:
        text = str(problem).strip().partition("\n")[0]
        yield Problem(f"the GPU does not work: {text}", "nvidia-smi says who uses it; or run with --device cpu", True)


def _line(warning: warnings.WarningMessage) -> str:
    return " ".join(str(warning.message).split())
