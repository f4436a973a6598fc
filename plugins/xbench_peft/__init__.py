"""Parameter-efficient methods: what of a model is trained besides a new head."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from xbench.protocols import Method

hookimpl = pluggy.HookimplMarker("xbench")


@hookimpl
def xbench_methods() -> Iterable[Method]:
    from xbench_peft.linear_probe import LinearProbe
    from xbench_peft.lora import Lora

    return (LinearProbe(), Lora())
