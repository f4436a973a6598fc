"""A kept model asked again: which run is meant, inputs as a person writes them, answers as a person reads them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from xbench.abilities import AnswersPeople
from xbench.asked import Input, by_field, is_table, lacks, of_file
from xbench.catalog import Catalog
from xbench.errors import CellError, PluginError, UserError
from xbench.identity import component
from xbench.lines import parsed
from xbench.names import alike, nearest
from xbench.protocols import Context, Learner, Reader, TaskType
from xbench.records import Record
from xbench.specs import Example, Json, TaskSpec
from xbench.store import MODEL, Store, read_record

ANSWERS = ("prediction", "score", "scores", "spans")  # fields that are the model's wherever they stand
AGAIN = "the same `xbench run` with --save-model trains it again and keeps it"


def find(text: str, store: Store) -> tuple[Record, Path]:
    """The run that a folder, a run id or an unambiguous beginning of a key names, and its folder.

    Raises UserError where there is none, or more than one.
    """
    if not text.strip():
        raise UserError("no run is named", "name a run's folder, its id, or how its key begins")
    folder = Path(text)
    if folder.is_dir():
        place = folder.parent if folder.name == MODEL and (folder.parent / "record.json").is_file() else folder
        record = read_record(place)
        if record is None:
            raise UserError(f"{folder}: no folder of a run: it holds no whole record.json", "name a run's own folder")
        return record, place
    records = list(store.records())
    if not records:
        raise UserError(f"no records under {store.root}", "--results names the folder of a run")
    name = Path(text).name  # a folder's name may be cut short, as a key may
    found = [
        record
        for record in records
        if record.run_id.startswith(text)
        or record.key.startswith(text)
        or ("--" in name and store.folder(record).name.startswith(name))
    ]
    if len(found) == 1:
        return found[0], store.folder(found[0])
    if found:
        raise UserError(
            f"{text!r} names {len(found)} runs: {_some(found, store)}", "give more of it, or a run's folder"
        )
    raise _no_run(text, records, store)


def _some(records: Sequence[Record], store: Store) -> str:
    shown = ", ".join(str(store.folder(record)) for record in records[:3])
    return f"{shown}, ..." if len(records) > 3 else shown


def _no_run(text: str, records: Sequence[Record], store: Store) -> UserError:
    """Names the runs of the model that it may mean, or the one that it is most like."""
    runs = [r for r in records if text in (r.cell.model.name, f"{r.cell.model.name}+{r.cell.method}")]
    if runs:
        return UserError(f"{text!r} is a model, with {len(runs)} runs: {_some(runs, store)}", "name one of its runs")
    names = {name: store.folder(r) for r in records for name in (r.run_id, r.key[:8], store.folder(r).name)}
    best = nearest(text, names)
    if best is not None and alike(text, best):
        return UserError(f"unknown run {text!r}", f"did you mean {names[best]}?")
    return UserError(f"unknown run {text!r}", f"name a run's folder, as {store.folder(records[0])}")


class Trained:
    """A kept model, loaded. `record` says what it is; `folder` is its run's."""

    def __init__(
        self,
        record: Record,
        folder: Path,
        tasktype: TaskType,
        learner: Learner,
        owner: str,
        readers: Sequence[Reader] = (),
    ) -> None:
        self.record, self.folder, self.task = record, folder, record.cell.task
        self._tasktype, self._learner, self._owner, self._readers = tasktype, learner, owner, readers

    @classmethod
    def load(cls, record: Record, folder: Path, catalog: Catalog, context: Context) -> Trained:
        """Raises UserError where there is no model, or this installation cannot load it."""
        cell = record.cell
        if record.status != "ok":
            raise UserError(f"{folder}: this run ended as {record.status}", "it left no model to predict with")
        if not (folder / MODEL).is_dir():
            raise UserError(f"{folder}: its model was not kept", AGAIN)
        _refuse_strangers(record, catalog)
        backend = catalog.backend(cell.model.backend)
        try:
            learner = backend.load(cell, folder / MODEL, context)
        except CellError as problem:
            raise UserError(f"{folder / MODEL}: {problem.message}", problem.hint) from problem
        except ImportError as problem:
            name = problem.name or str(problem)
            raise UserError(
                f"{cell.model.name} needs {name.partition('.')[0]}, which is not installed", "pip install brings it"
            ) from problem
        except (OSError, ValueError, KeyError) as problem:
            why = (str(problem).strip() or type(problem).__name__).splitlines()[0]
            raise UserError(f"{folder / MODEL} cannot be loaded: {why}", AGAIN) from problem
        readers = [one for name in catalog.names("reader") for _, one in catalog.owned("reader", name)]
        return cls(record, folder, catalog.tasktype(cell.task.type), learner, backend.name, readers)

    @property
    def counts(self) -> Json:
        """What was cut or not understood of the inputs of the last `predict`: see `protocols.Learner.counts`."""
        return self._learner.counts

    def file(self, path: Path) -> Iterator[Input]:
        """What a file asks: see `asked.of_file`."""
        return of_file(path, self.task, self._readers)

    def is_table(self, path: Path) -> bool:
        return is_table(path, self.task, self._readers)

    def predict(self, inputs: Iterable[Input]) -> Iterator[dict[str, Any]]:
        """An answer for each input, in order: its own fields, then "prediction" and what the task type tells beside it.

        An own field that would read as the model's (`ANSWERS`) is kept as `given_score`, and so on. Inputs are read
        ahead as far as the model likes. Raises UserError where one is malformed.
        """
        waiting: deque[tuple[Json, Example]] = deque()

        def examples() -> Iterator[Example]:
            for number, one in enumerate(inputs):
                fields, example = self._read(one)
                waiting.append((fields, {**example, "id": str(number)}))
                yield waiting[-1][1]

        try:
            for prediction in self._learner.predict(examples()):
                if not waiting or prediction.get("id") != waiting[0][1]["id"]:
                    raise PluginError(self._owner, "predict() gave something else than an answer to each example")
                fields, example = waiting.popleft()
                problem = self._tasktype.check_prediction(prediction, self.task)
                if problem:
                    raise PluginError(self._owner, f"predict(): {problem}")
                told: dict[str, Any] = {_own(name, self.task): value for name, value in fields.items()}
                told["prediction"] = prediction["prediction"]
                if isinstance(self._tasktype, AnswersPeople):
                    told |= self._tasktype.answer(example, prediction, self.task)
                yield told
        except CellError as problem:
            raise UserError(problem.message, problem.hint) from problem
        if waiting:
            raise PluginError(self._owner, f"predict() ended {len(waiting)} answers short")

    def answers(
        self, batches: Iterable[Sequence[tuple[int, bytes]]], name: str, passed_over: Callable[[UserError], None]
    ) -> Iterator[list[dict[str, Any]]]:
        """Answers to numbered lines (see `lines.parsed`) as they come, batch by batch.

        A line that cannot be read is told to `passed_over`, and the others go on. name: of the file, for that.
        """
        for lines in batches:
            sound: list[Input] = []
            for number, line in lines:
                at = f"{name}: line {number}"
                try:
                    given = parsed(line, at)
                    if given is not None:
                        self._read(Input(given, at))
                        sound.append(Input(given, at))
                except UserError as problem:
                    passed_over(problem)
            if sound:
                yield list(self.predict(sound))

    def line(self, answer: Json) -> str:
        """An answer on one line."""
        if isinstance(self._tasktype, AnswersPeople):
            return self._tasktype.line(answer)
        return str(answer["prediction"])

    def _read(self, one: Input) -> tuple[Json, Json]:
        """Fields as given, and the example that they make."""
        if isinstance(one.given, str):
            if len(self.task.inputs) > 1:
                fields = ", ".join(f'"{name}": "..."' for name in self.task.inputs)
                raise UserError(f"{one.at}: a text alone is too little for {self.task.name}", f"write {{{fields}}}")
            fields_given: Json = {self.task.inputs[0]: one.given}
        else:
            fields_given = by_field(one.given, self.task)
        for name in self.task.inputs:
            if name not in fields_given:
                others = [field for field in fields_given if field not in self.task.inputs]
                raise lacks("field", name, others, self.task, one.at)
        read: Json = {name: fields_given[name] for name in self.task.inputs}
        if isinstance(self._tasktype, AnswersPeople):
            try:
                read = self._tasktype.read(read, self.task)
            except UserError as problem:
                raise UserError(f"{one.at}: {problem.message}", problem.hint) from problem
        return fields_given, read


def _own(name: str, task: TaskSpec) -> str:
    """What a person's own field is called in an answer."""
    return f"given_{name}" if name in ANSWERS and name not in task.inputs else name


def _refuse_strangers(record: Record, catalog: Catalog) -> None:
    """A component that is gone, or gives other results by now, would answer otherwise than the record says."""
    identity = record.cell.identity
    used = [
        ("backend", identity["model"]["backend"]),
        ("method", identity["method"]["name"]),
        ("tasktype", identity["task"]["type"]),
        *([("head", identity["head"])] if "head" in identity else []),
    ]
    for kind, text in used:
        name = str(text).rpartition("@")[0]
        if not catalog.owned(kind, name):
            raise UserError(
                f"run {record.run_id[:8]} was made with the {kind} {name}, which no installed plugin declares",
                "install its plugin, or switch it on with -p",
            )
        here = component(catalog.declared(kind, name))
        if here != text:
            version = record.environment.get("packages", {}).get("xbench-harness", "of another version")
            raise UserError(
                f"run {record.run_id[:8]} was made by xbench {version} with {text}, and this one has {here}",
                AGAIN,
            )
