"""Any Hugging Face checkpoint: BERT-, GPT-2-/Llama- and T5-/BART-like, from a folder or a hub id."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from xbench.protocols import Backend

hookimpl = pluggy.HookimplMarker("xbench")


@hookimpl
def xbench_backends() -> Iterable[Backend]:
    from xbench_hf.backend import HFBackend

    return (HFBackend(),)
