"""What a run leaves behind (Record, Board) and what travels while it runs (Unit, Event)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from xbench.specs import Cell, Json

SCHEMA = 1

Status = Literal["ok", "diverged", "out_of_memory", "timed_out", "failed", "refused", "crashed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Record:
    """What one cell left behind. crashed and interrupted are infrastructure: unranked, run again by the same call."""

    schema: int
    key: str
    run_id: str
    status: Status
    cell: Cell
    main_metric: str
    scores: Mapping[str, float]
    train_score: float | None  # main metric on a seeded sample of train: overfitting in sight
    validation_score: float | None
    signatures: Mapping[str, str]
    counts: Json
    cost: Json
    flags: tuple[str, ...]
    error: Json | None  # stage, type, message, hint
    environment: Json
    attempts: int
    command: str
    started: str
    finished: str


@dataclass(frozen=True, slots=True)
class Board:
    """What a renderer receives: the leaderboard as data. Of what is kept by run id, a renderer asks what it shows.

    rows: one mapping a line, by the names in `columns`.
    comparisons: pairs of rows, `a_row` and `b_row` by their numbers.
    curves: run id -> series -> (step, value) pairs.
    samples: run id -> a few predictions with their texts; none where the licence does not let them.
    runs: run id -> seed, status, scores, environment, command, ...
    tasks: "name@version" -> licence, citation, ...
    """

    columns: tuple[str, ...]
    rows: tuple[Json, ...]
    comparisons: tuple[Json, ...]
    curves: Json
    samples: Json
    runs: Json = field(default_factory=dict)
    tasks: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unit:
    """A group of cells on its way to a worker."""

    id: str
    cells: tuple[Cell, ...]
    device: str
    memory_mib: int
    no_progress_seconds: float
    python: str | None = None  # another virtual environment's interpreter


@dataclass(frozen=True, slots=True)
class Event:
    """What an executor reports about a unit. Exactly one of done, failed, lost ends it."""

    kind: Literal["started", "progress", "cell", "done", "failed", "lost"]
    unit: str
    key: str | None = None
    values: Json = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker must know beside its units: where data and caches are and which plugins are on."""

    data_dir: Path | None = None
    cache: Path | None = None
    offline: bool = False
    plugins: tuple[str, ...] = ()
    device: str = "auto"
    save_model: bool = False
