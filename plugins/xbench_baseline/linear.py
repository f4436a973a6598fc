"""TF-IDF of character n-grams and a linear support vector machine, by scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from xbench.specs import Example, Json, Option, TaskSpec

OPTIONS = (
    Option("svm_c", "float", 0.5, 0.5, "inverse strength of the linear SVM's regularisation (scikit-learn's C)"),
    Option("ngrams", "list", None, None, "shortest and longest character n-gram; by language where not given"),
)
UNSPACED = frozenset({"zh", "ja", "th"})  # no spaces between words: n-grams may not be held within words


def problem(options: Json) -> str | None:
    """Why nothing can be fitted with these values, or None."""
    if not (options.get("svm_c", 0.5) or 0) > 0:
        return f"svm_c={options['svm_c']}: it is above 0"
    ngrams = [str(size) for size in options.get("ngrams") or ("1", "1")]
    if len(ngrams) != 2 or not all(size.isdigit() for size in ngrams) or not 1 <= int(ngrams[0]) <= int(ngrams[1]):
        return f"ngrams={','.join(ngrams)}: write the shortest and the longest, as in ngrams=1,3"
    return None


class TfidfLinear:
    """Characters 2 to 4 within words; 1 to 2 in languages that put no spaces between words."""

    task_types: ClassVar[frozenset[str]] = frozenset({"classification"})

    def __init__(self) -> None:
        self.vectorizer: Any = None
        self.classifier: Any = None
        self.inputs: tuple[str, ...] = ()

    def fit(self, examples: Iterable[Example], task: TaskSpec, options: Json) -> None:
        from sklearn.svm import LinearSVC

        rows = list(examples)
        self.inputs = task.inputs
        unspaced = bool(UNSPACED.intersection(task.language))
        shortest, longest = map(int, options.get("ngrams") or ((1, 2) if unspaced else (2, 4)))
        self._vectorize({"analyzer": "char" if unspaced else "char_wb", "ngram_range": [shortest, longest]})
        self.classifier = LinearSVC(C=options.get("svm_c", 0.5), random_state=0)
        self.classifier.fit(self.vectorizer.fit_transform(self._texts(rows)), [row["label"] for row in rows])

    def predict(self, examples: Sequence[Example]) -> list[Any]:
        if not examples:
            return []
        return [str(v) for v in self.classifier.predict(self.vectorizer.transform(self._texts(examples)))]

    @property
    def parameters(self) -> int:
        return int(self.classifier.coef_.size + self.classifier.intercept_.size)

    def save(self, folder: Path) -> None:
        import numpy as np

        settings = {"analyzer": self.vectorizer.analyzer, "ngram_range": list(self.vectorizer.ngram_range)}
        classes = [str(value) for value in self.classifier.classes_]
        vocabulary = {term: int(index) for term, index in self.vectorizer.vocabulary_.items()}
        kept = {"vectorizer": settings, "classes": classes, "vocabulary": vocabulary}
        (folder / "tfidf.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        weights = {"idf": self.vectorizer.idf_, "coef": self.classifier.coef_, "intercept": self.classifier.intercept_}
        np.savez_compressed(folder / "tfidf.npz", **weights)

    def load(self, folder: Path, task: TaskSpec) -> None:
        import numpy as np
        from sklearn.svm import LinearSVC

        kept = json.loads((folder / "tfidf.json").read_text(encoding="utf-8"))
        self.inputs = task.inputs
        self._vectorize(kept["vectorizer"])
        self.vectorizer.vocabulary_ = kept["vocabulary"]
        self.classifier = LinearSVC()
        self.classifier.classes_ = np.array(kept["classes"])
        with np.load(folder / "tfidf.npz") as weights:
            self.vectorizer.idf_ = weights["idf"]
            self.classifier.coef_, self.classifier.intercept_ = weights["coef"], weights["intercept"]

    def _vectorize(self, settings: Json) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.vectorizer = TfidfVectorizer(analyzer=settings["analyzer"], ngram_range=tuple(settings["ngram_range"]))

    def _texts(self, examples: Iterable[Example]) -> list[str]:
        return ["\n".join(example[name] for name in self.inputs) for example in examples]
