"""The process that runs units: `python -m xbench.worker READ WRITE`, JSON lines on two inherited descriptors.

Whatever plugins print goes to the log of the unit at hand. The process dies with its driver.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO

from xbench import wire
from xbench.catalog import Catalog
from xbench.errors import Cancelled
from xbench.local import Order
from xbench.outcome import LOG, failure
from xbench.records import Event, Settings, Unit
from xbench.runner import run_unit

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_PROGRESS_SECONDS = 0.1  # progress events come no closer than this


class _Line:
    """Both directions of the talk with the driver; orders are read by a thread, so that a cancellation is seen."""

    def __init__(self, orders: IO[bytes], events: IO[bytes]) -> None:
        self._orders, self._events = orders, events
        self._writing = threading.Lock()
        self._told = 0.0
        self.cancelled: set[str] = set()
        self.inbox: queue.SimpleQueue[Order] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._orders:
            order = wire.loads(line, Order)
            if order.kind == "cancel":
                self.cancelled.add(order.cancel)
            else:
                self.inbox.put(order)
        _leave()

    def emit(self, event: Event) -> None:
        """Tells the driver. Raises Cancelled where it wants this unit no longer."""
        if event.kind == "progress":
            if event.unit in self.cancelled:
                raise Cancelled
            now = time.monotonic()
            if now - self._told < _PROGRESS_SECONDS:
                return
            self._told = now
        data = wire.dumps(event) + b"\n"
        with self._writing:
            try:
                self._events.write(data)
                self._events.flush()
            except BrokenPipeError:
                _leave()


def _leave() -> None:
    """The driver is gone: end this process and whatever its plugins started."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _die_with_driver() -> None:
    if sys.platform == "linux":  # even inside C code that never comes back
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _print_into(log: Path) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _serve(unit: Unit, folder: Path, catalog: Catalog, settings: Settings, line: _Line) -> None:
    line.emit(Event("started", unit.id))
    try:
        run_unit(unit, catalog, settings, folder, line.emit)
    except Cancelled:
        line.emit(Event("failed", unit.id, cause="cancelled"))
    except BaseException as error:  # noqa: BLE001  the boundary: sys.exit or a Rust panic is the unit's failure
        traceback.print_exc()
        status, told = failure(error, "fit")
        line.emit(Event("failed", unit.id, values={"status": status, "error": told}, cause=type(error).__name__))
    else:
        line.emit(Event("done", unit.id))


def main() -> None:
    """Never returns while the driver lives."""
    reading, writing = int(sys.argv[1]), int(sys.argv[2])
    _die_with_driver()
    for descriptor in (reading, writing):
        os.set_inheritable(descriptor, False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    line = _Line(os.fdopen(reading, "rb"), os.fdopen(writing, "wb"))
    settings = line.inbox.get().settings or Settings()
    catalog = Catalog.load(settings.plugins)
    while True:
        order = line.inbox.get()
        if order.unit is not None and order.folder is not None:
            _print_into(order.folder / LOG)
            _serve(order.unit, order.folder, catalog, settings, line)


if __name__ == "__main__":
    main()
