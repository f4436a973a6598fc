"""Plugins that watch a run: each on a thread of its own, so that a slow, hanging or raising one never slows the run."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from typing import Any

import pluggy

_LOGGER = logging.getLogger(__name__)
_HOOKS = (
    "xbench_run_started",
    "xbench_cell_started",
    "xbench_cell_progress",
    "xbench_cell_finished",
    "xbench_run_finished",
)
_DROPPABLE = "xbench_cell_progress"
_PENDING = 100  # progress events that wait for one plugin, at most


class Observers:
    """Tells every observing plugin what happens.

    Args:
        relay: the observing hooks; each implementation bears its plugin's name.
    """

    def __init__(self, relay: pluggy.HookRelay) -> None:
        hooks: dict[str, dict[str, pluggy.HookImpl]] = defaultdict(dict)
        for name in _HOOKS:
            for implementation in getattr(relay, name).get_hookimpls():
                hooks[implementation.plugin_name][name] = implementation
        self._threads = [_Observer(plugin, found) for plugin, found in hooks.items()]

    def tell(self, hook: str, **values: Any) -> None:
        """Returns at once. Progress is dropped where a plugin lags behind; nothing else ever is."""
        for observer in self._threads:
            observer.put(hook, values)

    def close(self, seconds: float = 5.0) -> None:
        """Lets each plugin finish what it was told; after `seconds` the rest is left behind, and said so."""
        deadline = time.monotonic() + seconds
        for observer in self._threads:
            observer.end(deadline)


class _Observer:
    def __init__(self, plugin: str, hooks: dict[str, pluggy.HookImpl]) -> None:
        self._plugin, self._hooks = plugin, hooks
        self._told: deque[tuple[str, dict[str, Any]]] = deque()
        self._wake = threading.Condition()
        self._ending = False
        self._complained: set[str] = set()
        self._thread = threading.Thread(target=self._work, name=f"xbench-observer-{plugin}", daemon=True)
        self._thread.start()

    def put(self, hook: str, values: dict[str, Any]) -> None:
        if hook not in self._hooks:
            return
        with self._wake:
            if hook == _DROPPABLE and len(self._told) >= _PENDING:
                return
            self._told.append((hook, values))
            self._wake.notify()

    def end(self, deadline: float) -> None:
        with self._wake:
            self._ending = True
            self._wake.notify()
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            _LOGGER.warning("plugin %s: still busy, %d events untold", self._plugin, len(self._told))

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._told and not self._ending:
                    self._wake.wait()
                if not self._told:
                    return
                hook, values = self._told.popleft()
            implementation = self._hooks[hook]
            try:
                implementation.function(*[values[name] for name in implementation.argnames])
            except BaseException as error:  # noqa: BLE001  a watcher may raise anything (SystemExit too) and harm nothing
                self._complain(hook, error)

    def _complain(self, hook: str, error: BaseException) -> None:
        """Once a hook: a plugin that raises on each step must not fill the log."""
        if hook not in self._complained:
            self._complained.add(hook)
            _LOGGER.warning("plugin %s: %s raised %s: %s", self._plugin, hook, type(error).__name__, error)
