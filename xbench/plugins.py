"""Loading plugins: entry points in sorted order, then what `-p` and XBENCH_PLUGINS switch on or off.

The loop is our own, for pluggy's stops at the first plugin that fails, calls the good half of a bad one, and touches
lazy attributes. Here each problem is noted beside its plugin and the rest goes on.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy

from xbench import hookspecs
from xbench.names import nearest, unknown

_SPECS: Mapping[str, tuple[str, ...]] = {
    name: tuple(inspect.signature(spec).parameters)
    for name, spec in vars(hookspecs).items()
    if name.startswith("xbench_") and inspect.isfunction(spec)
}
_MARK = f"{hookspecs.PROJECT}_impl"


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """What `xbench list plugins` says about one plugin."""

    name: str
    module: str
    distribution: str
    version: str
    hooks: tuple[str, ...]
    problems: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()  # names that other plugins declare too: no problem until somebody says one
    broken: bool = False  # it could not be imported

    @property
    def problem(self) -> str | None:
        """All that there is to say of it, on one line."""
        return "; ".join((*self.problems, *self.rivals)) or None


@dataclass(slots=True)
class Plugin:
    """A plugin and those of its hooks that can be called. `problems` and `rivals` grow as more of it is looked at."""

    name: str
    module: str
    entry: metadata.EntryPoint | None = None
    hooks: dict[str, Callable[..., Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    rivals: list[str] = field(default_factory=list)  # see PluginInfo
    broken: bool = False  # it could not be imported

    def note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def ask(self, hook: str) -> list[Any]:
        """What a declaring hook returns, as a list."""
        return self.guarded(hook, self.hooks[hook]) if hook in self.hooks else []

    def guarded(self, doing: str, function: Callable[[], Any]) -> list[Any]:
        """What the plugin's function returns, as a list; nothing, and a note, where it fails or returns no iterable."""
        with _guard(self, f"{doing} failed"):
            returned = function()
            if isinstance(returned, Iterable) and not isinstance(returned, (str, bytes)):
                return list(returned)
            self.note(f"{doing} returned {type(returned).__name__}, expected an iterable")
        return []

    def info(self) -> PluginInfo:
        dist = self.entry.dist if self.entry else None
        return PluginInfo(
            self.name,
            self.module,
            dist.name if dist else "",
            dist.version if dist else "",
            tuple(sorted(self.hooks)),
            tuple(self.problems),
            tuple(self.rivals),
            self.broken,
        )


@contextlib.contextmanager
def _guard(plugin: Plugin, doing: str) -> Iterator[None]:
    """Foreign code: whatever it raises (SystemExit, a native panic) is noted, whatever it prints goes to stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001 - a plugin may raise anything, and must not take the others down
        first = (str(problem).strip().splitlines() or [""])[0]
        plugin.note(f"{doing}: {type(problem).__name__}{': ' + first if first else ''}")


def load(switches: Sequence[str] = (), more: Sequence[metadata.EntryPoint] = ()) -> list[Plugin]:
    """All plugins that are switched on, in order.

    Args:
        switches: "module" switches a module on, "no:name" a plugin off; they come after those of XBENCH_PLUGINS.
        more: entry points of what is not installed (its modules can be imported); one that is counts once.

    Raises:
        UserError: a switch names nothing.
    """
    from_environment = [text.strip() for text in os.environ.get("XBENCH_PLUGINS", "").split(",")]
    installed = set(metadata.entry_points(group=hookspecs.PROJECT))
    entries = sorted(installed | set(more), key=lambda entry: (entry.name, entry.value))
    off, modules = _switched([*filter(None, from_environment), *switches], entries)
    plugins: list[Plugin] = []
    for entry in entries:
        if entry.name not in off and entry.module not in off:
            plugins.append(_loaded(Plugin(entry.name, entry.value, entry), plugins))
    for module in modules:
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            hint = "-p takes an importable module or an installed plugin"
            raise unknown("plugin", module, [entry.name for entry in entries], hint)
        if all(plugin.module != module for plugin in plugins):
            plugins.append(_loaded(Plugin(module, module), plugins))
    return plugins


def _switched(switches: Sequence[str], entries: Sequence[metadata.EntryPoint]) -> tuple[set[str], list[str]]:
    """What is off (names and modules), and which further modules are on; the last word on a plugin counts."""
    installed = {entry.name for entry in entries} | {entry.module for entry in entries}
    off: set[str] = set()
    modules: list[str] = []
    for switch in switches:
        name = switch.removeprefix("no:")
        if switch.startswith("no:"):
            if name not in installed and name not in modules:
                raise unknown("plugin", name, installed, "`xbench list plugins` names them all")
            off.add(name)
        else:
            off.discard(name)
            if name not in installed:
                modules.append(name)
    return off, [module for module in dict.fromkeys(modules) if module not in off]


def _loaded(plugin: Plugin, others: Sequence[Plugin]) -> Plugin:
    for other in others:
        if other.name == plugin.name:
            plugin.note(f"not loaded: the name {plugin.name} is taken by {other.module}")
        elif other.module == plugin.module:
            plugin.note(f"not loaded: {plugin.module} is loaded as {other.name}")
    if plugin.problems:
        return plugin
    plugin.broken = True
    with _guard(plugin, "cannot be imported"):
        found = plugin.entry.load() if plugin.entry else importlib.import_module(plugin.module)
        plugin.broken = False
        plugin.hooks = dict(_hooks(plugin, found))
        if not plugin.hooks and not plugin.problems:
            plugin.note("declares no hook")
    return plugin


def _hooks(plugin: Plugin, found: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The plugin's sound hooks; each unsound one is noted."""
    names = vars(found) if isinstance(found, ModuleType) else dir(found)  # a module's lazy attributes stay untouched
    for attribute in list(names):
        if attribute.startswith("__"):
            continue
        value = getattr(found, attribute)
        mark = getattr(value, _MARK, None) if inspect.isroutine(value) else None
        if mark is None and not (attribute.startswith("xbench_") and inspect.isroutine(value)):
            continue
        name = (mark or {}).get("specname") or attribute
        problem = _unsound(name, value, mark)
        if problem:
            plugin.note(problem)
        else:
            yield name, value


def _unsound(name: str, hook: Callable[..., Any], mark: Mapping[str, Any] | None) -> str | None:
    if name not in _SPECS:
        return f"unknown hook {name} (did you mean {nearest(name, _SPECS)}?)"
    if mark is None:
        return f"{name} lacks @hookimpl"
    if mark.get("wrapper") or mark.get("hookwrapper"):
        return f"{name} is a wrapper: hooks are asked one by one"
    expected = _SPECS[name]
    for parameter in inspect.signature(hook).parameters.values():
        plain = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if plain and parameter.default is parameter.empty and parameter.name not in expected:
            takes = f"it takes {', '.join(expected)}" if expected else "it takes none"
            return f"{name} has no argument {parameter.name} ({takes})"
    return None


def observers(plugins: Iterable[Plugin]) -> pluggy.HookRelay:
    """The relay of the observing hooks; each implementation bears its plugin's name."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for plugin in plugins:
        observing = {name: hook for name, hook in plugin.hooks.items() if _SPECS[name]}  # declaring hooks take nothing
        if observing:
            manager.register(SimpleNamespace(**observing), plugin.name)
    return manager.hook
