"""Plain frozen data that crosses pipes, clusters and virtual environments: options, tasks, models, cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Mapping[str, Any]  # strict JSON: string keys, finite numbers
Example = Json  # fields of the task type, plus "id"; the target under the task type's target fields
Prediction = Json  # {"id", "prediction", "scores": label distribution or n-best, where there is one}

OptionType = Literal["int", "float", "str", "bool", "list"]


@dataclass(frozen=True, slots=True)
class Option:
    """A recipe field, a method option or a model option. Unknown keys are refused with the nearest declared one.

    `default` None means "no value" and is allowed for every type.
    """

    name: str
    type: OptionType
    default: Any
    neutral: Any = None  # the value that means "as if this option did not exist"; never changes once released
    doc: str = ""  # unit and source included
    choices: tuple[Any, ...] = ()
    synonyms: tuple[str, ...] = ()  # what other programs call it: who writes one is told the name


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """Where rows come from: a reader and what it needs. `splits` maps train/validation/test to the source's names."""

    reader: str  # the name of a reader
    location: Json  # what that reader needs: folder, id, delimiter, ...
    columns: Mapping[str, str]  # the task type's field -> the source's column
    splits: Mapping[str, str]  # train, validation, test -> the source's names
    validation_share: float = 0.0  # carved from train, by one fixed seed, stratified where there are labels
    fingerprints: Mapping[str, str] = field(default_factory=dict)  # content hash by split, where it is pinned
    test_share: float = 0.0  # carved from train too, first; both are shares of the source's whole train split
    # Folder of this machine in which `location.folder` lies, in place of the data folder; travels to workers, never
    # into key, record or card.
    root: str = field(default="", metadata={"card": False})


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A dataset with its splits, fields, labels, metrics, licence and citation, of one task type."""

    name: str  # letters, digits, ".", "_", "-"
    version: int  # rises when scores of before and after no longer compare
    type: str  # classification, tagging, text-to-text, ...
    data: DatasetRef  # where the rows come from
    inputs: tuple[str, ...]  # the fields of the task type that a model may see
    labels: tuple[str, ...]  # in order (entity types where tokens are tagged); left out where there are none
    metrics: tuple[str, ...]  # the first is the main one; names with typed parameters: "bleu(tokenize=zh)"
    language: tuple[str, ...]  # ISO 639-1 codes: "zh", "en"
    licence: str  # of the data
    citation: str  # whom to cite
    redistributable: bool = False  # may texts of this data set stand in a committed record?
    prefixes: Mapping[str, str] = field(default_factory=dict)  # by model family: {"t5": "summarize: "}
    cluster: str | None = None  # example field whose equal values belong together (paragraph, query)
    aliases: tuple[str, ...] = ()  # other names
    suites: tuple[str, ...] = ()  # groups of tasks that it belongs to: `-t SUITE` runs them all
    result_version: int = 1  # rises when the same rows may give another result
    mirrors: tuple[DatasetRef, ...] = ()  # other places of the same data, tried in order where `data` is not at hand
    description: str = ""  # a sentence for `xbench show`


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of a backend. `source`: where this machine finds it; travels to workers, never into key or record."""

    backend: str
    name: str
    revision: str | None
    shape: str  # "encoder" | "decoder" | "encoder-decoder" | a plugin's own
    family: str = ""  # config.model_type: finds a task's prefix
    options: Json = field(default_factory=dict)
    deterministic: bool = False  # one seed says it all
    seen_tasks: tuple[str, ...] = ()  # tasks known to be in its pre-training data
    source: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """The unit of work. `key` is the hash of `identity` (what determines the predictions)."""

    task: TaskSpec
    model: ModelSpec
    method: str
    method_options: Json
    recipe: str
    recipe_values: Json  # effective values of the options that this backend, method and techniques declare
    route: str
    seed: int
    limit_train: int | None
    limit_eval: int | None
    needs: tuple[str, ...]  # keys of cells whose artefacts it reads
    identity: Json
    protocol_of: Json
    key: str
    protocol: str
