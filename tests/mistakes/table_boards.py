"""What is asked of a results folder: boards, comparisons, predictions, new scores."""

from __future__ import annotations

from mistakes.asked import Mistake
from mistakes.folders import both, files, results

BOARDS = (
    Mistake(
        "A board of a folder that is not there",
        "xbench leaderboard --results reslts",
        ("no records under reslts", "--results names the folder of a run"),
        results,
    ),
    Mistake(
        "A comparison in a folder that is not there",
        "xbench compare tfidf majority --results reslts",
        ("no records under reslts", "--results names the folder of a run"),
        results,
    ),
    Mistake(
        "New scores in a folder that is not there",
        "xbench rescore --results reslts",
        ("no records under reslts", "--results names the folder of a run"),
        results,
    ),
    Mistake(
        "New scores under a data folder that is not there",
        "xbench rescore --data-dir elsewhere",
        ("data folder elsewhere: no such folder", "--data-dir"),
        results,
    ),
    Mistake(
        "A board of an empty folder",
        "xbench leaderboard --results empty",
        ("no records under empty", "--results names the folder of a run"),
        files(empty__notes_txt=""),
    ),
    Mistake(
        "A format of the board that there is not",
        "xbench leaderboard --format pdf",
        ("unknown format 'pdf'", "csv, html, md"),
        results,
    ),
    Mistake(
        "A board into a file",
        "xbench leaderboard --out notes.txt",
        ("notes.txt", "cannot be written: a file is in the way", "name another folder"),
        both(results, files(notes_txt="a note\n")),
    ),
    Mistake(
        "A claim that cannot be read",
        "xbench leaderboard --assert accuracy=0.5",
        ("--assert 'accuracy=0.5': cannot be read", "accuracy>=0.9"),
        results,
    ),
    Mistake(
        "A claim about a metric with a slip",
        "xbench leaderboard --assert 'acuracy>=0.5'",
        ("unknown metric of the board 'acuracy'", "did you mean accuracy?"),
        results,
    ),
    Mistake(
        "A claim about a column that there is not",
        "xbench leaderboard --assert 'accuracy>=0.5 where modl=tfidf'",
        ("unknown column 'modl'", "did you mean model?"),
        results,
    ),
    Mistake(
        "A row that is not on the board",
        "xbench compare minilm+full tfdif",
        ("unknown row or run 'tfdif'", "did you mean tfidf?"),
        results,
    ),
    Mistake(
        "A name of several rows",
        "xbench compare minilm tfidf",
        ("'minilm' names more than one row of banking77", "minilm+full", "minilm+lora"),
        results,
    ),
    Mistake(
        "A row against itself",
        "xbench compare tfidf tfidf",
        ("both are tfidf+full", "name two that differ"),
        results,
    ),
    Mistake(
        "A comparison on a task without records",
        "xbench compare minilm+full tfidf -t cluener",
        ("'cluener'", "banking77"),
        results,
    ),
    Mistake(
        "A prediction by a run that there is not",
        "xbench predict nosuch --text hello",
        ("unknown run 'nosuch'", "name a run's folder"),
        results,
    ),
    Mistake(
        "A prediction by a run that kept no model",
        "xbench predict cdfe8b13 --text hello",
        ("its model was not kept", "--save-model"),
        results,
    ),
    Mistake(
        "A prediction of nothing",
        "xbench predict cdfe8b13",
        ("nothing to predict", "--text or --file"),
        results,
    ),
    Mistake(
        "A prediction of a folder",
        "xbench predict cdfe8b13 --file results",
        ("--file results: a folder", "name a file of lines"),
        results,
    ),
    Mistake(
        "New scores where no predictions are kept",
        "xbench rescore --offline",
        ("20 runs: no predictions are kept", "copy its predictions.jsonl here"),
        results,
        code=1,
        leaves=("results",),
    ),
)
