"""Records to rows: what is averaged, ranked, left out, flagged, and in which order it stands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from made_cells import Share, made_cell, made_model, made_record, made_task

from xbench.board import build, frame
from xbench.columns import COLUMNS
from xbench.errors import UserError
from xbench.records import Board, Record, Status
from xbench.rows import SEVERITY

DESIGN = (
    *("task", "task_version", "task_type", "language", "split", "model", "backend", "method", "recipe", "route"),
    *("metric", "higher_is_better", "score", "ci_low", "ci_high", "rank", "rank_max", "tie_group", "gain"),
    *("train_score", "n_seeds", "seed_sd", "n_train", "n_test", "total_params", "trainable_params", "train_seconds"),
    *("eval_seconds", "train_examples_per_second", "peak_memory_mib", "device", "status", "flags", "protocol"),
    "run_ids",
)


class Bench:
    """Collects records and their statistics in a folder; `right` is one 0/1 list for each seed."""

    def __init__(self, root: Path, higher_is_better: bool = True) -> None:
        self.root, self.records, self.metric = root, [], Share(higher_is_better)

    def add(
        self, model: str, *right: Any, method: str = "full", cell: dict[str, Any] | None = None, **changes: Any
    ) -> list[Record]:
        deterministic = (cell or {}).pop("deterministic", False)
        added = []
        for seed, answers in enumerate(right):
            made = made_cell(seed, model=made_model(model, deterministic=deterministic), method=method, **(cell or {}))
            run = f"{model}-{method}-{seed}-{len(self.records)}"
            if isinstance(answers, str):
                record = made_record(made, run, status=answers, scores={}, signatures={}, **changes)
            else:
                table = np.stack([np.asarray(answers, float), np.ones(len(answers))], axis=1)
                (self.root / run).mkdir()
                np.savez(self.root / run / "stats.npz", accuracy=table)
                record = made_record(made, run, **({"scores": {"accuracy": float(np.mean(answers))}} | changes))
            added.append(record)
        self.records.extend(added)
        return added

    def board(self, **options: Any) -> Board:
        return build(self.records, lambda record: self.root / record.run_id, lambda text: self.metric, **options)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def answers(share: float, n: int = 400, seed: int = 0) -> np.ndarray:
    """0/1 with exactly this share of 1, hard examples last for every model, a few of them swapped by seed."""
    right = (np.arange(n) < round(share * n)).astype(float)
    swap = np.random.default_rng(seed).permutation(n)[: n // 50]
    right[swap] = right[swap][::-1]
    return right


def seeds(*shares: float, first: int = 0) -> list[np.ndarray]:
    return [answers(share, seed=first + i) for i, share in enumerate(shares)]


def row(board: Board, model: str, method: str = "full") -> Any:
    (found,) = [row for row in board.rows if row["model"] == model and row["method"] == method]
    return found


def test_the_columns_stand_first_in_the_order_of_the_contract() -> None:
    assert COLUMNS[: len(DESIGN)] == DESIGN


def test_every_status_has_a_severity() -> None:
    assert sorted(SEVERITY) == sorted(get_args(Status))


def test_a_row_is_the_mean_of_its_seeds(bench: Bench) -> None:
    bench.add("one", *seeds(0.80, 0.82, 0.84))
    found = row(bench.board(), "one")
    assert found["score"] == pytest.approx(0.82)
    assert found["seed_sd"] == pytest.approx(0.02)
    assert found["n_seeds"] == 3
    assert found["ci_low"] < 0.82 < found["ci_high"]
    assert (found["rank"], found["rank_max"], found["tie_group"]) == (1, 1, "a")
    assert (found["task"], found["language"], found["split"], found["status"]) == ("tnews", "en", "test", "ok")
    assert found["seed_scores"] == "0.8;0.82;0.84"
    assert found["scale"] == "0;1"
    assert found["run_ids"].split(";") == [record.run_id for record in bench.records]


def test_equal_seeds_are_all_there(bench: Bench) -> None:
    bench.add("one", *seeds(0.80, 0.80, 0.86))
    assert row(bench.board(), "one")["seed_scores"] == "0.8;0.8;0.86"


def test_costs_are_means_over_seeds_and_sizes_are_counts(bench: Bench) -> None:
    bench.add("one", answers(0.8), cost={"train_seconds": 10.0, "total_params": 7, "device": "cpu"})
    records = bench.add("one", answers(0.8), cost={"train_seconds": 14.0, "total_params": 7, "device": "cpu"})
    bench.records[-1] = replace(records[0], cell=made_cell(1, model=made_model("one")))
    found = row(bench.board(), "one")
    assert (found["train_seconds"], found["total_params"], found["device"]) == (12.0, 7, "cpu")
    assert isinstance(found["total_params"], int)
    assert found["eval_seconds"] is None


def test_a_clear_gap_is_ranked_and_a_tie_shares_a_letter(bench: Bench) -> None:
    bench.add("low", *seeds(0.50, 0.51, 0.50, first=20))
    bench.add("high", *seeds(0.90, 0.90, 0.905))
    bench.add("same", *seeds(0.90, 0.905, 0.90, first=10))
    board = bench.board()
    assert [r["model"] for r in board.rows][2] == "low"
    assert [(r["rank"], r["rank_max"]) for r in board.rows] == [(1, 2), (1, 2), (3, 3)]
    assert [r["tie_group"] for r in board.rows] == ["a", "a", "b"]
    verdicts = {(pair["a_row"], pair["b_row"]): pair["verdict"] for pair in board.comparisons}
    assert verdicts == {(0, 1): "tied", (0, 2): "separated", (1, 2): "separated"}
    gap = next(pair for pair in board.comparisons if pair["b_row"] == 2)
    assert gap["delta"] == pytest.approx(board.rows[0]["score"] - board.rows[2]["score"])
    assert gap["low"] < gap["delta"] < gap["high"]
    assert gap["p_value"] < 0.05
    assert 0 < gap["smallest_detectable"] < 0.3


def test_where_lower_is_better_the_lowest_is_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path, higher_is_better=False)
    bench.add("high", *seeds(0.9, 0.9))
    bench.add("low", *seeds(0.2, 0.2))
    assert [(r["model"], r["rank"], r["higher_is_better"]) for r in bench.board().rows] == [
        ("low", 1, False),
        ("high", 2, False),
    ]


def test_a_failed_seed_is_not_averaged_away(bench: Bench) -> None:
    bench.add("broken", answers(0.99), "diverged", answers(0.99))
    bench.add("dead", "failed", "crashed")
    bench.add("sound", *seeds(0.5, 0.5, 0.5))
    board = bench.board()
    assert [r["model"] for r in board.rows] == ["sound", "broken", "dead"]
    broken, dead = row(board, "broken"), row(board, "dead")
    for column in ("score", "ci_low", "ci_high", "rank", "rank_max", "tie_group", "gain", "seed_sd", "train_score"):
        assert broken[column] is None
    assert (broken["n_seeds"], broken["status"], broken["flags"]) == (2, "diverged", "2/3 seeds")
    assert (dead["n_seeds"], dead["status"], dead["flags"]) == (0, "failed", "0/2 seeds")
    assert row(board, "sound")["rank"] == row(board, "sound")["rank_max"] == 1


def test_one_seed_is_shown_and_not_ranked_unless_one_seed_says_it_all(bench: Bench) -> None:
    bench.add("lucky", answers(0.95))
    bench.add("floor", answers(0.3), cell={"deterministic": True})
    bench.add("many", *seeds(0.8, 0.8, 0.805))
    board = bench.board()
    assert [r["model"] for r in board.rows] == ["many", "floor", "lucky"]
    lucky, floor = row(board, "lucky"), row(board, "floor")
    assert lucky["score"] == pytest.approx(0.95)
    assert lucky["ci_low"] is not None
    assert (lucky["rank"], lucky["tie_group"], lucky["flags"]) == (None, None, "one-seed")
    assert (floor["rank"], floor["rank_max"], floor["flags"]) == (2, 2, "")
    verdicts = {frozenset((pair["a"], pair["b"])): pair for pair in board.comparisons}
    untested = verdicts[frozenset(("many+full", "lucky+full"))]
    assert untested["verdict"] == "untestable"
    assert untested["p_value"] is None
    assert untested["smallest_detectable"] > 0


def test_gain_is_over_the_same_model_untrained(bench: Bench) -> None:
    bench.add("one", *seeds(0.2, 0.2), method="none", flags=("untrained-head",))
    bench.add("one", *seeds(0.8, 0.8))
    bench.add("two", *seeds(0.7, 0.7))
    board = bench.board()
    assert row(board, "one")["gain"] == pytest.approx(0.6)
    assert row(board, "one", "none")["gain"] is None
    assert row(board, "one", "none")["flags"] == "untrained-head"
    assert row(board, "two")["gain"] is None


def test_of_two_untrained_rows_that_are_as_near_none_is_the_floor(bench: Bench) -> None:
    added = bench.add("one", *seeds(0.2, 0.2), method="none")
    other = bench.add("one", *seeds(0.3, 0.3), method="none")
    bench.records = [replace(r, cell=replace(r.cell, recipe="quick" if r in other else "long")) for r in added + other]
    bench.add("one", *seeds(0.8, 0.8))  # by the recipe "default"
    assert row(bench.board(), "one")["gain"] is None


def test_other_numbers_of_examples_under_one_protocol_are_refused(bench: Bench) -> None:
    bench.add("one", *seeds(0.8, 0.8))
    bench.add("two", answers(0.9, n=399), answers(0.9, n=399, seed=1))
    with pytest.raises(UserError, match=r"under one protocol: 400 in .*, 399 in"):
        bench.board()


def test_limits_make_another_contest_and_say_so(bench: Bench) -> None:
    full = {"train": 9000, "validation": 10, "test": 400}
    bench.add("one", *seeds(0.8, 0.8), counts={"train": 9000, "test": 400, "full": full})
    bench.add("one", *seeds(0.9, 0.9), cell={"limit_train": 100}, counts={"train": 100, "test": 400, "full": full})
    board = bench.board()
    assert len({r["protocol"] for r in board.rows}) == 2
    assert {r["rank"] for r in board.rows} == {1}
    assert {(r["n_train"], r["flags"]) for r in board.rows} == {(9000, ""), (100, "subset 100/9000 train")}
    assert board.comparisons == ()


def test_variants_of_a_metric_never_mix(bench: Bench) -> None:
    bench.add("one", *seeds(0.8, 0.8))
    bench.add("two", *seeds(0.9, 0.9), signatures={"accuracy": "accuracy:2"})
    board = bench.board()
    assert {(r["model"], r["rank"], r["signature"]) for r in board.rows} == {
        ("one", 1, "accuracy:1"),
        ("two", 1, "accuracy:2"),
    }


def test_another_result_version_is_another_row(bench: Bench) -> None:
    bench.add("one", *seeds(0.8, 0.8))
    bench.add("one", *seeds(0.9, 0.9), cell={"result_version": 2})
    assert [r["n_seeds"] for r in bench.board().rows] == [2, 2]


def test_a_metric_without_statistics_is_shown_without_interval(bench: Bench) -> None:
    records = bench.add("one", *seeds(0.8, 0.8))
    (bench.root / records[1].run_id / "stats.npz").unlink()
    found = row(bench.board(), "one")
    assert found["score"] == pytest.approx(0.8)
    assert (found["ci_low"], found["rank"], found["flags"]) == (None, None, "no-interval")


def test_a_metric_that_no_plugin_knows_is_shown_unranked(bench: Bench) -> None:
    bench.add("one", *seeds(0.8, 0.8))

    def unknown(text: str) -> Any:
        raise UserError(f"unknown metric {text}")

    found = row(build(bench.records, lambda record: bench.root / record.run_id, unknown), "one")
    assert found["score"] == pytest.approx(0.8)
    assert (found["rank"], found["higher_is_better"], found["flags"]) == (None, None, "unknown-metric")


def test_broken_statistics_are_named(bench: Bench) -> None:
    (record,) = bench.add("one", answers(0.8))
    path = bench.root / record.run_id / "stats.npz"
    path.write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(UserError, match=r"stats\.npz"):
        bench.board()


def test_clusters_widen_the_interval(bench: Bench) -> None:
    right = np.repeat(np.random.default_rng(0).random(40) < 0.7, 10).astype(float)
    records = bench.add("one", right, right)
    narrow = row(bench.board(), "one")
    for record in records:
        path = bench.root / record.run_id / "stats.npz"
        table = np.stack([right, np.ones(400)], axis=1)
        np.savez(path, accuracy=table, __clusters__=np.repeat(np.arange(40), 10))
    wide = row(bench.board(), "one")
    assert wide["score"] == narrow["score"]
    assert wide["ci_high"] - wide["ci_low"] > 2 * (narrow["ci_high"] - narrow["ci_low"])


def test_a_board_does_not_depend_on_the_order_of_records_and_is_strict_json(bench: Bench) -> None:
    bench.add("one", *seeds(0.8, 0.82))
    bench.add("two", *seeds(0.7, 0.75))
    bench.add("bad", "failed")
    board = bench.board()
    bench.records.reverse()
    assert bench.board() == board
    assert json.loads(json.dumps(board.rows, allow_nan=False))[0]["model"] == "one"
    json.dumps(board.comparisons, allow_nan=False)


def test_no_records_make_an_empty_board(bench: Bench) -> None:
    assert bench.board().rows == ()
    assert list(frame(bench.board()).columns) == list(COLUMNS)


def test_the_frame_has_a_row_for_each_line_and_metric(bench: Bench) -> None:
    task = made_task(metrics=("accuracy", "macro_f1"))
    scores = {"accuracy": 0.8, "macro_f1": 0.6}
    bench.add("one", *seeds(0.8, 0.8), cell={"task": task}, scores=scores, signatures=dict.fromkeys(scores, "1"))
    table = frame(bench.board())
    assert list(table["metric"]) == ["accuracy", "macro_f1"]
    assert list(table["score"]) == [0.8, 0.6]
    assert table["train_score"].tolist()[0] == 0.75
    assert table["train_score"].isna().tolist() == [False, True]  # the train score is the main metric's
