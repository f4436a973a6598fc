"""Scores of generated texts, by sacrebleu: BLEU (Papineni et al. 2002, Post 2018) and chrF++ (Popović 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from xbench.specs import Example, Json, Option, Prediction, TaskSpec

BLEU_ORDER = 4


def _pairs(examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[list[str], list[str]]:
    return [p["prediction"] for p in predictions], [e["target"] for e in examples]


@dataclass(frozen=True, slots=True)
class _Sacrebleu:
    """What BLEU and chrF share: one reference an example, statistics that add up, sacrebleu's own signature."""

    targets: ClassVar[Sequence[str]] = ("text",)

    def _reference(self) -> Any:
        raise NotImplementedError

    def signature(self, task: TaskSpec) -> str:
        metric = self._reference()
        metric.corpus_score(["a"], [["a"]])  # sacrebleu knows the number of references only after a call
        return str(metric.get_signature())

    def statistics(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Any:
        """(n, k) float64: the counts that sacrebleu sums over segments."""
        import numpy as np

        hypotheses, references = _pairs(examples, predictions)
        rows = self._reference()._extract_corpus_statistics(hypotheses, [references])
        return np.array(rows, dtype=np.float64)

    def direct(self, task: TaskSpec, examples: Sequence[Example], predictions: Sequence[Prediction]) -> float:
        hypotheses, references = _pairs(examples, predictions)
        return float(self._reference().corpus_score(hypotheses, [references]).score)


@dataclass(frozen=True, slots=True)
class Bleu(_Sacrebleu):
    """Corpus BLEU, 0 to 100, up to 4-grams, exponential smoothing, sacrebleu's tokeniser `tokenize`."""

    name: str = "bleu"
    result_version: int = 1
    higher_is_better: bool = True
    bounds: tuple[float, float] = (0.0, 100.0)
    tokenize: str = "13a"
    lowercase: bool = False

    @property
    def options(self) -> Sequence[Option]:
        return (
            Option("tokenize", "str", "13a", "13a", "sacrebleu tokeniser", ("13a", "zh", "intl", "char", "none")),
            Option("lowercase", "bool", False, False, "compare in lower case"),
        )

    def bind(self, parameters: Json) -> Bleu:
        return replace(self, **parameters)

    def _reference(self) -> Any:
        from sacrebleu.metrics.bleu import BLEU

        return BLEU(tokenize=self.tokenize, lowercase=self.lowercase, force=True)

    def score(self, sums: Any) -> Any:
        """sacrebleu's arithmetic on arrays: (..., 10) of lengths, matches and totals -> (...)."""
        import numpy as np

        sums = np.asarray(sums, dtype=np.float64)
        system, reference = sums[..., 0], sums[..., 1]
        correct, total = sums[..., 2 : 2 + BLEU_ORDER], sums[..., 2 + BLEU_ORDER :]
        halvings = np.cumsum((correct == 0) & (total > 0), axis=-1)
        safe_total = np.where(total > 0, total, 1)
        precision = np.where(correct > 0, correct / safe_total, 1 / (2.0**halvings * safe_total))
        brevity = np.where(
            system < reference, np.exp(1 - reference / np.where(system > 0, system, 1)), np.where(system > 0, 1.0, 0.0)
        )
        scored = (correct.sum(-1) > 0) & (total > 0).all(-1) & (system > 0)
        return np.where(scored, 100 * brevity * np.exp(np.log(precision).mean(-1)), 0.0)


@dataclass(frozen=True, slots=True)
class Chrf(_Sacrebleu):
    """Corpus chrF, 0 to 100; with the default `word_order` 2 it is chrF++."""

    name: str = "chrf"
    result_version: int = 1
    higher_is_better: bool = True
    bounds: tuple[float, float] = (0.0, 100.0)
    word_order: int = 2

    @property
    def options(self) -> Sequence[Option]:
        return (Option("word_order", "int", 2, 2, "longest word n-gram; 0 is plain chrF, 2 is chrF++", (0, 1, 2)),)

    def bind(self, parameters: Json) -> Chrf:
        return replace(self, **parameters)

    def _reference(self) -> Any:
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(word_order=self.word_order)

    def score(self, sums: Any) -> Any:
        """sacrebleu's arithmetic on arrays: (..., 3 * orders) of hypothesis, reference and match counts -> (...)."""
        import numpy as np

        counts = np.asarray(sums, dtype=np.float64)
        counts = counts.reshape(*counts.shape[:-1], -1, 3)
        hypothesis, reference, match = counts[..., 0], counts[..., 1], counts[..., 2]
        used = (hypothesis > 0) & (reference > 0)
        orders = np.maximum(used.sum(-1), 1)
        precision = np.where(used, match / np.where(used, hypothesis, 1), 0).sum(-1) / orders
        recall = np.where(used, match / np.where(used, reference, 1), 0).sum(-1) / orders
        beta2 = 4.0  # recall counts twice as much: beta 2, as in the paper
        denominator = beta2 * precision + recall
        return np.where(
            denominator > 0, 100 * (1 + beta2) * precision * recall / np.where(denominator > 0, denominator, 1), 0.0
        )
