"""A task or a card: all that it names exists and fits, and its rows are what it says they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from xbench.abilities import FetchesData
from xbench.cards import read_card
from xbench.catalog import Catalog
from xbench.checkup.findings import Finding, wrong
from xbench.checkup.samples import by_type, sample, tasks_at_hand
from xbench.checkup.survey import Survey, survey
from xbench.data import Dataset
from xbench.errors import MissingData, UserError
from xbench.names import unknown
from xbench.owndata.labels import doubts
from xbench.protocols import TaskType
from xbench.sources import place_of
from xbench.specs import DatasetRef, TaskSpec
from xbench.taskcheck import NAMED, scores

_FEW = 3  # test rows of a label: below that, one row more or less turns its score over
_SHOWN = 8  # problems of one kind that are told one by one

Place = Callable[[str], str]  # a key of the card -> where it stands: "my.toml:7: metrics"


def check_card(path: Path, catalog: Catalog, root: Path | None, cache: Path) -> Iterator[Finding]:
    """A card: whether it can be parsed, then its task."""
    try:
        task = read_card(path)
        text = path.read_text(encoding="utf-8")
    except UserError as problem:
        yield wrong("card", problem)
        return
    yield Finding("ok", "card", f"{task.name}, version {task.version}: it parses")
    for name in (task.name, *task.aliases):
        for owner, other in catalog.owned("alias", name):
            if other != task:
                told = f"{name} is also the name of a task of plugin {owner}; their records would stand in one folder"
                yield Finding("note", "card", told, "give it a name of its own")
    yield from check_spec(task, catalog, root, cache, lambda key: f"{path.name}:{_line(text, key)}: {key}")


def _line(text: str, key: str) -> int:
    """Where a key such as "data.columns" stands in a TOML file; the table's own line where it stands nowhere."""
    *tables, last = key.split(".")
    table, found = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*\[+\s*([\w.]+)\s*\]+", line)
        if heading:
            table = heading[1]
            found = number if table == key or table == ".".join(tables) else found
        elif re.match(rf"\s*['\"]?{re.escape(last)}['\"]?\s*=", line) and table == ".".join(tables):
            return number
    return found


def check_spec(task: TaskSpec, catalog: Catalog, root: Path | None, cache: Path, at: Place = str) -> Iterator[Finding]:
    """A task: its names, its metrics on examples, its rows.

    Args:
        root: the data folder.
        cache: where read data are kept, as in a run.
        at: says where a key stands.
    """
    names = list(check_names(task, catalog, at))
    yield from names
    if not any(finding.state == "wrong" for finding in names):
        yield Finding("ok", "names", f"{task.type}; reader {task.data.reader}; {', '.join(task.metrics)}")
    readers = [ref.reader for ref in (task.data, *task.mirrors)]
    if catalog.owned("tasktype", task.type) and all(catalog.owned("reader", name) for name in readers):
        yield from check_data(task, catalog, root, cache, at)
        yield from check_metrics(task, catalog, root, at)


def check_names(task: TaskSpec, catalog: Catalog, at: Place = str) -> Iterator[Finding]:
    """Whatever is wrong with the names in it; nothing where all is well."""
    refs = [("data", task.data), *((f"mirrors[{number}]", ref) for number, ref in enumerate(task.mirrors))]
    named: list[tuple[str, Callable[[], object]]] = [(at("type"), partial(catalog.tasktype, task.type))]
    named += [(at(f"{table}.reader"), partial(catalog.reader, ref.reader)) for table, ref in refs]
    named += [(at("metrics"), partial(catalog.metric_text, text)) for text in task.metrics]
    for where, look_up in named:
        try:
            look_up()
        except UserError as problem:
            yield wrong(where, problem)
    if not catalog.owned("tasktype", task.type):
        return
    tasktype = catalog.tasktype(task.type)
    for name in task.inputs:
        if name not in tasktype.fields:
            yield wrong(at("inputs"), unknown(f"input of {task.type}", name, tasktype.fields))
    for table, ref in refs:
        yield from _columns(task, tasktype, ref, at(f"{table}.columns"))
    kinds = tuple(tasktype.targets.values())
    for text in task.metrics:
        if catalog.owned("metric", text.partition("(")[0]) and not scores(catalog.metric(text), kinds):
            fitting = [name for name in catalog.names("metric") if scores(catalog.metric(name), kinds)]
            hint = f"take {' or '.join(fitting)}" if fitting else ""
            yield Finding("wrong", at("metrics"), f"{text} cannot score {task.type} tasks", hint)
    labelled = any(kind in NAMED for kind in kinds)
    if labelled and not task.labels:
        yield Finding("wrong", at("labels"), f"{task.type} needs labels", "list them in order")
    if task.labels and not labelled:
        yield Finding("note", at("labels"), f"{task.type} has no use for labels", "leave them out")


def _columns(task: TaskSpec, tasktype: TaskType, ref: DatasetRef, where: str) -> Iterator[Finding]:
    known = (*tasktype.fields, *tasktype.targets, "id", *((task.cluster,) if task.cluster else ()))
    for name in ref.columns:
        if name not in known:
            yield wrong(where, unknown(f"field of {task.type}", name, known))


def check_data(task: TaskSpec, catalog: Catalog, root: Path | None, cache: Path, at: Place) -> Iterator[Finding]:
    """Every row of the first source that is at hand; then as a run reads it: carved, counted, kept."""
    tasktype = catalog.tasktype(task.type)
    missing: list[MissingData] = []
    for ref in (task.data, *task.mirrors):
        try:
            seen = survey(task, tasktype, ref, catalog.reader(ref.reader), place_of(ref, root))
        except MissingData as problem:
            missing.append(problem)
            continue
        except UserError as problem:  # the location is none that this reader takes
            yield wrong(at("data.location"), problem)
            return
        problems = list(_row_problems(seen))
        yield from problems
        if not problems:
            data = Dataset(task, catalog, root, True, cache)
            yield from _as_run(data)
            yield from _scarce(data, tasktype, at("labels"))
        yield from _label_notes(task, seen, at("labels"))
        yield from _repetitions(task, seen)
        return
    hints = dict.fromkeys(problem.hint for problem in missing if problem.hint)
    if any(isinstance(catalog.reader(ref.reader), FetchesData) for ref in (task.data, *task.mirrors)):
        hints = {f"xbench fetch -t {task.name} brings it": None, **hints}
    yield Finding(
        "skipped", "data", f"not at hand: {'; '.join(problem.message for problem in missing)}", "; or ".join(hints)
    )


def _row_problems(seen: Survey) -> Iterator[Finding]:
    """The commonest first."""
    kinds = sorted(seen.wrong.items(), key=lambda item: -item[1][0])
    for problem, (count, first) in kinds[:_SHOWN]:
        told = f"{problem}; {count:,} row{'s' * (count != 1)}, first at {first}"
        yield Finding("wrong", "data", told, "correct these rows, or the card's labels and columns")
    if len(kinds) > _SHOWN:
        rest = sum(count for _, (count, _) in kinds[_SHOWN:])
        yield Finding("wrong", "data", f"{len(kinds) - _SHOWN} more kinds of problem, in {rest:,} rows")
    if seen.refused is not None:
        yield wrong("data", seen.refused)


def _as_run(data: Dataset) -> Iterator[Finding]:
    try:
        counts = data.counts
    except UserError as problem:
        yield wrong("data", problem)
        return
    ref = data.task.data
    drawn = {"validation": ref.validation_share, "test": ref.test_share}
    told = [f"{counts[name]:,} {name}{' (drawn from train)' if drawn.get(name) else ''}" for name in counts["full"]]
    yield Finding("ok", "data", f"{', '.join(told)}; every row is sound")
    if counts["repaired"]:
        yield Finding("note", "data", f"{counts['repaired']:,} rows were repaired or left out by the reader")
    if counts["duplicates"]:
        share = counts["duplicates"] / counts["test"]
        told_twice = f"{counts['duplicates']:,} test examples ({share:.1%}) stand in train too, but for case and spaces"
        yield Finding("note", "data", told_twice, "a model may have learnt them by heart")


def _scarce(data: Dataset, tasktype: TaskType, where: str) -> Iterator[Finding]:
    """Labels on which the test split says next to nothing."""
    names = [name for name, kind in tasktype.targets.items() if kind == "label"]
    try:
        counts = Counter(example[name] for name in names for example in data.rows("test"))
    except UserError:  # said of the run
        return
    few = [label for label in data.task.labels if names and counts[label] < _FEW]
    if few:
        told = ", ".join(f"{label!r} {counts[label]}" for label in few[:_SHOWN])
        more = f" and {len(few) - _SHOWN} more labels" if len(few) > _SHOWN else ""
        yield Finding("note", where, f"few rows in test: {told}{more}", "their scores are chance: give more rows")


def _label_notes(task: TaskSpec, seen: Survey, where: str) -> Iterator[Finding]:
    """Labels that no row has, or that test has and train does not."""
    used = set().union(*seen.labels.values())
    if not (task.labels and used):
        return
    unused = [label for label in task.labels if label not in used]
    if unused:
        yield Finding("note", where, f"no row has {_listed(unused)}", "leave them out, if they are a mistake")
    unlearnt = (
        [label for label in task.labels if seen.labels["test"][label] and not seen.labels["train"][label]]
        if {"test", "train"} <= seen.labels.keys()
        else []
    )
    if unlearnt:
        yield Finding("note", where, f"test has {_listed(unlearnt)}, and train does not", "no model can learn them")
    yield from (Finding("note", where, doubt, "mend the rows, if it is a mistake") for doubt in doubts(task.labels))
    if not unused and not seen.wrong and seen.refused is None:
        yield Finding("ok", "labels", f"the task's {len(task.labels)} are those of the data")


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(map(repr, labels[:_SHOWN]))
    return shown + (f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else "")


def _repetitions(task: TaskSpec, seen: Survey) -> Iterator[Finding]:
    divided = task.data.validation_share or task.data.test_share
    for split, count in seen.repeated.items():
        if count:
            named = f" of {split}" if len(seen.rows) > 1 else ""
            apart = "; repeats stay on one side" if divided and split == "train" else ""
            told = f"{count:,} of {seen.rows[split]:,} rows{named} repeat an earlier row, target and all{apart}"
            yield Finding("note", "data", told)
    if seen.contradicting:
        told = f"contradicting rows (the input of an earlier row, another target): {seen.contradicting:,}"
        yield Finding("note", "data", told, "of two such rows a model can get one right at most")


def check_metrics(task: TaskSpec, catalog: Catalog, root: Path | None, at: Place = str) -> Iterator[Finding]:
    """Each metric on examples with answers, of this task or else of another of its type."""
    from xbench.testing import check_metric

    shown = sample(catalog, task, root)
    if shown is None:
        others = by_type(tasks_at_hand(catalog, "", root))
        shown = sample(catalog, others[task.type], root) if task.type in others else None
    if shown is None:
        yield Finding("skipped", "metrics", f"no {task.type} examples are at hand to try them on")
        return
    fitting = []
    kinds = tuple(catalog.tasktype(task.type).targets.values())
    for text in task.metrics:
        try:
            metric = catalog.metric(text)
        except UserError:  # said among the names
            continue
        if not scores(metric, kinds):
            continue
        try:
            check_metric(metric, shown.task, shown.examples, shown.predictions)
        except Exception as problem:  # noqa: BLE001 - a metric that does not fit may raise anything
            told = " ".join(str(problem).split()) or type(problem).__name__
            yield Finding("wrong", at("metrics"), f"{text} fails on {task.type} examples: {told}")
        else:
            fitting.append(text)
    if fitting:
        count, source = len(shown.examples), "" if shown.task.name == task.name else f" of {shown.task.name}"
        yield Finding("ok", "metrics", f"{', '.join(fitting)} score {count} examples{source} as their reference does")
