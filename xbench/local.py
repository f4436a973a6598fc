"""Executor on this machine: warm worker processes over private pipes, each with a process group of its own."""

from __future__ import annotations

import fcntl
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from xbench import wire
from xbench.outcome import LOG, printed
from xbench.records import Event, Settings, Unit

NO_PROGRESS = "no progress"  # the cause of a `lost` event that no retry would mend
# After such a cell the process may be damaged (a poisoned CUDA context, memory never given back): a new one takes over.
_HARMLESS = frozenset({"ok", "diverged", "refused"})
_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Order:
    """A line from the driver to a worker: `settings` once and first, then units and cancellations."""

    kind: Literal["settings", "run", "cancel"]
    settings: Settings | None = None
    unit: Unit | None = None
    folder: Path | None = None  # where the unit leaves its files
    cancel: str = ""  # a unit's id


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    python: str
    orders: IO[bytes]
    events: int  # file descriptor
    buffer: bytes = b""
    unit: Unit | None = None
    heard: float = field(default_factory=time.monotonic)
    damaged: bool = False

    def order(self, order: Order) -> None:
        """Raises BrokenPipeError where the worker is gone."""
        self.orders.write(wire.dumps(order) + b"\n")
        self.orders.flush()


class LocalExecutor:
    """Runs up to `jobs` units at a time.

    Workers are started from the calling thread and die with it (Linux) or with the pipe to it (elsewhere).

    Args:
        settings: sent to each worker.
        jobs: workers at a time.
        python: interpreter of units that name none.
        spool: parent of the folder that workers write into, best on the results folder's file system; default: a
            temporary one. It is emptied by `close`, and what a killed executor left there by the next one.
    """

    name = "local"

    def __init__(
        self, settings: Settings, jobs: int = 1, python: str = sys.executable, spool: Path | None = None
    ) -> None:
        self._settings, self._jobs, self._python = settings, jobs, python
        self._spool = _Spool(spool if spool is not None else Path(tempfile.gettempdir()) / "xbench-spool")
        self._selector = selectors.DefaultSelector()
        self._idle: list[_Worker] = []
        self._busy: dict[str, _Worker] = {}
        self._stillborn: deque[Event] = deque()

    def free(self) -> int:
        return self._jobs - len(self._busy)

    def submit(self, unit: Unit) -> None:
        folder = self._spool.folder / unit.id
        folder.mkdir()
        while True:
            try:
                worker = self._take(unit.python or self._python)
            except OSError as error:
                self._stillborn.append(Event("lost", unit.id, cause=f"the worker did not start: {error}"))
                return
            worker.unit, worker.heard = unit, time.monotonic()
            try:
                worker.order(Order("run", unit=unit, folder=folder))
            except BrokenPipeError:  # it died while idle
                worker.unit = None
                self._end(worker)
                continue
            self._busy[unit.id] = worker
            return

    def poll(self, timeout: float) -> Iterator[Event]:
        while self._stillborn:
            timeout = 0
            yield self._stillborn.popleft()
        for key, _ in self._selector.select(timeout):
            yield from self._read(key.data)
        now = time.monotonic()
        for worker in list(self._busy.values()):
            if worker.unit is not None and now - worker.heard > worker.unit.no_progress_seconds:
                yield from self._lose(worker, NO_PROGRESS)
            elif worker.process.poll() is not None:  # a child may hold its pipe open, so that no end of file comes
                yield from self._read(worker)
                yield from self._lose(worker, "")

    def cancel(self, unit: str) -> None:
        worker = self._busy.get(unit)
        if worker is not None:
            with suppress(BrokenPipeError):
                worker.order(Order("cancel", cancel=unit))

    def close(self) -> None:
        for worker in [*self._idle, *self._busy.values()]:
            self._end(worker)
        self._idle.clear()
        self._busy.clear()
        self._selector.close()
        self._spool.close()

    def _take(self, python: str) -> _Worker:
        fit = next((worker for worker in self._idle if worker.python == python), None)
        if fit is None:
            return self._start(python)
        self._idle.remove(fit)
        return fit

    def _start(self, python: str) -> _Worker:
        environment = dict(os.environ)
        if python == sys.executable:  # what this process can import (a plugin beside a notebook), in the same order
            environment["PYTHONPATH"] = os.pathsep.join(place or str(Path.cwd()) for place in sys.path)
        if self._jobs > 1:  # workers that each use every core slow one another down
            environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // self._jobs)))
        orders_read, orders_write = os.pipe()
        events_read, events_write = os.pipe()
        command = [python, "-P", "-m", "xbench.worker", str(orders_read), str(events_write)]
        try:
            with (self._spool.folder / "workers.log").open("ab") as log:
                process = subprocess.Popen(
                    command,
                    pass_fds=(orders_read, events_write),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    start_new_session=True,
                )
        except OSError:
            os.close(orders_write)
            os.close(events_read)
            raise
        finally:
            os.close(orders_read)
            os.close(events_write)
        os.set_blocking(events_read, False)
        worker = _Worker(process, python, os.fdopen(orders_write, "wb"), events_read)
        self._selector.register(events_read, selectors.EVENT_READ, worker)
        with suppress(BrokenPipeError):  # told by the end of file on the other pipe
            worker.order(Order("settings", settings=self._settings))
        return worker

    def _read(self, worker: _Worker) -> Iterator[Event]:
        """What the worker said since; a worker that closed its pipe is lost."""
        while True:
            try:
                data = os.read(worker.events, _CHUNK)
            except (BlockingIOError, OSError):  # nothing more for now, or already ended
                return
            if not data:
                yield from self._lose(worker, "")
                return
            worker.heard = time.monotonic()
            *lines, worker.buffer = (worker.buffer + data).split(b"\n")
            for line in lines:
                event = wire.loads(line, Event)
                if event.kind == "cell" and event.values.get("status") not in _HARMLESS:
                    worker.damaged = True
                if event.kind in ("done", "failed"):
                    self._rest(worker, damaged=worker.damaged or event.kind == "failed")
                yield event

    def _rest(self, worker: _Worker, damaged: bool) -> None:
        if worker.unit is not None:
            del self._busy[worker.unit.id]
            worker.unit = None
        if damaged:
            self._end(worker)
        else:
            self._idle.append(worker)

    def _lose(self, worker: _Worker, cause: str) -> Iterator[Event]:
        unit = worker.unit
        status = self._end(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if unit is None or self._busy.pop(unit.id, None) is None:
            return
        log = self._spool.folder / unit.id / LOG
        # Where there is no log it died before it took the unit up: what it printed till then stands elsewhere.
        log.write_bytes(printed(log if log.exists() else self._spool.folder / "workers.log"))
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"exited with {status}"
        yield Event("lost", unit.id, cause=cause or f"the worker {how}", files={LOG: log})

    def _end(self, worker: _Worker) -> int:
        """Kills the worker's whole process group, children of plugins included; its exit status."""
        if worker.events >= 0:
            self._selector.unregister(worker.events)
            os.close(worker.events)
            worker.events = -1  # the number may be another file's from now on
        with suppress(BrokenPipeError):
            worker.orders.close()
        if worker.process.poll() is None:
            # A worker that closed its pipe is about to exit by itself: its own status says more than our signal.
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(0.0 if worker.unit is None else 0.1)
        with suppress(ProcessLookupError):
            os.killpg(worker.process.pid, signal.SIGKILL)
        return worker.process.wait()


class _Spool:
    """A folder of this process alone. A lock held for life tells the next process what a killed one left behind."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        for lock in parent.glob("*.lock"):
            self._sweep(lock)
        while True:
            self._lock = parent / f"{uuid.uuid4().hex[:12]}.lock"
            self._held = self._lock.open("w")
            with suppress(BlockingIOError):
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._lock.exists():
                    break
            self._held.close()  # another process swept it before it was locked
        self.folder = self._lock.with_suffix("")
        self.folder.mkdir()

    @staticmethod
    def _sweep(lock: Path) -> None:
        with suppress(OSError), lock.open("r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(lock)

    def close(self) -> None:
        _remove(self._lock)
        self._held.close()


def _remove(lock: Path) -> None:
    """The folder and then its lock; the lock stays where a dying worker still writes, for the next sweep."""
    folder = lock.with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        lock.unlink(missing_ok=True)
