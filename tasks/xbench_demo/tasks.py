"""The three demo tasks, one for each task type."""

from __future__ import annotations

from xbench.specs import DatasetRef, TaskSpec
from xbench_demo import sentiment, tagging

_CITATION = "xbench demo tasks, generated; made to be learnt in seconds from random weights, not to measure progress"
_SPLITS = {"train": "train", "validation": "validation", "test": "test"}


def _task(
    name: str,
    type_: str,
    inputs: tuple[str, ...],
    labels: tuple[str, ...],
    metrics: tuple[str, ...],
    language: tuple[str, ...],
    description: str,
) -> TaskSpec:
    return TaskSpec(
        name=f"demo-{name}",
        version=1,
        type=type_,
        data=DatasetRef("demo", {"set": name}, columns={}, splits=_SPLITS),
        inputs=inputs,
        labels=labels,
        metrics=metrics,
        language=language,
        licence="Apache-2.0",
        citation=_CITATION,
        redistributable=True,
        suites=("demo",),
        description=description,
    )


TASKS = (
    _task(
        "sentiment",
        "classification",
        ("text",),
        sentiment.LABELS,
        ("accuracy", "macro_f1"),
        ("en",),
        "Reviews whose verdict hangs on negation and contrast",
    ),
    _task(
        "tagging",
        "tagging",
        ("tokens",),
        tagging.LABELS,
        ("entity_f1",),
        ("en",),
        "Names that are a person, a place or an organisation by their context alone",
    ),
    _task(
        "translation",
        "text-to-text",
        ("source",),
        (),
        ("bleu", "chrf"),
        ("en", "qaa"),
        "English into a made-up language: verb last, agreement, lexical choice",
    ),
)
