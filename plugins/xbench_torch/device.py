"""Device and arithmetic: what the machine has and does well."""

from __future__ import annotations

import contextlib
import resource
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch

from xbench.errors import CellError

MIB = 2**20
SMALL = 1_000_000  # parameters
_THREADS = torch.get_num_threads()
KINDS = {"cuda": "CUDA device", "mps": "Apple GPU (mps)", "xpu": "Intel GPU (xpu)"}


def choose_device(requested: str) -> torch.device:
    """ "auto" is the first GPU, else the CPU. Raises CellError where what is asked for is not there: "crashed", for
    it says nothing of the cell, which the next command runs again."""
    if requested == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    why = lacking(requested)
    if why is not None:
        raise CellError("crashed", "load", f"device {requested}: {why}", "use --device auto")
    return torch.device(requested)


def lacking(requested: str) -> str | None:
    """Why a device that is asked for by name cannot be used here, or None."""
    device = torch.device(requested)
    if device.type == "cpu":
        return None
    backend = torch.backends.mps if device.type == "mps" else getattr(torch, device.type)
    if not backend.is_available():
        return f"no {KINDS[device.type]} here"
    count = 1 if device.type == "mps" else backend.device_count()
    return f"the last {KINDS[device.type]} here is {device.type}:{count - 1}" if (device.index or 0) >= count else None


def total_memory_mib(requested: str) -> float | None:
    """Of a GPU, all that it has; None where torch does not say."""
    device = choose_device(requested)
    return torch.cuda.get_device_properties(device).total_memory / MIB if device.type == "cuda" else None


def share_threads(parameters: int) -> None:
    """One thread of the CPU for a small model, else as many as this process was given.

    Its products are too short to be shared: on two idle cores a second thread gained nothing, and on cores that others
    used too the threads, which wait for each other awake, made training 7 to 20 times slower.
    """
    torch.set_num_threads(1 if parameters < SMALL else _THREADS)


@dataclass(frozen=True)
class Precision:
    """Parameters stay in fp32; matrix products run in `dtype` where it is not fp32."""

    name: str
    device: torch.device

    @classmethod
    def choose(cls, requested: str, device: torch.device) -> Precision:
        """ "auto": bf16 on GPUs that compute in it, else fp32. Raises CellError for fp16 off the GPU.

        CPUs get fp32: with AVX512-BF16 a step of a 6-layer encoder gained a fifth at most, and without it bf16 is slow.
        """
        if requested == "auto":
            fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
            return cls("bf16" if fast else "fp32", device)
        if requested == "fp16" and device.type != "cuda":
            raise CellError("refused", "load", "precision fp16 needs a GPU", "use --set precision=auto")
        return cls(requested, device)

    def autocast(self) -> AbstractContextManager[object]:
        if self.name == "fp32":
            return contextlib.nullcontext()
        dtype = torch.bfloat16 if self.name == "bf16" else torch.float16
        return torch.autocast(self.device.type, dtype=dtype)

    def scaler(self) -> torch.amp.GradScaler:
        """Keeps small gradients from vanishing in fp16; does nothing in the others (Micikevicius et al. 2018)."""
        return torch.amp.GradScaler(self.device.type, enabled=self.name == "fp16")


def reset_peak(device: torch.device) -> None:
    """Begins to measure anew. A process's own peak can be reset on Linux only, and not in every sandbox."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    else:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory_mib(device: torch.device) -> float:
    """Peak since `reset_peak`: of the GPU's allocations, or of the whole process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MIB if sys.platform == "darwin" else 1024)


def describe(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
