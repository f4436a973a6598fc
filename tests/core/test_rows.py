"""Which records stand in one line of a board, before anything is compared."""

from __future__ import annotations

from made_cells import made_cell, made_record

from xbench.rows import columns, lines


def test_a_failed_seed_goes_with_the_newest_variant_of_the_metric_and_takes_its_counts_from_the_others() -> None:
    records = [
        made_record(made_cell(0), "old"),
        made_record(made_cell(1), "dead", status="failed", scores={}, signatures={}, counts={}),
        made_record(made_cell(2), "new", signatures={"accuracy": "accuracy:2"}, finished="2026-02-02T00:00:00Z"),
    ]
    found = {line.signature: line for line in lines(records)}
    assert {name: [record.run_id for record in line.records] for name, line in found.items()} == {
        "accuracy:1": ["old"],
        "accuracy:2": ["dead", "new"],
    }
    row = columns(found["accuracy:2"])
    assert (row["n_seeds"], row["n_test"], row["status"], row["score"]) == (1, 4, "failed", None)
