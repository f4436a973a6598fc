"""What is declared, and by whom: look-up by name, with the nearest name where there is none."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias, cast

import pluggy

from xbench.cards import read_card
from xbench.claims import claimed
from xbench.errors import UserError
from xbench.names import SAFE_NAME, format_call, parse_call, refuse_several, unknown
from xbench.owndata.looking import Found, look_at, own_data
from xbench.owndata.paths import exists
from xbench.plugins import Plugin, PluginInfo, load, observers
from xbench.protocols import Backend, Method, Metric, Part, Reader, Renderer, TaskType
from xbench.recipes import Recipe, read_recipe, typed
from xbench.specs import ModelSpec, TaskSpec
from xbench.taskcheck import checked

_HOOKS = {
    "tasktype": ("xbench_tasktypes", TaskType),
    "task": ("xbench_tasks", TaskSpec),
    "reader": ("xbench_readers", Reader),
    "backend": ("xbench_backends", Backend),
    "method": ("xbench_methods", Method),
    "metric": ("xbench_metrics", Metric),
    "part": ("xbench_parts", Part),
    "recipe": ("xbench_recipes", Recipe),
    "renderer": ("xbench_renderers", Renderer),
}
_FILES: dict[str, Callable[[Path | Traversable], Any]] = {"task": read_card, "recipe": read_recipe}
_NOUNS = {"alias": "task", "tasktype": "task type", "renderer": "format"}
_LISTED = ("task", "model", "method", "metric", "recipe")  # `xbench list` names them
Table: TypeAlias = dict[str, list[tuple[str, Any]]]  # name -> (owner, what it declares)


class Catalog:
    """All that the loaded plugins declare. Each kind is collected when it is first asked for."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = tuple(plugins)
        self._tables: dict[str, Table] = {}
        self._own: dict[str, Found | None] = {}

    @classmethod
    def load(cls, switches: Sequence[str] = ()) -> Catalog:
        """Entry points in sorted order, then XBENCH_PLUGINS and `switches` ("module", "no:name")."""
        return cls(load(switches))

    @property
    def plugins(self) -> tuple[PluginInfo, ...]:
        """Every plugin, with its problem where it has one; asks all hooks to find out."""
        for kind in (*_HOOKS, "model"):
            self._table(kind)
        return tuple(plugin.info() for plugin in self._plugins)

    def observers(self) -> pluggy.HookRelay:
        return observers(self._plugins)

    # --- look-up --------------------------------------------------------------------------------------------------

    def names(self, kind: str) -> list[str]:
        """kind: task, tasktype, model, method, metric, recipe, reader, backend, renderer, or a kind of part."""
        return sorted(self._table(kind))

    def suites(self) -> dict[str, list[str]]:
        """The tasks of each suite, both in order."""
        found: dict[str, list[str]] = {}
        for name, owners in sorted(self._table("task").items()):
            for suite in {suite for _, task in owners for suite in task.suites}:
                found.setdefault(suite, []).append(name)
        return dict(sorted(found.items()))

    def owned(self, kind: str, name: str) -> list[tuple[str, Any]]:
        """Every (owner, what it declares) of a name; empty where there is none."""
        return list(self._table(kind).get(name, ()))

    def owner(self, kind: str, name: str) -> str:
        """The plugin (of a model: the backend) that declares this name."""
        return self._find(kind, name)[0]

    def declared(self, kind: str, name: str) -> Any:
        """What stands under `name` or `owner:name`. Raises UserError where nothing or more than one thing does."""
        return self._find(kind, name)[1]

    def backend(self, name: str) -> Backend:
        return cast(Backend, self.declared("backend", name))

    def method(self, name: str) -> Method:
        return cast(Method, self.declared("method", name))

    def reader(self, name: str) -> Reader:
        return cast(Reader, self.declared("reader", name))

    def tasktype(self, name: str) -> TaskType:
        return cast(TaskType, self.declared("tasktype", name))

    def recipe(self, name: str) -> Recipe:
        """By name, or by the path of a TOML file."""
        return read_recipe(Path(name)) if name.endswith(".toml") else cast(Recipe, self.declared("recipe", name))

    def renderer(self, name: str) -> Renderer:
        return cast(Renderer, self.declared("renderer", name))

    def part(self, kind: str, name: str) -> Part:
        return cast(Part, self.declared(kind, name))

    def parts(self, kind: str) -> tuple[Part, ...]:
        return tuple(self._every(kind))

    def metric(self, text: str) -> Metric:
        """`bleu` or `bleu(tokenize=zh)`, with its parameters bound."""
        return self._metric(text)[0]

    def metric_text(self, text: str) -> str:
        """The canonical text of a metric: parameters in order, without those at their default."""
        return self._metric(text)[1]

    def tasks_named(self, text: str) -> list[TaskSpec]:
        """The tasks that a name, an alias, a suite, `owner:name`, the path of a card or of data stands for."""
        if not text.strip():
            raise UserError("the name of a task is empty", "`xbench list tasks` names those built in")
        if text.endswith(".toml"):
            return [checked(self._own_name(read_card(Path(text)), text), self)]
        refuse_several(text, "task", "-t", lambda one: self._named(one) or exists(Path(one)))
        if (found := self.own_data(text)) is not None:
            return [checked(self._own_name(found.task, text), self)]
        if text not in self._table("alias") and (members := self._suite(text)):
            return [checked(self.declared("task", name), self) for name in members]
        return [checked(self.declared("alias", text), self)]

    def own_data(self, text: str) -> Found | None:
        """What `PATH` or `NAME=PATH` holds, None where that is a declared name or no path. Raises as `owndata` does."""
        if text not in self._own:
            known = text.endswith(".toml") or self._named(text)
            self._own[text] = None if known else own_data(text, self._every("reader"), self._every("tasktype"))
        return self._own[text]

    def look(self, path: Path) -> Found:
        """What a file or folder could be; where several readings are as good, the first."""
        return look_at(path, self._every("reader"), self._every("tasktype"))

    def model(self, text: str, offline: bool = False) -> tuple[Backend, ModelSpec]:
        """The model that `name`, `backend:name`, `name@revision`, a folder, a hub id or `LABEL=FOLDER` stands for."""
        if not text.strip():
            raise UserError("-m: the name of a model is empty", "`xbench list models` names those built in")
        label, equals, rest = text.partition("=")
        if equals and SAFE_NAME.fullmatch(label):
            if rest in self._table("model"):
                raise UserError(f"model {text!r}: {rest} has a name already", "a label is for a folder or a hub id")
            backend, spec = self.model(rest, offline)
            return backend, dataclasses.replace(spec, name=label)
        owner, colon, name = text.partition(":")
        if text in self._table("model") or any(found[0] == owner for found in self._table("model").get(name, ())):
            return cast(tuple[Backend, ModelSpec], self.declared("model", text))
        known, plus, method = text.rpartition("+")
        if plus and known in self._table("model"):
            raise unknown("method", method, self.names("method"))
        known, at, revision = text.rpartition("@")
        if at and known in self._table("model"):
            raise UserError(f"model {known!r} has no revisions", f"write {known} without @{revision}")
        refuse_several(text, "model", "-m", self._table("model").__contains__)
        if colon and owner in self._table("backend"):
            if name in self._table("model"):
                owners = " or ".join(f"{found[0]}:{name}" for found in self._table("model")[name])
                raise UserError(f"backend {owner} has no model {name!r}", f"say {owners}")
            return claimed(name, offline, [self.backend(owner)], self._table("model"), self._broken())
        return claimed(text, offline, self._every("backend"), self._table("model"), self._broken())

    def _suite(self, text: str) -> list[str]:
        return [name for name, owners in self._table("task").items() if any(text in task.suites for _, task in owners)]

    def _named(self, text: str) -> bool:
        return text in self._table("alias") or bool(self._suite(text))

    def _every(self, kind: str) -> list[Any]:
        return [item for owners in self._table(kind).values() for _, item in owners]

    # --- collecting -----------------------------------------------------------------------------------------------

    def _table(self, kind: str) -> Table:
        if kind not in self._tables:
            self._tables[kind] = {}
            for plugin, owner, name, item in self._collected(kind):
                owners = self._tables[kind].setdefault(name, [])
                if any(owner == other for other, _ in owners):
                    plugin.note(f"{_NOUNS.get(kind, kind)} {name} is declared twice; the first stands")
                    continue
                owners.append((owner, item))
                if len(owners) > 1:
                    rivals = " or ".join(f"{owner}:{name}" for owner, _ in owners)
                    plugin.rivals.append(f"{_NOUNS.get(kind, kind)} {name} is {owners[0][0]}'s too: say {rivals}")
        return self._tables[kind]

    def _collected(self, kind: str) -> Iterator[tuple[Plugin, str, str, Any]]:
        """(plugin, owner, name, what it declares)."""
        for plugin in self._plugins:
            match kind:
                case "model":
                    for backend in self._declared_by(plugin, "backend"):
                        for spec in plugin.guarded(f"models() of backend {backend.name}", backend.models):
                            if isinstance(spec, ModelSpec):
                                yield plugin, backend.name, spec.name, (backend, spec)
                            else:
                                plugin.note(f"models() of backend {backend.name} gave {type(spec).__name__}")
                case "alias":
                    for task in self._declared_by(plugin, "task"):
                        for name in dict.fromkeys((task.name, *task.aliases)):
                            yield plugin, plugin.name, name, task
                case _ if kind in _HOOKS:
                    for item in plugin.ask(_HOOKS[kind][0]):
                        sound = _sound(plugin, kind, item)
                        if sound is not None:
                            name = f"{sound.kind} {sound.name}" if kind == "part" else sound.name
                            yield plugin, plugin.name, name, sound
                case _:
                    for part in self._declared_by(plugin, "part"):
                        if part.kind == kind:
                            yield plugin, plugin.name, part.name, part

    def _declared_by(self, plugin: Plugin, kind: str) -> list[Any]:
        return [item for owners in self._table(kind).values() for owner, item in owners if owner == plugin.name]

    # --- how a text is read ---------------------------------------------------------------------------------------

    def _find(self, kind: str, text: str) -> tuple[str, Any]:
        table, noun = self._table(kind), _NOUNS.get(kind, kind)
        owner, colon, name = text.partition(":")
        owners = table.get(text) or [found for found in table.get(name, ()) if colon and found[0] == owner]
        if len(owners) == 1:
            return owners[0]
        if owners:
            readings = [f"{owner}:{text}" for owner, _ in owners]
            raise UserError(f"{noun} {text!r} is declared by more than one", f"say {' or '.join(readings)}")
        known = [f"{owner}:{name}" for name, owners in table.items() for owner, _ in owners] if colon else list(table)
        if kind == "alias":
            known += {suite for owners in self._table("task").values() for _, task in owners for suite in task.suites}
        raise unknown(noun, text, known, self._broken(), f"xbench list {noun}s" if noun in _LISTED else "")

    def _broken(self) -> str:
        broken = [plugin.name for plugin in self._plugins if plugin.broken]
        return f"could not be imported: {', '.join(broken)}; see `xbench list plugins`" if broken else ""

    def _metric(self, text: str) -> tuple[Metric, str]:
        name, texts = parse_call(text)
        metric = cast(Metric, self.declared("metric", name))
        options = {option.name: option for option in metric.options}
        parameters = {}
        for key, value in texts.items():
            if key not in options:
                raise unknown(f"parameter of metric {name}", key, options)
            parameters[key] = typed(options[key], value, f"metric {name}:")
        differing = {key: value for key, value in parameters.items() if value != options[key].default}
        return (metric.bind(parameters) if parameters else metric), format_call(name, differing)

    def _own_name(self, task: TaskSpec, where: str) -> TaskSpec:
        """The task, if no plugin's has its name: two of one name would stand on one board."""
        for owner, declared in self._table("task").get(task.name, ()):
            if task != declared:
                how = "" if where.endswith(".toml") else ", as NAME=PATH"
                raise UserError(
                    f"{where}: the name {task.name} is that of a task of plugin {owner}",
                    f"give it another name{how}, or switch the plugin off with -p no:{owner}",
                )
        return task


def _sound(plugin: Plugin, kind: str, item: Any) -> Any:
    """What a hook returned, its files read; None, and a note, where it is not what the hook is for."""
    hook, expected = _HOOKS[kind]
    if kind in _FILES and isinstance(item, (Path, Traversable)):
        try:
            return _FILES[kind](item)
        except UserError as problem:
            plugin.note(str(problem))
            return None
    if getattr(expected, "_is_protocol", False):
        absent = [name for name in dir(expected) if name[0] != "_" and not _has(item, name)]
        problem_text = f"which lacks {', '.join(absent)}" if absent else ""
    else:
        problem_text = "" if isinstance(item, expected) else f"expected {expected.__name__}"
    if problem_text:
        plugin.note(f"{hook} gave {type(item).__name__}, {problem_text}")
        return None
    return item


def _has(item: Any, name: str) -> bool:
    """Without running a property, which may load a framework."""
    try:
        inspect.getattr_static(item, name)
    except AttributeError:
        return False
    return True
