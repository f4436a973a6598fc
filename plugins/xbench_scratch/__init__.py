"""Transformers written here and trained from random weights, with their tokenizer."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from xbench.protocols import Backend

hookimpl = pluggy.HookimplMarker("xbench")


@hookimpl
def xbench_backends() -> Iterable[Backend]:
    from xbench_scratch.backend import ScratchBackend

    return (ScratchBackend(),)
