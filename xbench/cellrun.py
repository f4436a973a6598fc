"""One cell on its way through a worker: its job, its predictions and scores, its files, its record."""

from __future__ import annotations

import math
import random
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from xbench import environment, modelcard, outcome, scoring, wire
from xbench.abilities import TellsLoading
from xbench.catalog import Catalog
from xbench.data import Dataset
from xbench.errors import Cancelled, CellError
from xbench.protocols import Context, Job, Learner, Metric
from xbench.records import Event, Record
from xbench.specs import Cell, Example, Json, Prediction
from xbench.statsfile import write
from xbench.store import CURVE, MODEL, PREDICTIONS

TRAIN_SAMPLE = 500  # examples of train that train_score is measured on, at most
_SAMPLE_SEED = 7  # the same examples for every cell
_TELL_EVERY = 16  # predictions between two signs of life


class CellRun:
    """Carries one cell from data to record. `stage` is where it stands: load, fit, predict, score."""

    def __init__(self, cell: Cell, unit: str, log: Path, folder: Path, emit: Callable[[Event], None]) -> None:
        self.cell = cell
        self._unit, self._log, self._folder, self._emit = unit, log, folder, emit
        self._started, self._begun = outcome.now(), time.monotonic()
        self._stage = "load"
        self._load_seconds = 0.0
        self._counts: Json = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._curve = (folder / CURVE).open("wb")

    def load(self, dataset: Callable[[], Dataset], catalog: Catalog) -> None:
        """Reads the data and looks up what scores it."""
        self._progress({"stage": "load"})
        task = self.cell.task
        data = dataset()
        self._train, self._validation, self._test = (data.rows(split) for split in ("train", "validation", "test"))
        self._counts, self._source = data.counts, data.source
        self._tasktype = catalog.tasktype(task.type)
        self._targets = tuple(self._tasktype.targets)
        self._metrics: Mapping[str, Metric] = {text: catalog.metric(text) for text in task.metrics}
        self._main = self._metrics[task.metrics[0]]
        self._load_seconds = time.monotonic() - self._begun

    def job(self, context: Context) -> Job:
        """What the backend gets: no way leads from here to the test split."""
        self._stage = "fit"
        validation = list(self._validation)

        def select(predictions: Sequence[Prediction]) -> float:
            value = scoring.quick_score(self._main, self.cell.task, validation, predictions)
            return value if self._main.higher_is_better else -value

        return Job(self.cell, self._train, self._validation, context, select, self._observe)

    def finish(self, learner: Learner | CellError, save_model: bool) -> Record:
        """Predicts and scores; every failure on the way becomes the record."""
        try:
            return self._finish(learner, save_model)
        except Cancelled:
            raise
        except BaseException as error:  # noqa: BLE001  the boundary: what a plugin raises is this cell's record
            return self.fail(error)

    def fail(self, error: BaseException) -> Record:
        """The record of a cell that raised, with the traceback in its log."""
        status, told = outcome.failure(error, self._stage)
        self._close(traceback.format_exception(error))
        return replace(outcome.blank(self.cell, self._started), status=status, error=told, counts=self._counts)

    def files(self) -> Mapping[str, Path]:
        """What the cell has left so far, by the name that it is published under."""
        return {path.name: path for path in sorted(self._folder.iterdir())}

    def _finish(self, learner: Learner | CellError, save_model: bool) -> Record:
        if isinstance(learner, CellError):
            raise learner
        task = self.cell.task
        if save_model:
            (self._folder / MODEL).mkdir()
            learner.save(self._folder / MODEL)
        train_score = self._main_score(learner, self._sample(), "train")
        validation_score = self._main_score(learner, list(self._validation), "validation")
        test = list(self._test)
        begun = time.monotonic()
        predictions = self._predict(learner, test, "test")
        eval_seconds = time.monotonic() - begun
        self._write_predictions(test, predictions)
        self._stage = "score"
        scored = scoring.score(self._metrics, task, test, predictions)
        write(self._folder, scored.statistics)
        counts = {**self._counts, **learner.counts}
        self._close()
        record = replace(
            outcome.blank(self.cell, self._started),
            scores=scored.scores,
            train_score=train_score,
            validation_score=validation_score,
            signatures=scored.signatures,
            counts=counts,
            cost={"load_seconds": self._load_seconds, **learner.cost, "eval_seconds": eval_seconds},
            flags=scoring.flags(self.cell, test, predictions, self._targets[0], counts, learner.flags),
            environment={**environment.describe(), "data": self._source},
        )
        if save_model:
            loading = learner.loading() if isinstance(learner, TellsLoading) else ""
            text = modelcard.text(record, len(self._train), loading)
            (self._folder / MODEL / modelcard.FILE).write_text(text, encoding="utf-8")
        return record

    def _sample(self) -> list[Example]:
        """A seeded sample of train, no larger than the test split: its score is there to be compared."""
        size = min(TRAIN_SAMPLE, len(self._test), len(self._train))
        chosen = set(random.Random(_SAMPLE_SEED).sample(range(len(self._train)), size))
        return [example for index, example in enumerate(self._train) if index in chosen]

    def _main_score(self, learner: Learner, examples: Sequence[Example], split: str) -> float | None:
        if not examples:
            return None
        predictions = self._predict(learner, examples, split)
        value = scoring.quick_score(self._main, self.cell.task, examples, predictions)
        return value if math.isfinite(value) else None

    def _predict(self, learner: Learner, examples: Sequence[Example], split: str) -> list[Prediction]:
        """Predictions of all examples, in order and checked. Raises CellError "failed" where they are no answers."""
        self._stage = "predict"
        kept: list[Prediction] = []
        for prediction in learner.predict(examples):
            if len(kept) == len(examples):
                raise CellError(
                    "failed", "predict", f"more than {len(examples)} predictions of {split}", kind="PluginError"
                )
            found = scoring.problem(prediction, examples[len(kept)], self.cell.task, self._tasktype)
            if found is not None:
                raise CellError("failed", "predict", f"{split}: {found}", kind="PluginError")
            kept.append(prediction)
            if len(kept) % _TELL_EVERY == 0:
                self._progress({"stage": split, "done": len(kept), "of": len(examples)})
        if len(kept) != len(examples):
            raise CellError(
                "failed",
                "predict",
                f"{len(kept)} predictions for {len(examples)} examples of {split}",
                kind="PluginError",
            )
        return kept

    def _write_predictions(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> None:
        """Raises CellError "diverged" where a prediction holds a number that is none."""
        with (self._folder / PREDICTIONS).open("wb") as file:
            for example, prediction in zip(examples, predictions, strict=True):
                gold = [example[name] for name in self._targets]
                line = {
                    "id": example["id"],
                    "target": gold[0] if len(gold) == 1 else dict(zip(self._targets, gold, strict=True)),
                    **prediction,
                }
                try:
                    file.write(wire.dumps(line) + b"\n")
                except ValueError as error:
                    raise CellError("diverged", "predict", f"{example['id']}: {error}", kind="NonFinite") from error

    def _observe(self, step: int, values: Mapping[str, float]) -> None:
        """A line of the curve; what is no number becomes null. Raises Cancelled."""
        seconds = round(time.monotonic() - self._begun, 3)
        told = {name: value if math.isfinite(value) else None for name, value in values.items()}
        self._curve.write(wire.dumps({"step": step, "seconds": seconds, **told}) + b"\n")
        self._progress(
            {"stage": "fit", "step": step, **{name: value for name, value in told.items() if value is not None}}
        )

    def _progress(self, values: Json) -> None:
        self._emit(Event("progress", self._unit, self.cell.key, values))

    def _close(self, report: Sequence[str] = ()) -> None:
        """Ends the curve and the log: the end of what was printed so far, and the traceback where there is one."""
        self._curve.close()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        report_bytes = "".join(report).encode(errors="backslashreplace")
        (self._folder / outcome.LOG).write_bytes(outcome.printed(self._log) + report_bytes)
