"""Plugins that watch a run: a slow, hanging or raising one harms neither the run nor the others."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pluggy
import pytest

from xbench import hookspecs
from xbench.observers import Observers


def relay(**plugins: Any) -> pluggy.HookRelay:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, plugin in plugins.items():
        manager.register(plugin, name)
    return manager.hook


class Collecting:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.threads: set[str] = set()

    @hookspecs.hookimpl
    def xbench_cell_progress(self, step: int) -> None:
        self.seen.append(step)
        self.threads.add(threading.current_thread().name)

    @hookspecs.hookimpl
    def xbench_cell_finished(self, record: Any) -> None:
        self.seen.append(record)


class Raising:
    @hookspecs.hookimpl
    def xbench_cell_progress(self, step: int) -> None:
        raise SystemExit(step)

    @hookspecs.hookimpl
    def xbench_cell_finished(self, record: Any) -> None:
        raise ValueError(record)


class Slow(Collecting):
    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    @hookspecs.hookimpl
    def xbench_cell_progress(self, step: int) -> None:
        self.gate.wait(10)
        self.seen.append(step)


def test_each_plugin_hears_everything_in_order_on_a_thread_of_its_own() -> None:
    one, two = Collecting(), Collecting()
    observers = Observers(relay(one=one, two=two))
    for step in range(20):
        observers.tell("xbench_cell_progress", cell=None, step=step, values={})
    observers.tell("xbench_cell_finished", record="record")
    observers.close()
    assert one.seen == two.seen == [*range(20), "record"]
    assert one.threads == {"xbench-observer-one"}


def test_one_that_raises_is_logged_once_a_hook_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    good = Collecting()
    with caplog.at_level(logging.WARNING):
        observers = Observers(relay(bad=Raising(), good=good))
        for step in range(5):
            observers.tell("xbench_cell_progress", cell=None, step=step, values={})
        observers.tell("xbench_cell_finished", record="record")
        observers.close()
    assert good.seen == [0, 1, 2, 3, 4, "record"]
    assert [record.getMessage() for record in caplog.records] == [
        "plugin bad: xbench_cell_progress raised SystemExit: 0",
        "plugin bad: xbench_cell_finished raised ValueError: record",
    ]


def test_a_slow_one_slows_nobody_and_loses_progress_but_no_record() -> None:
    slow = Slow()
    observers = Observers(relay(slow=slow))
    begun = time.monotonic()
    for step in range(5_000):
        observers.tell("xbench_cell_progress", cell=None, step=step, values={})
    for number in range(300):
        observers.tell("xbench_cell_finished", record=f"record {number}")
    assert time.monotonic() - begun < 5
    slow.gate.set()
    observers.close()
    steps = [item for item in slow.seen if isinstance(item, int)]
    assert len(steps) <= 101
    assert [item for item in slow.seen if isinstance(item, str)] == [f"record {number}" for number in range(300)]


def test_one_that_hangs_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow()
    observers = Observers(relay(slow=slow))
    observers.tell("xbench_cell_progress", cell=None, step=0, values={})
    observers.tell("xbench_cell_finished", record="untold")
    observers.close(seconds=0.2)
    assert "plugin slow: still busy, 1 events untold" in caplog.text
    slow.gate.set()
