"""A plugin's backends, methods and heads, tried by training: on little data, for seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xbench.checkup.checking import Checking
from xbench.checkup.findings import Finding, tried
from xbench.data import Dataset
from xbench.errors import UserError
from xbench.protocols import Backend
from xbench.specs import Json, ModelSpec, TaskSpec

_LIMIT = 8  # examples of each split
# Of the options that torch models declare: a few steps, and short answers.
_SMALL = {"max_examples_seen": 24, "num_beams": 1, "max_target_length": 16}
_QUICK_SECONDS = 2.0  # a model that is predicted to need no more is trained, however many are


@dataclass(frozen=True, slots=True)
class Trial:
    """One model on one task. seconds: predicted, for choosing the cheapest."""

    backend: Backend
    text: str  # how the model is named: a folder's name is not its spec's
    model: ModelSpec
    task: TaskSpec
    method: str
    options: Json
    seconds: float

    @property
    def kind(self) -> tuple[str, str, str]:
        return self.backend.name, self.model.shape, self.task.type


@dataclass
class Trials:
    """What of a plugin is trained: of its backends the cheapest model of each shape on each type of task that it
    takes, and every quick one once; of others the cheapest, for its methods and heads."""

    checking: Checking
    _possible: dict[tuple[str, str], list[Trial]] = field(default_factory=dict)

    def run(self) -> Iterator[Finding]:
        yield from self._backends()
        yield from self._methods()
        yield from self._heads()

    def _backends(self) -> Iterator[Finding]:
        unknown = dict.fromkeys(self.checking.models, "none of the plugin's backends knows it")
        for backend in self.checking.own("backend"):
            named = list(backend.models())
            given: dict[str, ModelSpec] = {}
            for text in self.checking.models:
                try:
                    spec = self._resolved(backend, text)
                except UserError as problem:
                    unknown[text] = str(problem)
                    continue
                if spec is not None:
                    given[text] = spec
                    unknown.pop(text, None)
            if not (named or self.checking.models):
                told = "names no model, so that none was trained"
                yield Finding("skipped", f"backend {backend.name}", told, "name one: xbench check ... -m MODEL")
            models = {**{spec.name: spec for spec in named}, **given}
            for spec in models.values():
                sound = tried(f"model {spec.name}", lambda spec=spec, b=backend: _sound(b, spec))  # type: ignore[misc]
                if sound.state == "wrong":
                    yield sound
            possible = [trial for text, spec in models.items() for trial in self._trials(backend, text, spec, "full")]
            chosen = self._chosen(possible, set(given))
            yield from (self._trained(trial, f"model {trial.model.name}") for trial in chosen)
            idle = [spec.name for spec in named if spec.name not in {trial.model.name for trial in chosen}]
            if idle:
                told = f"declared soundly, and not trained here: {', '.join(idle)}"
                yield Finding("skipped", f"backend {backend.name}", told, "train one: xbench check ... -m MODEL")
        yield from (Finding("wrong", f"model {text}", why) for text, why in unknown.items())

    def _resolved(self, backend: Backend, text: str) -> ModelSpec | None:
        named = next((spec for spec in backend.models() if spec.name == text), None)
        return named or backend.resolve(text, True)

    def _chosen(self, possible: Sequence[Trial], given: set[str]) -> list[Trial]:
        chosen: dict[tuple[str, ...], Trial] = {}
        for trial in sorted(possible, key=lambda trial: trial.seconds):
            if trial.text in given:
                chosen[(*trial.kind, trial.model.name)] = trial
            else:
                chosen.setdefault(trial.kind, trial)
        trained = {trial.model.name for trial in chosen.values()}
        for trial in possible:
            if trial.model.name not in trained and trial.seconds <= _QUICK_SECONDS:
                chosen[(*trial.kind, trial.model.name)] = trial
                trained.add(trial.model.name)
        return sorted(chosen.values(), key=lambda trial: (trial.model.name, trial.task.name))

    def _methods(self) -> Iterator[Finding]:
        for method in self.checking.own("method"):
            cheapest = self._cheapest(method.name)
            if cheapest is None:
                told = "no named model takes it, so that none was trained"
                yield Finding("skipped", f"method {method.name}", told)
            elif not (method.name == "full" and self.checking.own("backend")):
                yield self._trained(cheapest, f"method {method.name}")

    def _heads(self) -> Iterator[Finding]:
        """A head is tried on its type of task by the cheapest model of each shape that it serves."""
        for part in self.checking.own("part"):
            if part.kind != "head":
                continue
            tasks = [task for task in self.checking.tasks if task.type == part.serves.get("task_type")]
            for shape in part.serves.get("shapes", ()) if tasks else ():
                trials = [
                    trial
                    for trial in self._everywhere("full")
                    if trial.task in tasks
                    and trial.model.shape == shape
                    and self._route(trial) in part.serves.get("routes", ())
                ]
                if trials:
                    yield self._trained(min(trials, key=lambda trial: trial.seconds), f"head {part.name}")

    def _route(self, trial: Trial) -> str:
        from xbench.variants import route

        return route(self.checking.catalog, trial.backend, trial.model, trial.task, "auto")[0]

    def _cheapest(self, method: str) -> Trial | None:
        return min(self._everywhere(method), key=lambda trial: trial.seconds, default=None)

    def _everywhere(self, method: str) -> Iterator[Trial]:
        """Every named model of every backend."""
        catalog = self.checking.catalog
        for name in catalog.names("model"):
            for _, (backend, spec) in catalog.owned("model", name):
                yield from self._trials(backend, spec.name, spec, method)

    def _trials(self, backend: Backend, text: str, spec: ModelSpec, method: str) -> list[Trial]:
        """The tasks that a model takes with this method."""
        key = (f"{backend.name}:{text}", method)
        if key not in self._possible:
            self._possible[key] = list(self._found(backend, text, spec, method))
        return self._possible[key]

    def _found(self, backend: Backend, text: str, spec: ModelSpec, method: str) -> Iterator[Trial]:
        from xbench.testing.trial import Trial as Training

        catalog = self.checking.catalog
        declared = {option.name for option in backend.options(spec)}
        options = {name: value for name, value in _SMALL.items() if name in declared}
        for task in self.checking.tasks:
            data = Dataset(task, catalog, self.checking.root, True, self.checking.cache, _LIMIT, _LIMIT)
            training = Training(f"model {spec.name}", catalog, backend, task, data)
            try:
                cell = training.cells(spec, catalog.method(method), options)[0]
                if training.refusal(cell) is None:
                    seconds = float(backend.estimate(cell, data.counts, "cpu")["seconds"])
                    yield Trial(backend, text, spec, task, method, options, seconds)
            except (AssertionError, UserError):  # no head serves it; its data are not at hand or not sound
                continue

    def _trained(self, trial: Trial, what: str) -> Finding:
        from xbench.testing import check_backend

        def train() -> str:
            root: Path | None = self.checking.root
            catalog: Any = self.checking.catalog
            check_backend(
                trial.backend, trial.text, trial.task, trial.method, trial.options, root, catalog, limit=_LIMIT
            )
            by = "" if what == f"model {trial.model.name}" else f"{trial.model.name} "
            how = "" if trial.method == "full" else f" by {trial.method}"
            return f"{by}fits two seeds of {trial.task.name}{how}, predicts, and the same after save and load"

        return tried(what, train)


def _sound(backend: Backend, spec: ModelSpec) -> str:
    from xbench.testing.checks import check_options

    check_options(f"model {spec.name}", backend.options(spec))
    return "its options are declared soundly"
