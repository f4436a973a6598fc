"""Results that may move only together with a raised `result_version`.

Where one of these fails, either the change was not meant to move results (mend it), or it was: then raise the
`result_version` of the component that moved, so that stored cells are known to be of another kind, and pin the new
values beside the new number.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from xbench import api
from xbench_baseline.backend import BaselineBackend
from xbench_scratch.backend import ScratchBackend

TASKS = ("demo-sentiment", "demo-tagging", "demo-translation")

BASELINES = 1  # result_version of the backend that made these: digests of 100 predictions after 500 training rows
PREDICTIONS = {
    ("demo-sentiment", "majority"): "20318fcece36a39e",
    ("demo-sentiment", "tfidf"): "314ee5962cb3a84c",
    ("demo-tagging", "gazetteer"): "07f16c4a546e1d86",
    ("demo-tagging", "majority"): "d07d732b4ac70927",
    ("demo-translation", "copy"): "e021833c1f3875c7",
}

SCRATCH = 1  # and these: losses of the 1st, 6th and 12th step
LOSSES = {
    ("demo-sentiment", "scratch-tiny", "full"): (0.6975, 0.6829, 0.7296),
    ("demo-sentiment", "scratch-tiny", "lora"): (0.6975, 0.7041, 0.6932),
    ("demo-tagging", "scratch-tiny", "full"): (1.9868, 1.1785, 1.1911),
    ("demo-tagging", "scratch-tiny-decoder", "lora"): (2.0194, 1.9870, 1.9465),
    ("demo-translation", "scratch-tiny", "full"): (6.7241, 5.6777, 5.1306),
    ("demo-translation", "scratch-tiny-decoder", "full"): (7.0621, 5.7147, 5.2206),
}


def test_baselines_predict_what_their_version_predicts(tmp_path: Path) -> None:
    api.run(["majority", "tfidf", "gazetteer", "copy"], TASKS, results=tmp_path, limit_train=500, limit_eval=100)
    found = {}
    for path in tmp_path.glob("*/*/predictions.jsonl"):
        rows = [json.loads(line)["prediction"] for line in path.read_text(encoding="utf-8").splitlines()]
        digest = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()[:16]
        found[path.parts[-3], path.parts[-2].split("--")[0]] = digest
    assert (BaselineBackend.result_version, found) == (BASELINES, PREDICTIONS)


def test_training_goes_the_way_of_its_version(tmp_path: Path) -> None:
    """Initial weights, data order, schedule and optimizer in one: another of any of these is another loss."""
    budget = {"max_steps": 12, "num_beams": 1, "max_target_length": 8}
    limits = {"limit_train": 200, "limit_eval": 20}
    models, methods = ["scratch-tiny", "scratch-tiny-decoder"], ["full", "lora"]
    api.run(models, TASKS, methods, results=tmp_path, seeds=1, sets=budget, **limits)  # type: ignore[arg-type]
    assert ScratchBackend.result_version == SCRATCH
    for (task, model, method), losses in LOSSES.items():
        (path,) = tmp_path.glob(f"{task}/{model}--{method}--s0--*/curve.jsonl")
        rows = {row["step"]: row["loss"] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
        assert [rows[step] for step in (1, 6, 12)] == pytest.approx(losses, rel=5e-3), (task, model, method)
