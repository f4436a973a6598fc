"""Results folders that a test fills, and processes of its own that write into them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from made_cells import made_record

from xbench.store import Store

HERE = Path(__file__).parent


def publish(store: Store, cell: object, run_id: str = "r1", replace_: str | None = None, **changes: object) -> bool:
    staged = store.staging(cell)  # type: ignore[arg-type]
    (staged / "predictions.jsonl").write_text(f'{{"id": "test-0", "prediction": "{run_id}"}}\n')
    return store.publish(staged, made_record(cell, run_id, **changes), replace_)  # type: ignore[arg-type]


def leftovers(store: Store) -> list[str]:
    return sorted(p.name for kind in ("running", "trash") for p in (store.root / ".xbench" / kind).iterdir())


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
