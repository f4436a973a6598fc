"""A file or folder that no card describes, as a task: readers look at it, task types say what it could be."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xbench.abilities import Column, Look, LooksAt, Reading, Recognises
from xbench.errors import UserError
from xbench.names import SAFE_NAME, alike, nearest, printable
from xbench.owndata.hidden import columns_in, with_targets
from xbench.owndata.labels import cut, doubts
from xbench.owndata.languages import UNDETERMINED
from xbench.owndata.paths import absolute, beside, exists, name_of, refuse_bare
from xbench.owndata.summaries import ROWS, summarise
from xbench.protocols import Reader, TaskType
from xbench.specs import DatasetRef, TaskSpec

SHARE = 0.1  # of the rows: for test, and for validation, where the source has no such split
LICENCE, CITATION = "unknown", "own data"
_TOLD_LABELS = 8
_TOLD_READINGS = 3
_MENDS = {".xlsx .xls .et .ods": "save the sheet as CSV in UTF-8", ".zip .gz .bz2 .xz .7z .rar .tar .tgz": "unpack it"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a path was taken for.

    others: further ways to take it, in words, the likeliest first. ambiguous: one of them is as good.
    way, rivals: in words, the way it was taken and those that are as good; with the tasks that these would be.
    """

    task: TaskSpec
    told: tuple[str, ...]  # a line on the file, and one on its columns
    others: tuple[str, ...] = ()
    ambiguous: bool = False
    way: str = ""
    rivals: tuple[tuple[str, TaskSpec], ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    look: Look
    columns: tuple[Column, ...]
    rows: int  # of the splits that are used
    tasktype: TaskType
    reading: Reading

    def __str__(self) -> str:
        fields = ", ".join(f"{field} = {name}" for field, name in self.reading.fields.items())
        return f"{self.tasktype.name} ({printable(fields)})"


def own_data(text: str, readers: Sequence[Reader], tasktypes: Sequence[TaskType]) -> Found | None:
    """What `PATH` or `NAME=PATH` holds; None where it is no path. Raises UserError as `look_at` and `settled` do.

    So it does for a name that is no path but for its ending.
    """
    path, name = Path(text).expanduser(), None
    label, equals, place = text.partition("=")
    if re.match(r"[a-z][a-z0-9+.-]+://", text):
        raise UserError(f"{text}: an address, where a file is needed", "download it first, and name the file")
    if equals and SAFE_NAME.fullmatch(label) and not exists(path):
        if not place:
            raise UserError(f"{text}: no file is named behind the equals sign", "write NAME=FILE")
        path, name = Path(place).expanduser(), label
    endings = {word for reader in readers if isinstance(reader, LooksAt) for word in re.findall(r"\.\w+", reader.takes)}
    if not (exists(path) or text.startswith((".", "/", "~")) or path.suffix in endings):
        refuse_bare(path, {*endings, ".toml"})
        return None
    return settled(path, look_at(path, readers, tasktypes, name))


def look_at(path: Path, readers: Sequence[Reader], tasktypes: Sequence[TaskType], name: str | None = None) -> Found:
    """The task that a path stands for.

    Raises UserError where no reader knows the layout, a row is malformed, or no task type knows the columns.
    """
    layouts, broken = looks(path, readers)
    refused: list[UserError] = []  # by whoever knows the layout
    seen: list[tuple[Look, list[Column], int]] = []
    candidates: list[_Candidate] = []
    for reader, look in layouts:
        root = Path(look.ref.root)
        splits = {split: reader.rows(columns_in(look, split), split, root, True) for split in look.ref.splits}
        try:
            columns, rows = summarise(look.ref.columns, splits)
        except UserError as problem:
            refused.append(problem)
            continue
        seen.append((look, columns, sum(rows.values())))
        for tasktype in tasktypes:
            if isinstance(tasktype, Recognises):
                try:
                    for reading in tasktype.recognise(columns):
                        there, read = with_targets(look, columns, tasktype, reading)
                        number = sum(rows[split] for split in there.ref.splits)
                        candidates.append(_Candidate(there, tuple(columns), number, tasktype, read))
                except UserError as problem:
                    refused.append(UserError(f"{path}: {problem.message} ({look.note})", problem.hint))
    if not candidates:
        raise _unread(path, seen, [*refused, *broken])
    candidates.sort(key=lambda candidate: -candidate.reading.sure)  # stable: in the order of the plugins
    best = candidates[0]
    alike = len({str(candidate) for candidate in candidates}) < len(candidates)  # of one folder, in two layouts
    ways = [f"{one} by reader {one.look.ref.reader}" if alike else str(one) for one in candidates]
    called = name or name_of(path)
    rivals = [(way, _task(one, called)) for way, one in zip(ways, candidates, strict=True) if _as_good(one, best)]
    return Found(
        task=_task(best, called),
        told=tuple(_told(path, best)),
        others=tuple(ways[1:]),
        ambiguous=not best.reading.sure or len(rivals) > 1,
        way=ways[0],
        rivals=tuple(rivals[1:]),
    )


def _as_good(one: _Candidate, best: _Candidate) -> bool:
    return one.reading.sure == best.reading.sure


def settled(path: Path, found: Found) -> Found:
    """What was found. Raises UserError where another reading is as good, with the command that lets a person choose."""
    if not found.ambiguous:
        return found
    data = found.task.data
    fields = ", ".join(f"{field} = {column}" for field, column in data.columns.items())
    readings = [f"{found.task.type} ({fields})", *found.others[: _TOLD_READINGS - 1]]
    taken = f"it can be taken as {' or as '.join(readings)}"
    if len(readings) == 1:
        taken = f"it may be {readings[0]}, but names and values do not settle it"
    raise UserError(
        f"{path}: {taken}",
        f"choose in a card: xbench new task {found.task.name} --from {shlex.quote(str(path))}",
    )


def looks(path: Path, readers: Sequence[Reader]) -> tuple[list[tuple[Reader, Look]], list[UserError]]:
    """What each reader says of a path, and what those found whose layout it is, but broken.

    Raises UserError where no reader can read it: the first that found it broken says why.
    """
    if not exists(path):
        best = nearest(path.name, beside(path))
        hint = f"did you mean {path.parent / best}?" if best and alike(path.name, best) else "check the name"
        if path.is_symlink():
            raise UserError(f"{path}: a link to what is not there", "mend the link, or name the file itself")
        raise UserError(f"{path}: no such file or folder", hint)
    if not (path.is_file() or path.is_dir()):
        raise UserError(f"{path}: neither a file nor a folder", "write what it gives into a file first")
    found: list[tuple[Reader, Look]] = []
    broken: list[UserError] = []
    takers = [reader for reader in readers if isinstance(reader, LooksAt)]
    for reader in takers:
        try:
            look = reader.look(absolute(path))
        except UserError as problem:
            broken.append(problem)
        except OSError as problem:
            why = problem.strerror or str(problem)
            broken.append(UserError(f"{path}: cannot be read: {why}", "check its permissions"))
        else:
            if look is not None:
                found.append((reader, look))
    if found:
        return found, broken
    if broken:
        raise broken[0]
    mend = next((mend for endings, mend in _MENDS.items() if path.suffix.casefold() in endings.split()), None)
    if mend is not None:
        raise UserError(f"{path}: not a text file", mend)
    takes = ", ".join(dict.fromkeys(one for reader in takers for one in reader.takes.split(", ")))
    raise UserError(f"{path}: no reader knows what this is", f"known: {takes}" if takes else "no reader looks at files")


def _unread(path: Path, seen: Sequence[tuple[Look, Sequence[Column], int]], broken: Sequence[UserError]) -> UserError:
    """Why no task type knows the columns: a row that cannot be read, or names and values that say nothing."""
    if broken:
        return broken[0]
    look, columns, rows = seen[0]
    if not rows:
        return UserError(f"{path}: no rows", "a header line alone is no data")
    if len(columns) == 1:
        only = f"{columns[0].name} ({_content(columns[0])})"
        return UserError(
            f"{path}: a single column, {printable(only)}, in {look.note}",
            "another one must hold the label or the target",
        )
    if rows == 1 and all(column.kind != "other" for column in columns):
        return UserError(f"{path}: a single row, in {look.note}", "nothing can be learnt from it")
    more = f", ... {len(columns)} columns in all" if len(columns) > _TOLD_LABELS else ""
    held = ", ".join(f"{column.name} ({_content(column)})" for column in columns[:_TOLD_LABELS]) + more
    return UserError(
        f"{path}: cannot tell input from label in {rows:,} rows of {printable(held)} ({look.note})",
        f"name the columns text and label, or source and target; or write a card: xbench new task {name_of(path)}",
    )


def _content(column: Column) -> str:
    if not column.rows:
        return "empty"
    if column.values and column.kind != "texts":
        return f"{len(column.values)} value{'s'[: len(column.values) != 1]}"
    return {"text": "texts", "number": "numbers", "decimal": "decimals", "texts": "lists of texts"}.get(
        column.kind, "neither text nor number"
    )


def _task(one: _Candidate, name: str) -> TaskSpec:
    tasktype, reading = one.tasktype, one.reading
    return TaskSpec(
        name=name,
        version=1,
        type=tasktype.name,
        data=_divided(replace(one.look.ref, columns=_columns(one))),
        inputs=tuple(field for field in tasktype.fields if field in reading.fields),
        labels=reading.labels,
        metrics=reading.metrics,
        language=reading.language or _languages(one),
        licence=LICENCE,
        citation=CITATION,
        description=f"Own data: {'; '.join(_about(one))}.",
    )


def _columns(one: _Candidate) -> Mapping[str, str]:
    """The task type's field -> the source's own name of the column."""
    return {field: one.look.ref.columns[name] for field, name in one.reading.fields.items()}


def _divided(ref: DatasetRef) -> DatasetRef:
    """With a share for each split that the source lacks; a dev part serves as test where there is no other."""
    splits = dict(ref.splits)
    if "test" not in splits and "validation" in splits:
        splits["test"] = splits.pop("validation")
    return replace(
        ref,
        splits=splits,
        validation_share=0.0 if "validation" in splits else SHARE,
        test_share=0.0 if "test" in splits else SHARE,
    )


def _languages(one: _Candidate) -> tuple[str, ...]:
    """Of the columns that hold text, each once; what is undetermined only where nothing else is known."""
    told = {column.name: column.language for column in one.columns}
    kinds = {**one.tasktype.fields, **one.tasktype.targets}
    found = dict.fromkeys(
        told[name] for field, name in one.reading.fields.items() if kinds.get(field) in ("text", "tokens")
    )
    return tuple(code for code in found if code != UNDETERMINED) or (UNDETERMINED,)


def _told(path: Path, one: _Candidate) -> Iterator[str]:
    held, taken = _about(one)
    yield f"{printable(absolute(path).name)}: {held}"
    yield taken


def _about(one: _Candidate) -> Iterator[str]:
    """The file with its splits, and its columns: no place of this machine, for the record holds it."""
    stratified = "label" in one.tasktype.targets.values()
    more = " and more" if one.rows >= ROWS else ""
    yield f"{one.look.note}; {one.rows:,} rows{more}, {_division(_divided(one.look.ref), one.look.ref, stratified)}"
    fields, labels = one.reading.fields, one.reading.labels
    taken = ", ".join(f'{field} from "{name}"' for field, name in fields.items())
    if labels:
        more = f", ... {len(labels)} in all" if len(labels) > _TOLD_LABELS else ""
        taken += f" ({', '.join(map(cut, labels[:_TOLD_LABELS]))}{more})"
    targets = {fields[field] for field in one.tasktype.targets if field in fields}
    unseen = {value for column in one.columns if column.name in targets for value in column.unseen}
    doubt = next(doubts(labels, unseen), None)
    taken += f"; mind that {doubt}" if doubt else ""
    unused = [column.name or "(no name)" for column in one.columns if column.name not in fields.values()]
    aside = f"; not used: {', '.join(unused)}" if unused else ""
    yield f"{one.tasktype.name}: {printable(taken + aside)}"


def _division(ref: DatasetRef, given: DatasetRef, stratified: bool) -> str:
    """How the rows are divided: what is drawn from train, and what serves as what."""
    by = " by label" if stratified else ""
    test, validation = (round(100 * share) for share in (ref.test_share, ref.validation_share))
    if test and validation:
        return f"divided {100 - test - validation}/{validation}/{test} into train, validation and test{by}"
    if test:
        return f"{test} % of train drawn{by} for test"
    if validation:
        served = f"{given.splits['validation']} serves as test, " if "test" not in given.splits else ""
        return f"{served}{validation} % of train drawn{by} for validation"
    return "with its own train, validation and test"
