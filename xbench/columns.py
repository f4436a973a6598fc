"""The columns of a board, in the order of `leaderboard.csv`, each with its meaning and unit.

The names and their order are a promise to other programs: columns are only ever added, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "task": "the task's name",
    "task_version": "the version on its card",
    "task_type": "classification, tagging, text-to-text, or a plugin's own",
    "language": "ISO 639-1 codes",
    "split": "the split that was scored",
    "model": "the model's name or label, with its options where they differ from the named model",
    "backend": "the family that fitted it",
    "method": "what of the model was trained, with the options that differ: `lora[r=16]`",
    "recipe": "how it was trained, with the values that differ: `default[lr=3e-05]`",
    "route": "how the shape solved the task type: head, text, or empty where there is no choice",
    "metric": "the metric with its parameters",
    "higher_is_better": "whether a larger score is better",
    "score": "mean over seeds of each seed's score on the whole test split, in the reference scorer's own scale",
    "ci_low": "lower end of the 95 % interval of the training procedure's expected score on the population of examples",
    "ci_high": "upper end of that interval",
    "rank": "1 + number of rows that are significantly better (Holm over all pairs, 5 %); empty where not ranked",
    "rank_max": "rows of the ranking - number of rows that are significantly worse",
    "tie_group": "letters: two rows share one if and only if they could not be told apart",
    "gain": "score minus that of the same model's `none` row",
    "train_score": "mean over seeds of the main metric on a seeded sample of train",
    "n_seeds": "seeds that have a score",
    "seed_sd": "standard deviation of the seeds' scores",
    "n_train": "training examples used",
    "n_test": "test examples scored",
    "total_params": "parameters of the model, those of its head included",
    "trainable_params": "parameters that the method trained",
    "train_seconds": "mean seconds of training, without loading, validation and saving",
    "eval_seconds": "mean seconds of predicting the test split",
    "train_examples_per_second": "mean training examples visited a second of training",
    "peak_memory_mib": "mean of the highest memory in use, MiB: of the device, or of the process on a CPU",
    "device": "what it ran on",
    "status": "ok, or the worst status among its seeds",
    "flags": "what makes the number doubtful",
    "protocol": "hash of all that makes two scores comparable; scores of two protocols are never ranked together",
    "run_ids": "the records that stand behind the row",
    "signature": "the exact variant of the metric: library, version, options",
    "revision": "the model's revision: a commit, or the digest of a folder's contents",
    "seed_scores": "each seed's score, in the order of run_ids that have one",
    "scale": "lowest and highest score of the metric; empty where it has no bounds",
}
COLUMNS = tuple(MEANINGS)
