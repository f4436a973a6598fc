"""A backend without a framework, whose models are named after how they behave: well, or as badly as plugins can."""

from __future__ import annotations

import ctypes
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from xbench.errors import CellError
from xbench.hookspecs import hookimpl
from xbench.protocols import Backend, Context, Job, Learner
from xbench.specs import Cell, Example, Json, ModelSpec, Option, Prediction

STATE = "XBENCH_FAKE_STATE"  # environment variable: the folder where `kill-once` remembers that it was killed

BEHAVIOURS: Mapping[str, str] = {
    "ok": "learns which words go with which answer",
    "slow": "as ok, for half a second a step",
    "prints": "as ok, and prints a megabyte",
    "diverges": "its loss becomes no number, and it says so",
    "raises": "raises ValueError in fit",
    "memory": "raises MemoryError in fit",
    "short": "leaves the last prediction out",
    "segv": "reads address 0",
    "hang": "never comes back",
    "fork-hang": "starts a child, and never comes back",
    "exit": "calls sys.exit",
    "osexit": "calls os._exit",
    "kill-once": "kills its process the first time, then as ok",
}
_SLOW_SECONDS = 0.5
_FOREVER = 100_000.0


class FakeLearner:
    """Votes of words for answers; the cell's seed drops a fifth of the words."""

    def __init__(self, votes: Mapping[str, Mapping[str, int]], majority: str, cell: Cell, seconds: float) -> None:
        self._votes, self._majority, self._cell, self._seconds = votes, majority, cell, seconds

    @property
    def cost(self) -> Json:
        return {
            "train_seconds": self._seconds,
            "steps": self._cell.recipe_values.get("steps", 0),
            "train_examples_per_second": 0.0,
            "total_params": len(self._votes),
            "trainable_params": len(self._votes),
            "peak_memory_mib": 0,
        }

    @property
    def counts(self) -> Json:
        return {"truncated": 0}

    @property
    def flags(self) -> Sequence[str]:
        return ()

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        shown = list(examples)
        for example in shown[:-1] if self._cell.model.name == "short" else shown:
            yield {"id": example["id"], "prediction": self._answer(example)}

    def _answer(self, example: Example) -> str | list[str]:
        match self._cell.task.type:
            case "tagging":
                return [self._elect([token]) for token in example["tokens"]]
            case "text-to-text":
                return str(example["source"])
            case _:
                return self._elect(str(example["text"]).split())

    def _elect(self, words: Iterable[str]) -> str:
        """The answer of the most lopsided word: the one that says most."""
        shares = [
            (count / sum(votes.values()), count, answer)
            for votes in (self._votes.get(word, {}) for word in words)
            for answer, count in votes.items()
        ]
        return max(shares)[2] if shares else self._majority

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "fake.json").write_text(json.dumps({"votes": self._votes, "majority": self._majority}))


class FakeBackend:
    """See `BEHAVIOURS`."""

    name = "fake"
    result_version = 1

    def models(self) -> Iterable[ModelSpec]:
        return [ModelSpec("fake", name, None, shape="encoder") for name in BEHAVIOURS]

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        return None

    def options(self, model: ModelSpec) -> Sequence[Option]:
        return (
            Option("steps", "int", 3, doc="steps that fit() reports"),
            Option("step_seconds", "float", 0.0, doc="seconds that each of them sleeps"),
        )

    def refuse(self, cell: Cell) -> str | None:
        return None if cell.method in ("none", "full") else f"fake models know no method {cell.method}"

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return ()

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        return {"seconds": 0.1, "memory_mib": 1}

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        """Seeds of one model on one task go together, up to three."""
        together: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
        for cell in cells:
            together[cell.task.name, cell.model.name, cell.method, cell.protocol].append(cell)
        return [group[at : at + 3] for group in together.values() for at in range(0, len(group), 3)]

    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, Learner | CellError]]:
        for job in jobs:
            begun = time.monotonic()
            if job.cell.model.name == "diverges":
                job.observe(1, {"loss": math.nan})
                yield job.cell, CellError("diverged", "fit", "the loss is nan", "a smaller lr", kind="NonFinite")
                continue
            for step in range(int(job.cell.recipe_values.get("steps", 3))):
                time.sleep(_SLOW_SECONDS if job.cell.model.name == "slow" else _step_seconds(job.cell))
                job.observe(step + 1, {"loss": 1.0 / (step + 1)})
            _misbehave(job.cell)
            votes, majority = _learn(job)
            yield job.cell, FakeLearner(votes, majority, job.cell, time.monotonic() - begun)

    def load(self, cell: Cell, folder: Path, context: Context) -> Learner:
        saved = json.loads((folder / "fake.json").read_text())
        return FakeLearner(saved["votes"], saved["majority"], cell, 0.0)


def _step_seconds(cell: Cell) -> float:
    return float(cell.recipe_values.get("step_seconds") or 0.0)


def _learn(job: Job) -> tuple[dict[str, dict[str, int]], str]:
    """Votes of each word, and the most frequent answer; with method `none`, no vote at all."""
    kept = random.Random(job.cell.seed)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    answers: Counter[str] = Counter()
    for example in job.train:
        for word, answer in _pairs(example, job.cell.task.type):
            votes[word][answer] += 1
            answers[answer] += 1
    majority = max(sorted(answers), key=answers.__getitem__)
    if job.cell.method == "none":
        return {}, majority
    return {word: dict(votes[word]) for word in sorted(votes) if kept.random() < 0.8}, majority


def _pairs(example: Example, kind: str) -> Iterable[tuple[str, str]]:
    match kind:
        case "tagging":
            return zip(example["tokens"], example["tags"], strict=True)
        case "text-to-text":
            return [(str(example["source"]), str(example["target"]))]
        case _:
            return [(word, str(example["label"])) for word in str(example["text"]).split()]


def _misbehave(cell: Cell) -> None:
    match cell.model.name:
        case "prints":
            print("x" * 99, file=sys.stderr)  # noqa: T201  what a careless plugin does
            os.write(1, (b"y" * 99 + b"\n") * 10_000)
        case "raises":
            raise ValueError("a plugin's own mistake")
        case "memory":
            raise MemoryError("no room")
        case "segv":
            ctypes.string_at(0)
        case "hang":
            time.sleep(_FOREVER)
        case "fork-hang":
            subprocess.Popen(["sleep", str(int(_FOREVER))])
            time.sleep(_FOREVER)
        case "exit":
            sys.exit(7)
        case "osexit":
            os._exit(9)
        case "kill-once":
            mark = Path(os.environ[STATE]) / cell.key
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)


@hookimpl
def xbench_backends() -> Iterable[Backend]:
    return (FakeBackend(),)
