"""For authors of plugins: checks of the contract, and a plugin of fakes that runs without any built-in.

Call `check_task`, `check_metric`, `check_method`, `check_backend` from a test; each raises AssertionError that says
what is broken. `xbench run -p xbench.testing -m ok -t fake` runs the fakes.
"""

from __future__ import annotations

from xbench.testing.checks import check_backend, check_method, check_metric, check_task
from xbench.testing.fake_backend import FakeBackend, xbench_backends
from xbench.testing.fake_task import FAKE_TASK, FakeAccuracy, FakeReader, xbench_metrics, xbench_readers, xbench_tasks

__all__ = [
    "FAKE_TASK",
    "FakeAccuracy",
    "FakeBackend",
    "FakeReader",
    "check_backend",
    "check_method",
    "check_metric",
    "check_task",
    "xbench_backends",
    "xbench_metrics",
    "xbench_readers",
    "xbench_tasks",
]
