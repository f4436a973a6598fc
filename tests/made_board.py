"""A board by hand: two ranked rows, one of one seed and one failed, and a second task."""

from __future__ import annotations

from dataclasses import replace
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


def made_run(seed: int, score: float | None, **changes: Any) -> dict[str, Any]:
    run: dict[str, Any] = {"key": f"k{seed}" * 32, "seed": seed, "status": "ok", "scores": {"accuracy": score}}
    run |= {"train_score": 0.99, "validation_score": 0.9, "error": None, "recipe_values": {"lr": 3e-05, "epochs": 3}}
    run |= {"cost": {"device": "cpu", "train_seconds": 30.0}, "command": "xbench run -m alpha -t tnews --seeds 3"}
    git = {"commit": "0123456789abcdef" * 2, "dirty": False}
    run["environment"] = {"python": "3.11.7", "platform": "Linux-x86_64", "packages": {"torch": "2.13.0"}, "git": git}
    return run | {"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"} | changes


SAMPLES = (
    {"id": "t-1", "input": {"text": "rain again"}, "target": "weather", "prediction": "sport", "right": False},
    {"id": "t-2", "input": {"text": "two goals"}, "target": "sport", "prediction": "sport", "right": True},
)


def made_whole_board(redistributable: bool = True) -> Board:
    """`made_board` with what opened rows show: alpha's three seeds on tnews, one of broken's that failed."""
    board = made_board()
    ids = "alpha-0;alpha-1;alpha-2"
    first = {
        **board.rows[0],
        "run_ids": ids,
        "seed_scores": "0.9;0.91;0.92",
        "seed_sd": 0.01,
        "peak_memory_mib": 2048,
        "train_score": 0.99,
    }
    runs = {f"alpha-{seed}": made_run(seed, 0.9 + seed / 100) for seed in range(3)}
    error = {"type": "NonFinite", "message": "loss is nan", "hint": "a smaller lr"}
    runs["broken-0"] = made_run(0, None, status="diverged", error=error)
    curve = {"loss": [[1, 2.5], [50, 1.25], [100, 0.5]], "validation": [[50, 0.7], [100, 0.9]], "lr": [[1, 0.1]]}
    task = {"description": "News titles.", "licence": "CC0", "citation": "Nobody (2026)"}
    return replace(
        board,
        rows=(first, *board.rows[1:]),
        curves={f"alpha-{seed}": curve for seed in range(3)},
        samples={"alpha-0": SAMPLES},
        runs=runs,
        tasks={"tnews@1": {**task, "redistributable": redistributable}},
    )
