"""`predict` and `load_model`: a model that `run(save_model=True)` kept, asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from xbench.api.displays import Predictions
from xbench.api.places import Folder, reading, refuse_odd_device
from xbench.asked import inputs_of
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.lines import growing
from xbench.predicting import Trained, find
from xbench.records import Record
from xbench.runner import CellContext
from xbench.specs import Json

Inputs = str | Path | Json | Iterable[str | Json]


class Model:
    """A kept model, loaded: `model.predict(["a text", "another"])`.

    record: what it is, how it was trained and what it scored.
    """

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    @property
    def record(self) -> Record:
        return self.trained.record

    @property
    def counts(self) -> Json:
        """Of the last `predict`: "truncated" inputs, the share of "unknown_tokens", ... as far as the model tells."""
        return self.trained.counts

    def predict(self, inputs: Inputs, batch: int | None = None) -> Predictions:
        """An answer for each input, in order, each a dict: the input's fields, "prediction", and by the task type

        classification: "score" and "scores" (probabilities by label), where the model gives them.
        tagging: "text", "tokens" and "spans", each of type, text, start, end (characters of the text, end exclusive)
            and, where the model gives one, score.

        Args:
            inputs: texts, or dicts of fields by the task type's names, or as the run's own data name them (further
                fields are handed through; an own "prediction", "score", "scores" or "spans" as "given_score", ...), one
                or many, or a pandas table; or the Path of a file: lines (each a text or a JSON object), or a table
                (.csv, .tsv, .parquet, or in the layout of the run's own data).
            batch: how many the model gets at a time; all where not given.

        Raises UserError where an input is malformed.
        """
        if hasattr(inputs, "columns") and hasattr(inputs, "to_dict"):  # a pandas table would give its columns' names
            inputs = inputs.to_dict("records")
        if isinstance(inputs, Path):
            stream = self.trained.file(inputs)
        else:
            stream = inputs_of([inputs] if isinstance(inputs, str | Mapping) else inputs)
        if batch is None:
            return Predictions(self.trained.predict(stream))
        if batch < 1:
            raise UserError(f"batch={batch}: at least one input at a time")
        told = Predictions()
        while chunk := list(islice(stream, batch)):
            told.extend(self.trained.predict(chunk))
        return told

    def follow(self, path: Folder, passed_over: Callable[[UserError], None] | None = None) -> Iterator[Predictions]:
        """Answers to every whole line of a file that grows, from its beginning and for ever: as many as came at once.

        Args:
            path: of texts or JSON objects, one a line; see `xbench.lines.growing` for what it survives.
            passed_over: told of each line that cannot be read; without it, such a line ends all.
        """
        for answers in self.trained.answers(growing(Path(path)), str(path), passed_over or _refuse):
            yield Predictions(answers)

    def __repr__(self) -> str:
        cell = self.record.cell
        return f"<{cell.model.name}+{cell.method} on {cell.task.name}, seed {cell.seed}, run {self.record.run_id[:8]}>"


def _refuse(problem: UserError) -> None:
    raise problem


def load_model(
    run: Folder,
    results: Folder = "results",
    *,
    device: str = "auto",
    offline: bool = False,
    plugins: Sequence[str] = (),
) -> Model:
    """The model of a run that kept it.

    Args:
        run: the run's folder, its run id, or an unambiguous beginning of its key.
        results: where run ids and keys are looked up.
        device: auto, cpu, cuda, ...
        offline: use what is on this machine only, where an adapter needs its checkpoint.

    Raises UserError where there is no such run, it kept no model, or this installation cannot load it.
    """
    refuse_odd_device(device)
    record, folder = find(str(run), reading(results))
    catalog = Catalog.load(plugins)
    return Model(Trained.load(record, folder, catalog, CellContext(catalog, device, offline)))


def predict(
    run: Folder,
    inputs: Inputs,
    results: Folder = "results",
    *,
    batch: int | None = None,
    device: str = "auto",
    offline: bool = False,
    plugins: Sequence[str] = (),
) -> Predictions:
    """`load_model(run, ...).predict(inputs, batch)`: load once and ask often where there is more than one question."""
    return load_model(run, results, device=device, offline=offline, plugins=plugins).predict(inputs, batch)
