"""Task cards that cannot be read, or that name what does not exist or fit."""

from __future__ import annotations

from mistakes.asked import Mistake
from mistakes.folders import CARD, PAIRS, card, files

RUN = "xbench run -m majority -t mine.toml --data-dir ."

CARDS = (
    Mistake(
        "A card that is not there",
        "xbench run -m majority -t mein.toml",
        ("mein.toml: no such file", "did you mean mine.toml?"),
        card(),
    ),
    Mistake(
        "A card to check that is not there",
        "xbench check mein.toml",
        ("mein.toml: no such file", "did you mean mine.toml?"),
        card(),
    ),
    Mistake(
        "A number for a split's file",
        RUN,
        ("mine.toml: data.splits: expected a text, found a whole number", "put it in quotes"),
        card(('"train.csv"', "1")),
    ),
    Mistake("An empty card", RUN, ("mine.toml: name is missing", "write for example: name"), files(mine_toml="")),
    Mistake(
        "A key with a slip",
        RUN,
        ("mine.toml: unknown key 'metric'", "did you mean metrics?"),
        card(("metrics =", "metric =")),
    ),
    Mistake(
        "A key of [data] with a slip",
        RUN,
        ("mine.toml: unknown key 'data.colums'", "did you mean data.columns?"),
        card(("columns =", "colums =")),
    ),
    Mistake(
        "A key left out",
        RUN,
        ("mine.toml: licence is missing", 'write for example: licence = "unknown"'),
        card(('licence = "CC0-1.0"\n', "")),
    ),
    Mistake(
        "A text where a list is needed",
        RUN,
        ("mine.toml: metrics: expected a list, found a text", 'metrics = ["..."]'),
        card(('metrics = ["accuracy"]', 'metrics = "accuracy"')),
    ),
    Mistake(
        "A text where a number is needed",
        RUN,
        ("mine.toml: version: expected a whole number, found a text", "version = 1"),
        card(("version = 1", 'version = "1"')),
    ),
    Mistake(
        "Numbers for labels",
        RUN,
        ("mine.toml: labels[0]: expected a text, found a whole number", "put it in quotes"),
        card(('["good", "bad"]', "[0, 1]")),
    ),
    Mistake(
        "A text where a table is needed",
        RUN,
        ("mine.toml: data.splits: expected a table, found a text", "splits = { key"),
        card(('{ train = "train.csv", test = "test.csv" }', '"train.csv"')),
    ),
    Mistake(
        "A text without quotes",
        RUN,
        ("mine.toml: no TOML", "line 8", 'write key = "text"'),
        card(('"CC0-1.0"', "CC0-1.0")),
    ),
    Mistake(
        "A card in GB18030",
        RUN,
        ("mine.toml:1: byte 0xba is no UTF-8", "save it as UTF-8"),
        files(mine_toml='name = "很好"\n'.encode("gb18030")),
    ),
    Mistake(
        "A name with a space",
        RUN,
        ("mine.toml: name 'my task'", "use letters, digits"),
        card(('name = "mine"', 'name = "my task"')),
    ),
    Mistake(
        "The name of a built-in task",
        RUN,
        ("mine.toml: the name tnews is that of a task of plugin clue", "give it another name"),
        card(('name = "mine"', 'name = "tnews"')),
    ),
    Mistake(
        "Two cards of one name",
        "xbench run -m majority -t mine.toml -t other.toml --data-dir .",
        ("two tasks of the name 'mine'", "run them one by one"),
        card(more={"other_toml": CARD.replace('language = ["en"]', 'language = ["zh"]')}),
    ),
    Mistake(
        "A name that two plugins declare",
        "xbench run -m majority -t twin -p one_cards -p other_cards",
        ("task 'twin' is declared by more than one", "say one_cards:twin or other_cards:twin"),
        files(one_cards_py=PAIRS, other_cards_py=PAIRS),
        environment={"PYTHONPATH": "."},
        alone=True,
    ),
    Mistake(
        "No test split",
        RUN,
        ("mine.toml: splits: train and test are needed", "test_share"),
        card((', test = "test.csv"', "")),
    ),
    Mistake(
        "A split of another name",
        RUN,
        ("mine.toml: splits: unknown split 'dev'", "train, validation and test"),
        card(("test =", "dev =")),
    ),
    Mistake(
        "A share of more than all",
        RUN,
        ("mine.toml: validation_share: 1.5", "below 1"),
        card(("[data]", "[data]\nvalidation_share = 1.5")),
    ),
    Mistake("No labels", RUN, ("task mine: no labels", "labels = ["), card(('labels = ["good", "bad"]\n', ""))),
    Mistake("A label twice", RUN, ("mine.toml: labels: 'good' stands twice",), card(('"bad"]', '"good"]'))),
    Mistake(
        "A task type with a slip",
        RUN,
        ("unknown task type 'classificaton'", "did you mean classification?"),
        card(('"classification"', '"classificaton"')),
    ),
    Mistake(
        "A reader with a slip",
        RUN,
        ("unknown reader 'cvs'", "did you mean csv?"),
        card(('reader = "csv"', 'reader = "cvs"')),
    ),
    Mistake(
        "A key of the reader with a slip",
        RUN,
        ("task mine: unknown key of reader csv's location 'quotin'", "did you mean quoting?"),
        card(('{ folder = "data" }', '{ folder = "data", quotin = false }')),
    ),
    Mistake(
        "A metric with a slip",
        RUN,
        ("unknown metric 'acuracy'", "did you mean accuracy?"),
        card(('["accuracy"]', '["acuracy"]')),
    ),
    Mistake(
        "A metric for tasks of another type",
        RUN,
        ("metric bleu cannot score classification tasks", "take accuracy or macro_f1"),
        card(('["accuracy"]', '["bleu"]')),
    ),
    Mistake(
        "An input that the task type does not have",
        RUN,
        ("'sentence'", "one of text, text_pair"),
        card(('inputs = ["text"]', 'inputs = ["sentence"]')),
    ),
    Mistake(
        "An input without its column",
        RUN,
        ("mine: no column gives text_pair", 'columns = { text_pair = "..." }'),
        card(('inputs = ["text"]', 'inputs = ["text", "text_pair"]')),
    ),
    Mistake(
        "No folder in location",
        RUN,
        ("location.folder is missing", "name the data set's folder"),
        card(('{ folder = "data" }', "{}")),
    ),
    Mistake(
        "A delimiter of two characters",
        RUN,
        ("location.delimiter '::'", "one character"),
        card(('"data" }', '"data", delimiter = "::" }')),
    ),
)
