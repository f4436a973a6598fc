"""Metrics over the field's reference implementations: scikit-learn, seqeval, sacrebleu.

accuracy, macro_f1            classification      labels.py
entity_f1                     tagging             entities.py
bleu, chrf                    text-to-text        texts.py
"""

from __future__ import annotations

from collections.abc import Iterable

from xbench.hookspecs import hookimpl
from xbench.protocols import Metric
from xbench_metrics.entities import EntityF1
from xbench_metrics.labels import Accuracy, MacroF1
from xbench_metrics.texts import Bleu, Chrf


@hookimpl
def xbench_metrics() -> Iterable[Metric]:
    return (Accuracy(), MacroF1(), EntityF1(), Bleu(), Chrf())
