"""Baselines: the floor under every board. No torch.

majority     classification, tagging   the most frequent label (tag) of train
tfidf        classification            TF-IDF of character n-grams and a linear SVM
gazetteer    tagging                   longest match in the entities of train
copy         text-to-text              the source as it stands
"""

from __future__ import annotations

from collections.abc import Iterable

from xbench.hookspecs import hookimpl
from xbench.protocols import Backend
from xbench_baseline.backend import BaselineBackend


@hookimpl
def xbench_backends() -> Iterable[Backend]:
    return (BaselineBackend(),)
