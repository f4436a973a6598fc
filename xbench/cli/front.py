"""`xbench` alone: how to begin."""

from __future__ import annotations

FRONT = """\
xbench {version}: fine-tune and evaluate NLP models on many tasks, and rank them.

Begin with one of these:

  xbench run -m majority -m tfidf -m scratch-tiny-encoder -t demo-sentiment
      A leaderboard of three models on a small task, in about a minute on a CPU.

  xbench run -m tfidf -t my.csv
      The same on your own file: a column of texts and a column of labels.

  xbench list
      The tasks, models and methods that are here. Names of the Hugging Face hub
      work too: xbench run --model t5-base --task wmt14

Help: xbench --help, or xbench run --help. Trouble: xbench doctor.
"""
