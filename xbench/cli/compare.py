"""`xbench compare`: a verdict on two rows, and the examples that decide it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Annotated, Any

import typer

from xbench import wire
from xbench.cli import output, widths
from xbench.cli.options import RESULTS, Debug, Plugins, Results
from xbench.cli.options import Json as JsonFlag
from xbench.comparing import verdicts
from xbench.comparing.deciding import withheld
from xbench.specs import Json

_ALONE = (
    "Each pair is taken alone here. A board corrects for all of its pairs, asks more of few seeds and lends the spread "
    "of seeds between rows: what is separated here may share a letter there, and the other way round."
)
_ENOUGH = 20  # cells that are left for a text where examples stand as a table


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A model, model+method, a row's label, or a run.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    task: Annotated[str | None, typer.Option("-t", "--task", metavar="T", help="On this task only.")] = None,
    results: Results = RESULTS,
    json: JsonFlag = False,
    plugins: Plugins = None,
    debug: Debug = False,
) -> None:
    """Say whether one of two rows is better, and show what decides it.

    A run is named by its folder, its id or how its key begins. Where both have several tasks, each gets its verdict;
    with --task, or where there is one task only, the ten test examples follow that most decide it.
    """
    from xbench import api

    pairs = api.compare(a, b, results, task, tuple(plugins or ()), public=widths.in_ci())
    if json:
        for pair in pairs:
            output.tell(pair)
        return
    for line in lines(pairs, widths.columns()):
        typer.echo(widths.visible(line))


def lines(pairs: Sequence[Json], columns: int) -> Iterator[str]:
    """Verdicts task by task; the deciding examples of the main metric where there is one task."""
    contests = [list(found) for _, found in groupby(pairs, key=lambda pair: (pair["task"], pair["protocol"]))]
    for number, contest in enumerate(contests):
        if number:
            yield ""
        for pair in contest:
            yield from _verdict(pair, columns)
        for metric in contest[0]["left_out"]:
            yield from widths.wrapped(
                f"  {metric} keeps no statistics of single examples: not compared.", "  ", columns
            )
    for task, why in pairs[0]["ambiguous"].items():
        yield ""
        yield from widths.wrapped(f"{task}: {why}", "  ", columns)
    if len(contests) == 1:
        yield ""
        yield from _examples(contests[0][0], columns)
    else:
        yield ""
        yield "--task T shows the examples that most decide on one task."
    if any(pair["verdict"] != "untestable" for pair in pairs):
        yield ""
        yield from widths.wrapped(_ALONE, "", columns)


def _verdict(pair: Json, columns: int) -> Iterator[str]:
    sides = (
        f"{pair[side]} {verdicts.figure(score, pair)} ({seeds} seed{'' if seeds == 1 else 's'})"
        for side, score, seeds in zip("ab", pair["scores"], pair["seeds"], strict=True)
    )
    better = "" if pair["higher_is_better"] else " (lower is better)"
    yield from widths.wrapped(f"{pair['task']}  {pair['metric']}{better}: {', '.join(sides)}", "  ", columns)
    for text in (pair["sentence"], verdicts.detectable(pair)):
        if text:
            yield from (f"  {line}" for line in widths.wrapped(text, "", columns - 2))


def _examples(pair: Json, columns: int) -> Iterator[str]:
    examples = pair["examples"]
    yield from widths.wrapped(verdicts.weights(pair), "", columns)
    if not examples:
        return
    many = f"The {len(examples)} that weigh most" if len(examples) > 1 else "It is this one"
    yield from widths.wrapped(
        f"{many} (an example's weight is how much its credit differs, over seeds; + is for {pair['a']}):", "", columns
    )
    note = pair["examples_note"]
    if note and note == withheld(pair["task"]):
        note += "; CI is set, and without it they are shown: CI= xbench compare ..."
    if note:
        yield from (f"  {line}" for line in widths.wrapped(f"({note})", "", columns - 2))
    yield ""
    if all("told" in example for example in examples):
        yield from _as_table(pair, columns) or _as_blocks(pair, columns)
    else:
        rows = [("weight", "example"), *((_weight(example, pair), _id(example)) for example in examples)]
        yield from (f"  {line}" for line in widths.table(rows, columns - 2))


def _as_table(pair: Json, columns: int) -> list[str]:
    """A line an example; none where answers are too long to leave room for the text."""
    rows = [["weight", "example", "target", pair["a"], pair["b"]]]
    rows += [
        [_weight(one, pair), _id(one), widths.visible(one["told"]["target"]), _side(one, "a"), _side(one, "b")]
        for one in pair["examples"]
    ]
    texts = ["text" if any("input" in one for one in pair["examples"]) else ""]
    texts += [_text(one) for one in pair["examples"]]
    taken = sum(max(map(widths.width, column)) for column in zip(*rows, strict=True)) + 2 * len(rows[0]) + 2
    if taken + (_ENOUGH if texts[0] else 0) > columns:
        return []
    return [
        f"  {line}" for line in widths.table([[*row, text] for row, text in zip(rows, texts, strict=True)], columns - 2)
    ]


def _as_blocks(pair: Json, columns: int) -> Iterator[str]:
    """A few lines an example."""
    names = ["target", pair["a"], pair["b"]]
    margin = max(map(widths.width, [*names, "text"]))
    for one in pair["examples"]:
        yield f"  {_id(one)}  {_weight(one, pair)}"
        told: list[tuple[str, str]] = [("text", _text(one))] if "input" in one else []
        told += [("target", widths.visible(one["told"]["target"]))]
        told += [(pair[side], _side(one, side)) for side in "ab"]
        for name, text in told:
            yield widths.cut(f"    {widths.pad(name, margin)}  {text}", columns)


def _weight(example: Json, pair: Json) -> str:
    return verdicts.figure(example["weight"], pair, sign=True)


def _id(example: Json) -> str:
    """Its id; its place in the test split where that is not known."""
    return widths.visible(str(example["id"])) if "id" in example else f"row {example['row']}"


def _side(example: Json, side: str) -> str:
    """An answer, and how many seeds gave it where they differ."""
    answer: Any = example[side]
    told = widths.visible(example["told"][side]) or '""'
    return told if answer["seeds"] == answer["of"] else f"{told} ({answer['seeds']} of {answer['of']} seeds)"


def _text(example: Json) -> str:
    """The input on one line: its fields one after the other."""
    return widths.visible(" | ".join(map(_joined, example.get("input", {}).values())))


def _joined(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return wire.dumps(value).decode()
