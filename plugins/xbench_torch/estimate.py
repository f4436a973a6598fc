"""Roughly what a cell will cost, from its specs alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from xbench.specs import Cell, Json
from xbench_torch.order import visits
from xbench_torch.settings import TrainingSettings

# Operations a second that training short texts reaches: far under the peak.
GPU_OPERATIONS = 4e13
CPU_CORE_OPERATIONS = 2e10
STEP_SECONDS = 0.02  # what a step costs however small the model
START_SECONDS = 5.0  # imports, weights
BYTES = 16  # a trained parameter: itself, its gradient, AdamW's two moments, in fp32
BASE_MIB = 700  # the process before any model
MEAN_TOKENS = 48


def estimate(cell: Cell, counts: Json, device: str, parameters: int) -> Json:
    """{"seconds", "memory_mib"}. counts: train, validation, test, mean_tokens (of a source; a target counts as one)."""
    settings = TrainingSettings.of(cell.recipe_values)
    seen = 0
    if cell.method != "none":
        seen = visits(
            counts.get("train", 0),
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            max_steps=settings.max_steps,
            max_examples_seen=settings.max_examples_seen,
        )
    tokens = min(counts.get("mean_tokens") or MEAN_TOKENS, settings.max_length) * (2 if cell.route == "text" else 1)
    read = counts.get("test", 0) + counts.get("validation", 0) + min(seen, 3 * counts.get("validation", 0))
    forward = 2 * parameters * tokens
    training = (3 if cell.method == "full" else 2.2) * forward * seen
    beams = settings.num_beams if cell.route == "text" else 1
    rate = CPU_CORE_OPERATIONS * (os.cpu_count() or 1) if on_cpu(device) else GPU_OPERATIONS
    seconds = START_SECONDS + (training + forward * read * beams) / rate + STEP_SECONDS * seen / settings.batch_size
    trained = parameters if cell.method == "full" else parameters // 50
    memory = BASE_MIB + (4 * parameters + BYTES * trained) / 2**20 + settings.batch_size * tokens * 0.05
    return {"seconds": round(seconds, 1), "memory_mib": round(memory)}


def on_cpu(device: str) -> bool:
    """Without asking torch, whose import would cost more than this answer is worth."""
    return device == "cpu" or (device == "auto" and not Path("/dev/nvidia0").exists())


def host_memory_mib() -> float:
    """All that this machine has, or as much of it as the container may use."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # not there, or "max"
            limits.append(int(Path(path).read_text(encoding="ascii")))
    return min(limits) / 2**20
