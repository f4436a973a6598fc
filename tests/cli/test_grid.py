"""The live grid as a pure function: what stands in which line, at 80 and 160 columns, in few rows and many."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from made_cells import made_cell, made_model, made_record, made_task
from rich.cells import cell_len
from rich.console import Console
from screens import Screen

from xbench.cli.grid import Grid
from xbench.cli.live import Live
from xbench.cli.wording import duration, entry_lines, many, plan_lines, progress, some
from xbench.driver import Summary
from xbench.plan import Entry, Plan
from xbench.records import Record
from xbench.specs import Cell

TASKS = ("films", "books")
MODELS = ("majority", "scratch-tiny-encoder", "模型")


def cells(seeds: int = 2) -> list[Cell]:
    return [
        made_cell(seed, task=made_task(task), model=made_model(model))
        for seed in range(seeds)
        for task in TASKS
        for model in MODELS
    ]


def plan_of(found: list[Cell], state: Any = "run") -> Plan:
    entries = (Entry(c.task.name, c.model.name, c.method, c.seed, state, c, predicted={"seconds": 10.0}) for c in found)
    return Plan(tuple(entries))


def started(grid: Grid, found: list[Cell]) -> None:
    grid.plan(plan_of(found))


def end(grid: Grid, cell: Cell, score: float | None = None, **changes: Any) -> None:
    scores = {} if score is None else {"accuracy": score}
    record = made_record(cell, f"run-{cell.key[:8]}", scores=scores, **changes)
    grid.event("cell_finished", {"record": record}, 20.0)


def drawn(grid: Grid, columns: int = 80, rows: int = 24, now: float = 20.0) -> list[str]:
    return [line.plain.rstrip() for line in grid.lines(columns, rows, now)]


@pytest.fixture
def grid() -> Grid:
    """films: majority done, the encoder at its first seed, the third failed; books: nothing yet."""
    made, found = Grid(), cells()
    started(made, found)
    by_name = {(c.task.name, c.model.name, c.seed): c for c in found}
    end(made, by_name["films", "majority", 0], 0.5)
    end(made, by_name["films", "majority", 1], 0.7)
    error = {"stage": "fit", "type": "X", "message": "no\x1b[2J room\nhere", "hint": ""}
    end(made, by_name["films", "模型", 0], status="out_of_memory", error=error)
    running = by_name["films", "scratch-tiny-encoder", 0]
    made.event("cell_started", {"cell": running}, 8.0)
    for moment, step, examples in ((10.0, 5, 100.0), (20.0, 34, 1100.0)):
        values = {"stage": "fit", "step": step, "loss": 0.68125, "lr": 1e-3, "examples": examples}
        made.event("cell_progress", {"cell": running, "values": values}, moment)
    return made


@pytest.mark.parametrize("columns", [40, 80, 160])
@pytest.mark.parametrize("rows", [3, 6, 24])
def test_no_line_is_wider_and_no_screen_taller_than_it_may_be(grid: Grid, columns: int, rows: int) -> None:
    lines = grid.lines(columns, rows, 20.0)
    assert len(lines) <= rows
    assert all(cell_len(line.plain) <= columns for line in lines)
    assert not any("\x1b" in line.plain or "\n" in line.plain for line in lines)


def test_a_person_reads_what_runs_what_failed_what_is_best_and_what_is_left(grid: Grid) -> None:
    lines = drawn(grid, 160)
    # 3 of 12 cells of 10 s each are done: a quarter of the bar
    assert lines[0].startswith("━━━━━━──────────────────  3 of 12 cells, 1 running, 1 failed")
    assert lines[1] == "films  accuracy  3/6  best so far 0.6000 majority+full"
    assert lines[2].split() == ["majority+full", "✔✔", "0.6000"]
    assert lines[3].split("  ") == [
        *("", "scratch-tiny-encoder+full", "▶·", *[""] * 4),
        *("12 s", "step 34", "loss 0.6813", "100 examples/s"),
    ]
    assert lines[4].split(maxsplit=2) == ["模型+full", "✘·", r"out_of_memory: no\x1b[2J room here"]
    assert lines[5] == "books  accuracy  0/6"


def test_with_too_few_lines_what_runs_and_what_failed_is_kept(grid: Grid) -> None:
    lines = drawn(grid, 80, 6)
    assert [line.split()[0] for line in lines[1:-1]] == ["films", "scratch-tiny-encoder+full", "模型+full", "books"]
    assert lines[-1] == "  ... 4 more rows: 1 done, 3 waiting"
    assert [line.split()[0] for line in drawn(grid, 80, 4)[1:]] == ["films", "scratch-tiny-encoder+full", "..."]


def test_sixty_cells_fit_a_terminal_of_24_lines() -> None:
    found = [
        made_cell(seed, task=made_task(f"task{t}"), model=made_model(f"model{m}"))
        for seed in range(3)
        for t in range(5)
        for m in range(4)
    ]
    grid = Grid()
    started(grid, found)
    end(grid, found[0], 0.5)
    assert len(drawn(grid, 80, 24)) == 24
    assert len(drawn(grid, 80, 60)) == 26  # 5 tasks, 20 rows, and the first line
    assert all(f"task{t}  accuracy" in "\n".join(drawn(grid, 80, 24)) for t in range(5))


def test_where_lower_is_better_the_lowest_is_best() -> None:
    found = cells(1)
    grid = Grid(higher_is_better=lambda metric: False)
    started(grid, found)
    end(grid, found[0], 0.5)
    end(grid, found[1], 0.25)
    assert "best so far 0.2500 scratch-tiny-encoder+full" in drawn(grid)[1]


def test_what_was_done_before_counts_among_the_best() -> None:
    found = cells(1)[:2]
    records: dict[str, Record] = {found[0].key: made_record(found[0], "old", scores={"accuracy": 0.9})}
    grid = Grid(lambda cell: records.get(cell.key))
    done, run = (plan_of([cell], state).entries for cell, state in zip(found, ("done", "run"), strict=True))
    grid.plan(Plan((*done, *run)))
    lines = drawn(grid)
    assert "0 of 1 cell" in lines[0]
    assert lines[1] == "films  accuracy  1/2  best so far 0.9000 majority+full"


def test_a_cell_that_is_tried_again_says_why() -> None:
    found = cells(1)
    grid = Grid()
    started(grid, found)
    grid.event("cell_started", {"cell": found[0]}, 1.0)
    grid.event("cell_retried", {"cell": found[0], "cause": "its worker was killed"}, 2.0)
    assert drawn(grid)[2].split(maxsplit=1) == ["majority+full", "·          again, for its worker was killed"]


def test_many_seeds_are_counted_and_not_marked() -> None:
    found = [made_cell(seed, model=made_model("one")) for seed in range(12)]
    grid = Grid()
    started(grid, found)
    for cell in found[:5]:
        end(grid, cell, 0.5)
    grid.event("cell_started", {"cell": found[5]}, 1.0)
    assert drawn(grid)[2].split()[:3] == ["one+full", "5/12", "▶1"]


def test_a_recorded_run_on_a_console_leaves_grid_counts_and_board() -> None:
    """rich itself draws: two cells, one event after the other, on 80 columns."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, height=24, color_system=None)
    found = cells(1)[:2]
    with Live(Grid(), console) as live:
        live.plan(plan_of(found))
        for cell, score in zip(found, (0.25, 0.75), strict=True):
            live.event("cell_started", {"cell": cell})
            live.event("cell_finished", {"record": made_record(cell, "r", scores={"accuracy": score})})
        live.end(Summary(2, 0, 0, 0, 0, {"ok": 2}, 3.0), [])
    screen = Screen(80, 24)
    screen.write(written.getvalue().replace("\n", "\r\n"))
    assert screen.widest <= 80
    assert screen.text.splitlines() == [
        "plan: 2 cells to run, 0 done before, 0 skipped",
        "predicted time: 20 s",
        "━━━━━━━━━━━━━━━━━━━━━━━━  2 of 2 cells",
        "films  accuracy  2/2  best so far 0.7500 scratch-tiny-encoder+full",
        "  majority+full              ✔  0.2500",
        "  scratch-tiny-encoder+full  ✔  0.7500",
        "end: 2 ok, 0 failed, 0 done before, 0 skipped, in 3.0 s",
    ]


def test_a_terminal_without_ideographs_gets_escapes_and_no_line_that_is_too_wide() -> None:
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding="cp1252")
    found = [made_cell(0, task=made_task("任务" * 9), model=made_model("模型" * 9))]
    with Live(Grid(), Console(file=file, force_terminal=True, width=60, height=24, color_system=None)) as live:
        live.plan(plan_of(found))
        live.end(Summary(0, 0, 0, 0, 1, {}, 3.0), [])
    file.flush()
    screen = Screen(60, 24)
    screen.write(written.getvalue().decode("cp1252").replace("\n", "\r\n"))
    assert screen.widest <= 60
    assert "\\u6a21\\u578b" in screen.text


# --- words ----------------------------------------------------------------------------------------------------------


def test_skips_of_one_reason_share_a_line_and_a_dry_run_tells_each() -> None:
    entries = [
        Entry(task, model, "none", None, "skip", reason="not as `none`")
        for model in ("a", "b", "c", "d", "e")
        for task in ("films", "books")
    ]
    plan = Plan(tuple(entries))
    assert list(plan_lines(plan))[1:] == ["skip   films, books  a+none, b+none, c+none and 2 more: not as `none`"]
    assert len(list(plan_lines(plan, fold=False))) == 11


def test_wide_names_keep_the_columns_of_a_dry_run() -> None:
    first, second = cells(1)[:2]
    wide = replace(first, task=replace(first.task, name="新闻"))
    plan = [Entry(cell.task.name, cell.model.name, "full", 0, "run", cell) for cell in (wide, second)]
    assert list(entry_lines(plan)) == [
        "run    新闻   majority+full              s0",
        "run    films  scratch-tiny-encoder+full  s0",
    ]


def test_numbers_have_their_nouns() -> None:
    assert many(1, "cell") == "1 cell"
    assert many(2, "cell") == "2 cells"
    assert next(plan_lines(plan_of(cells(1)[:1]))) == "plan: 1 cell to run, 0 done before, 0 skipped"
    assert some(["a", "b", "c", "d"]) == "a, b, c, d"
    assert some(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert duration(4.4, whole=True) == "4 s"


def test_where_a_cell_stands_is_told_by_its_stage() -> None:
    assert progress({}, None) == "starts"
    assert progress({"stage": "load"}, None) == "loads"
    assert progress({"stage": "test", "done": 64, "of": 500}, None) == "predicts test 64 of 500"
    fit = {"stage": "fit", "step": 7, "validation": 0.5, "loss": 1.25, "lr": 0.1, "examples": 70.0}
    assert progress(fit, 1234.5) == "step 7  loss 1.25  1,234 examples/s  validation 0.5"


@pytest.mark.parametrize("columns", [60, 80])
def test_long_names_hide_neither_the_method_nor_the_best(columns: int) -> None:
    task, model = (
        made_task("a-rather-long-name-of-a-task-" * 3),
        made_model("some-laboratory/a-long-name-of-a-model-" * 2),
    )
    found = [made_cell(0, task=task, model=model, method=method) for method in ("full", "lora")]
    grid = Grid()
    started(grid, found)
    end(grid, found[1], 0.75)
    heading, full, lora = drawn(grid, columns)[1:]
    assert heading.startswith("a-rather-long")
    assert "accuracy  1/2  best so far 0.7500 som" in heading
    assert heading.endswith("…+lora")
    assert "…+full" in full
    assert "…+lora" in lora
    assert all(cell_len(line) <= columns for line in (heading, full, lora))


def test_a_cell_of_another_process_says_so_until_it_starts_here() -> None:
    (cell,) = found = [made_cell(0)]
    grid = Grid()
    started(grid, found)
    grid.event("cell_elsewhere", {"cell": cell}, 1.0)
    assert drawn(grid)[2].endswith("waits: another process runs it")
    grid.event("cell_started", {"cell": cell}, 2.0)
    assert "another" not in drawn(grid)[2]
