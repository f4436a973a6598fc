"""Device and arithmetic: what the machine has and does well."""

from __future__ import annotations

import contextlib
import resource
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from xbench.errors import CellError

MIB = 2**20


def choose_device(requested: str) -> torch.device:
    """ "auto" is the first GPU, else the CPU. Raises CellError where what is asked for is not there."""
    if requested == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(requested)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise CellError("failed", "load", f"device {requested}: no CUDA device here", "use --device auto")
    return device


@dataclass(frozen=True)
class Precision:
    """Parameters stay in fp32; matrix products run in `dtype` where it is not fp32."""

    name: str
    device: torch.device

    @classmethod
    def choose(cls, requested: str, device: torch.device) -> Precision:
        """ "auto": bf16 on GPUs that compute in it, else fp32. Raises CellError for fp16 off the GPU."""
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
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory_mib(device: torch.device) -> float:
    """Peak of this device's memory since `reset_peak`; on a CPU the process's peak since it began."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MIB if sys.platform == "darwin" else 1024)


def describe(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
