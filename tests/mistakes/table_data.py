"""Data that a card describes."""

from __future__ import annotations

from mistakes.asked import Mistake
from mistakes.folders import ROWS, both, card, jsonl

RUN = "xbench run -m majority -t mine.toml --data-dir ."
DATA = (
    Mistake(
        "A label that the card does not name",
        RUN,
        ("data/train.csv:3: field label: 'badd'", "2 labels: good, bad", "mend this row, or the card"),
        card(train="text,label\nfine,good\nawful,badd\n"),
    ),
    Mistake(
        "A label that only the test split has",
        RUN,
        ("data/test.csv:3: field label: 'middling'", "mend this row, or the card"),
        card(test="text,label\nfine,good\nso so,middling\n"),
    ),
    Mistake(
        "An empty text",
        RUN,
        ("data/train.csv:3: field text: empty text", "mend this row"),
        card(train="text,label\nfine,good\n,bad\n"),
    ),
    Mistake(
        "Tabs under a card that says comma",
        RUN,
        ("data/train.csv:1: the header is a single column", "tab-separated?", r'delimiter = "\t" in the card'),
        card(train=ROWS.replace(",", "\t")),
    ),
    Mistake(
        "Semicolons under a card that says comma",
        RUN,
        ("data/train.csv:1: the header is a single column", "semicolon-separated?", 'delimiter = ";" in the card'),
        card(train=ROWS.replace(",", ";")),
    ),
    Mistake(
        "A quote that never closes",
        RUN,
        ("data/train.csv:2: a quote opens in this row and never closes", "location.quoting = false"),
        card(train='text,label\n"fine,good\nawful,bad\n'),
    ),
    Mistake(
        "No header line under a card that expects one",
        RUN,
        ("data/train.csv:2: field text: no column 'text'", "columns here: fine, good"),
        card(train="fine,good\nawful,bad\n"),
    ),
    Mistake(
        "A column of another name",
        RUN,
        ("data/train.csv:2: field text: no column 'text'", "columns here: sentence, label"),
        card(train=ROWS.replace("text", "sentence")),
    ),
    Mistake("A split without rows", RUN, ("train (train.csv) has no rows", "fill it"), card(train="text,label\n")),
    Mistake(
        "The line ends of old Macs",
        RUN,
        ("data/train.csv:1: a carriage return inside the line", "tr '\\r' '\\n'"),
        card(train=ROWS.replace("\n", "\r")),
    ),
    Mistake(
        "Half a JSON line, as an interrupted copy leaves it",
        RUN,
        ("data/train.jsonl:2: no JSON", "one whole JSON object"),
        jsonl('{"text": "fine", "label": "good"}\n{"text": "awf'),
    ),
    Mistake(
        "A JSON line that is no object",
        RUN,
        ("data/train.jsonl:1: expected a JSON object, found a text", "one object a line"),
        jsonl('"fine"\n'),
    ),
    Mistake(
        "A JSON line without a field",
        RUN,
        ("data/train.jsonl:1: field text: no column 'text'", "columns here: txt, label"),
        jsonl('{"txt": "fine", "label": "good"}\n'),
    ),
    Mistake(
        "A data folder that is not there",
        "xbench run -m majority -t mine.toml --data-dir elsewhere",
        ("data folder elsewhere: no such folder", "--data-dir or XBENCH_DATA_DIR"),
        card(),
    ),
    Mistake(
        "A file for the data folder",
        "xbench run -m majority -t mine.toml --data-dir mine.toml",
        ("data folder mine.toml: a file, where a folder is needed", "--data-dir or XBENCH_DATA_DIR"),
        card(),
    ),
    Mistake(
        "No data folder at all",
        "xbench run -m majority -t mine.toml",
        ("folder data lies under a data folder, and none is named", "--data-dir or XBENCH_DATA_DIR"),
        card(),
    ),
    Mistake(
        "A file of the data set that is not there",
        RUN,
        ("folder data has no trian.csv", "--data-dir"),
        card(("train.csv", "trian.csv")),
    ),
    Mistake(
        "The wrong folder in the card",
        RUN,
        ("folder dat has no train.csv, test.csv", "--data-dir"),
        card(('folder = "data"', 'folder = "dat"')),
    ),
    Mistake(
        "A folder where the card names a file",
        RUN,
        ("data/tr.csv: a folder, where the card names a file", "name the file in the card's splits"),
        both(card(("train.csv", "tr.csv")), lambda folder: (folder / "data" / "tr.csv").mkdir()),
    ),
    Mistake(
        "Official files that are not in the data folder, offline",
        "xbench run -m majority -t banking77 --data-dir . --offline",
        ("banking77", "train.csv", "hub data set legacy-datasets/banking77"),
        alone=True,
    ),
    Mistake(
        "A hub data set that is not on this machine, offline",
        "xbench run -m majority -t wmt14 --offline",
        ("wmt/wmt14 (de-en) is not in the cache", "xbench fetch -t wmt14"),
        alone=True,
    ),
)
