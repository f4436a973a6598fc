"""A board by hand: two ranked rows, one of one seed and one failed, and a second task."""

from __future__ import annotations

from typing import Any

from xbench.records import Board

COLUMNS = (
    *("task", "task_version", "task_type", "language", "model", "method", "recipe", "route", "metric"),
    *("higher_is_better", "score", "ci_low", "ci_high", "rank", "rank_max", "tie_group", "gain", "n_seeds", "n_train"),
    *("n_test", "trainable_params", "train_seconds", "eval_seconds", "status", "flags", "protocol", "run_ids"),
)


def made_row(model: str, score: float | None, rank: int | None, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"task": "tnews", "task_version": 1, "task_type": "classification", "language": "zh", "metric": "accuracy"}
    row |= {"model": model, "method": "full", "recipe": "default[lr=3e-05]", "route": "head", "higher_is_better": True}
    row |= {"score": score, "rank": rank, "rank_max": rank, "tie_group": rank and "abc"[rank - 1], "n_seeds": 3}
    row |= {"n_train": 2000, "n_test": 500, "status": "ok", "flags": "", "protocol": "p" * 64, "run_ids": f"{model}-0"}
    if score is not None:
        row |= {"ci_low": score - 0.02, "ci_high": score + 0.02, "train_seconds": 90.0, "eval_seconds": 10.0}
    return row | changes


def made_board(*more: dict[str, Any]) -> Board:
    rows = (
        made_row("alpha", 0.91, 1, gain=0.5, trainable_params=1_500_000),
        made_row("beta", 0.75, 2, method="lora[r=16]", gain=-0.0123),
        made_row("lucky", 0.95, None, flags="one-seed", n_seeds=1),
        made_row("broken", None, None, flags="2/3 seeds;subset 2000/9000 train", status="diverged", n_seeds=2),
        *more,
        made_row(
            "alpha",
            27.52,
            1,
            task="wmt14",
            metric="bleu",
            protocol="q" * 64,
            ci_low=26.5,
            ci_high=28.5,
            run_ids="alpha-w",
        ),
    )
    pair = {"a_row": 0, "b_row": 1, "a": "alpha+full", "b": "beta+lora", "verdict": "separated", "delta": 0.16}
    return Board(COLUMNS, rows, ({**pair, "smallest_detectable": 0.031},), {}, {})
