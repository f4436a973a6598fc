"""What a component may do beside what its protocol demands. The core asks with `isinstance` and goes on without.

An optional ability stands here, and not in `protocols.py`, so that a plugin that lacks it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from xbench.specs import DatasetRef, Example, Json, ModelSpec, Prediction, TaskSpec

# The logger on which a fetcher says at INFO what it is about to bring: "model t5-base: fetching 6 files, 892 MB, ...".
# Where it is enabled for INFO and standard error is a terminal, somebody looks, and progress bars may be drawn there.
FETCHING = "xbench.fetching"


@runtime_checkable
class ScoresTargets(Protocol):
    """A metric that says what it can score, so that a task of another kind is refused before it is trained."""

    @property
    def targets(self) -> Sequence[str]:
        """Kinds of target, as a task type names them: "label", "tags", "text"."""


@runtime_checkable
class NamesLocation(Protocol):
    """A reader that says what it reads of a data set's `location`, so that a slip in a card is refused."""

    @property
    def location(self) -> Sequence[str]:
        """The keys; any other one is an error."""


@runtime_checkable
class FetchesData(Protocol):
    """A reader that can bring its data to this machine."""

    def fetch(self, ref: DatasetRef, root: Path | None) -> str:
        """Bring all splits into the library's cache (or under `root`, the data folder), going on where an earlier call
        stopped; a source that is there is left as it is.

        Returns what is there now, and where: "fetched, 3 splits, ... in /home/me/...". Raises MissingData or UserError.
        """


@runtime_checkable
class KnowsDevices(Protocol):
    """A backend that can say what this machine lacks for it before anything is trained."""

    def lacks(self, device: str) -> str | None:
        """Why `device` ("cuda:1") cannot be used here, or None."""

    def memory_mib(self, device: str) -> float | None:
        """All the memory of the device that a cell would run on; None where that is not known."""


@runtime_checkable
class FetchesModel(Protocol):
    """A backend that can bring a checkpoint to this machine."""

    def fetch(self, model: ModelSpec, root: Path | None) -> str:
        """Bring config, tokenizer and weights into the library's cache (or under `root`, the data folder), going on
        where an earlier call stopped; without the network where all of it is there.

        Returns what is there now, and where. Raises MissingModel where nothing answers, else UserError.
        """


@runtime_checkable
class AnswersPeople(Protocol):
    """A task type whose models can be asked by a person; without it, example fields go in and a bare prediction out."""

    def read(self, given: Json, task: TaskSpec) -> Json:
        """The task's input fields as a person wrote them -> as an example holds them. Raises UserError (field named).

        Keys that begin with "_" are for `answer`; no model reads them.
        """

    def answer(self, example: Example, prediction: Prediction, task: TaskSpec) -> Json:
        """What is told beside "prediction": label names, scores, spans; never ids. Strict JSON."""

    def line(self, answer: Json) -> str:
        """An answer ("prediction" in it) as one line for a terminal."""


@runtime_checkable
class TellsLoading(Protocol):
    """A learner whose saved folder can be loaded without this program."""

    def loading(self) -> str:
        """Markdown: how what `save` wrote is loaded; code that begins with `folder = ...` is the caller's."""


@dataclass(frozen=True, slots=True)
class Look:
    """How to read a file or folder that no card describes."""

    # with root, location and splits; its columns name every column by itself, or by a task type's fields that it knows
    ref: DatasetRef
    note: str  # what it was taken for: "comma-separated, UTF-8, a header line"
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # split -> columns that none of its rows has


@runtime_checkable
class LooksAt(Protocol):
    """A reader that can tell whether a file or folder is of its layout, and how to read it."""

    @property
    def takes(self) -> str:
        """What it looks at, for a person: ".csv, .tsv"."""

    def look(self, path: Path) -> Look | None:
        """None where this is another layout. Raises UserError where it is this one and broken. The path is absolute.

        Splits: "train" alone where the source is not divided; else what there is of train, validation and test.
        """


@dataclass(frozen=True, slots=True)
class Column:
    """What the rows hold under one name."""

    name: str
    kind: str  # "text", "number" (whole; texts that are all numbers too), "decimal", "texts" (a list of them), "other"
    rows: int  # in which it is not empty
    values: Mapping[str, int] = field(default_factory=dict)  # (or items) -> how often; none where there are very many
    length: float = 0.0  # mean: characters of a text, items of a list
    language: str = "und"  # ISO 639-1, by a simple rule
    words: float = 0.0  # mean, of the first texts: those with a letter, and each ideograph
    rows_in: Mapping[str, int] = field(default_factory=dict)  # by split, in which it is not empty
    unseen: tuple[str, ...] = ()  # values that no row of train has


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take columns as a task of this type."""

    fields: Mapping[str, str]  # the task type's field -> the column's name
    labels: tuple[str, ...]
    metrics: tuple[str, ...]  # the first is the main one
    sure: int  # 3: the columns' names say it; 2: some do; 1: the values alone; 0: never taken unless a person says so
    language: tuple[str, ...] = ()  # where the names say it


@runtime_checkable
class Recognises(Protocol):
    """A task type that knows its kind of data by the columns."""

    def recognise(self, columns: Sequence[Column]) -> Iterable[Reading]:
        """Every way in which these columns can be taken; none where they are another task type's.

        Raises UserError, the column named, where they are meant for this one and cannot serve: it is told where no
        other type knows them.
        """


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be on this machine, and its mend."""

    message: str
    hint: str
    stops: bool = False  # some of xbench, as it is installed, cannot work at all


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a component finds on this machine; equal ones of several components are told once."""

    topic: str  # "device", "hub"
    facts: Json  # name -> a text, a number or a list of texts, in the order of reading; never a secret
    places: Mapping[str, Path] = field(default_factory=dict)  # folders that it writes to: the core looks at them
    problems: tuple[Problem, ...] = ()


@runtime_checkable
class Diagnoses(Protocol):
    """A backend or reader that can say what it would use on this machine, and why."""

    def diagnose(self, offline: bool) -> Iterable[Diagnosis]:
        """Frameworks are imported here. Nothing is written; the network is asked one short question, if at all."""
