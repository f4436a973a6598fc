"""What an exception or a lost worker means: the status and the error of a record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from xbench import environment
from xbench.errors import CellError, UserError
from xbench.records import SCHEMA, Record, Status
from xbench.specs import Cell, Json

LOG = "log.txt"
_LOG_BYTES = 1 << 20
_MEMORY_HINT = "a smaller micro_batch_tokens, batch_size or max_length may fit"


def failure(error: BaseException, stage: str) -> tuple[Status, Json]:
    """The status that `error` stands for, and what a record says of it: stage, type, message, hint."""
    if isinstance(error, CellError):
        status: Any = error.status
        return status, _error(error.stage, error.kind, error.message, error.hint)
    name = type(error).__name__
    if isinstance(error, UserError):
        return "failed", _error(stage, name, error.message, error.hint)
    # torch.OutOfMemoryError is told by its name, for the core imports no framework.
    if isinstance(error, MemoryError) or any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__):
        return "out_of_memory", _error(stage, name, str(error), _MEMORY_HINT)
    return "failed", _error(stage, name, str(error) or name, "log.txt beside the record holds the traceback")


def _error(stage: str, kind: str, message: str, hint: str) -> Json:
    return {"stage": stage, "type": kind, "message": message, "hint": hint}


def lost(cause: str) -> Json:
    """The error of a record whose worker never told how it ended."""
    return _error("fit", "LostWorker", cause, "log.txt beside the record holds what it printed")


def printed(log: Path) -> bytes:
    """The end of what was printed, which says why; a plugin that prints without end fills no record."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""


def now() -> str:
    """UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def blank(cell: Cell, started: str) -> Record:
    """A record with nothing measured yet, ended now, on this machine."""
    return Record(
        schema=SCHEMA,
        key=cell.key,
        run_id=uuid4().hex,
        status="ok",
        cell=cell,
        main_metric=cell.task.metrics[0],
        scores={},
        train_score=None,
        validation_score=None,
        signatures={},
        counts={},
        cost={},
        flags=(),
        error=None,
        environment=environment.describe(),
        attempts=1,
        command="",
        started=started,
        finished=now(),
    )
