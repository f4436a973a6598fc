"""Rows of runs to compare, from arrays written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from made_cells import Share, made_cell, made_model, made_record, made_task

from xbench.comparing.comparisons import compare
from xbench.comparing.deciding import Texts
from xbench.specs import Cell, Json
from xbench.store import Store


def hits(*seeds: str) -> Any:
    return np.array([[float(mark) for mark in seed] for seed in seeds])


GOOD = hits("1111101111", "1111111101", "1101111111")
POOR = hits("1000010000", "0100000001", "0001000010")


def keep(
    store: Store,
    cell: Cell,
    row: Any,
    cluster: Sequence[int] | None = None,
    answers: Sequence[str] | None = None,
    **changes: Any,
) -> str:
    staged = store.staging(cell)
    if answers is not None:
        lines = [{"id": f"t{i}", "target": "a", "prediction": answer} for i, answer in enumerate(answers)]
        (staged / "predictions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    arrays = {"accuracy": np.stack([row, np.ones_like(row)], axis=1)}
    if cluster:
        arrays["__clusters__"] = np.array(cluster)
    np.savez_compressed(staged / "stats.npz", **arrays)
    run_id = f"run-{cell.model.name}-{cell.method}-{cell.task.name}-{cell.seed}-{cell.recipe_values['lr']}"
    store.publish(staged, made_record(cell, run_id, scores={"accuracy": float(row.mean())}, **changes))
    return run_id


def keep_row(store: Store, model: str, rows: Any, task: str = "tnews", lr: float = 1e-3, **changes: Any) -> list[str]:
    spec = made_model(model, deterministic=changes.pop("deterministic", False))
    made = {"task": made_task(task), "model": spec, "values": {"lr": lr}, "method": changes.pop("method", "full")}
    answers = changes.pop("answers", [None] * len(rows))
    return [
        keep(store, made_cell(seed, **made), row, answers=told, **changes)
        for seed, (row, told) in enumerate(zip(rows, answers, strict=True))
    ]


def ask(
    store: Store, a: str, b: str, task: str | None = None, texts: Texts | None = None, metric: Any = None
) -> list[Json]:
    found: Any = metric or Share()
    return compare(list(store.records()), a, b, store.folder, lambda text: found, lambda method: {}, task, texts)
