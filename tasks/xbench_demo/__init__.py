"""Small generated tasks, one per task type: what xbench runs on where there is no data at all."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from xbench.protocols import Reader
from xbench.specs import TaskSpec

hookimpl = pluggy.HookimplMarker("xbench")


@hookimpl
def xbench_tasks() -> Iterable[TaskSpec]:
    from xbench_demo.tasks import TASKS

    return TASKS


@hookimpl
def xbench_readers() -> Iterable[Reader]:
    from xbench_demo.reader import DemoReader

    return (DemoReader(),)
