"""Why two rows do, or do not, stand on one board: the paths at which their protocols differ, and then their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from xbench.comparing.contenders import Side, clear_sides, names, of_task, unclear_on_both
from xbench.identity import explain
from xbench.records import Record
from xbench.rows import lines
from xbench.specs import Json

# What a path of a protocol is about; the longest beginning counts.
_MEANINGS = {
    "name": "they are other tasks",
    "version": "the task has another version",
    "result_version": "the task has another version",
    "type": "the task is of another type",
    "data": "the data are others",
    "split": "another split was scored",
    "inputs": "the models may see other fields",
    "labels": "the labels are others",
    "limits.train": "they train on other parts of the data",
    "limits.eval": "they are scored on other parts of the data",
}
_SIGNATURE = "the metric counts in another way"


def explain_protocols(
    records: Iterable[Record], a: str, b: str, defaults_of: Callable[[str], Json], task: str | None = None
) -> list[Json]:
    """Each pair of what `a` and `b` name, of one task where they share one.

    Args:
        a: a row or a run, as `comparisons.compare` takes it.
        defaults_of: a method's declared option defaults.
        task: explain on this task only.

    Returns:
        a, b (names), tasks, protocols, run_ids (of both, in order), comparable; sentence: whether their scores compare
        and why; protocol: [path, value of a, value of b] where the protocols differ; signatures: the same by metric;
        key: the same of what else determines predictions, where they compare (seeds of rows are lists); ambiguous:
        tasks that are left out, for a or b names more than one row there, each with that in words.

    Raises UserError where a text names nothing or, wherever both have any, more than one row.
    """
    known = of_task(lines(records), task)
    found = [clear_sides(text, known, defaults_of) for text in (a, b)]
    ambiguous = unclear_on_both(found[0], found[1])
    left, right = (_by_protocol(clear) for clear, _ in found)
    pairs = [(x, y) for x, y in product(left, right) if x[0].task == y[0].task]
    if not pairs and (ambiguous or not (left and right)):
        raise next(iter({**ambiguous, **found[1][1], **found[0][1]}.values()))
    pairs = pairs or list(product(left, right))
    told, seen = [], set[frozenset[str]]()
    for x, y in pairs:
        ids = [frozenset(record.run_id for record in found[0].line.records) for found in (x, y)]
        both = frozenset.union(*ids) if ids[0] != ids[1] else frozenset[str]()
        if both and both not in seen:
            seen.add(both)
            told.append(_told(x, y))
    left_out = {name: f"left out: {problem}" for name, problem in ambiguous.items()}
    return [{**pair, "ambiguous": left_out} for pair in sorted(told or [_told(*pairs[0])], key=lambda x: x["tasks"])]


def _by_protocol(found: Iterable[Side]) -> list[list[Side]]:
    """Sides of one set of records, one for each metric, together."""
    groups: dict[tuple[str, ...], list[Side]] = {}
    for side in found:
        groups.setdefault(tuple(record.run_id for record in side.line.records), []).append(side)
    return list(groups.values())


def _told(x: list[Side], y: list[Side]) -> Json:
    a, b = x[0], y[0]
    cells = [side.first.cell for side in (a, b)]
    protocol = explain(cells[0].protocol_of, cells[1].protocol_of)
    signatures = _signatures(x, y) if not protocol else []
    comparable = not protocol and not signatures
    called = names(a, b) if comparable else (a.name(), b.name())
    pair: dict[str, Any] = {
        "a": called[0],
        "b": called[1],
        "tasks": [side.task for side in (a, b)],
        "protocols": [cell.protocol for cell in cells],
        "run_ids": [[record.run_id for record in side.line.records] for side in (a, b)],
        "comparable": comparable,
        "protocol": [list(row) for row in protocol],
        "signatures": signatures,
        "key": _keys(a, b) if comparable else [],
    }
    return {**pair, "sentence": _sentence(pair)}


def _signatures(x: list[Side], y: list[Side]) -> list[list[Any]]:
    """Metrics that both have and that count otherwise: [metric, signature of a, signature of b]."""
    right = {side.line.metric: side.line.signature for side in y}
    rows = [(side.line.metric, side.line.signature, right.get(side.line.metric, "")) for side in x]
    return [[metric, one, other] for metric, one, other in rows if one and other and one != other]


def _keys(a: Side, b: Side) -> list[list[Any]]:
    """What else determines the predictions, task and data apart; all seeds of a side in the place of its seed."""
    images = []
    for side in (a, b):
        rest = {name: part for name, part in side.first.cell.identity.items() if name != "task"}
        seeds = [record.cell.seed for record in side.line.records]
        images.append({**rest, "run": {**rest.get("run", {}), "seed": seeds if len(seeds) > 1 else seeds[0]}})
    return [list(row) for row in explain(images[0], images[1])]


def _sentence(pair: Json) -> str:
    a, b = pair["a"], pair["b"]
    if pair["protocol"]:
        path, left, right = _gravest(pair["protocol"])
        rest = len(pair["protocol"]) - 1
        more = f", and {rest} more path{'s' if rest > 1 else ''}" if rest else ""
        told = f"{path}: {value(left)} against {value(right)}"
        return f"Their scores may not be compared: {_meaning(path)} ({told}{more})."
    if pair["signatures"]:
        metric, left, right = pair["signatures"][0]
        return f"Their scores of {metric} may not be compared: {_SIGNATURE} ({left} against {right})."
    if not pair["key"]:
        return f"{a} and {b} are the same: nothing that determines their predictions differs."
    paths = [path for path, _, _ in pair["key"]]
    some = f"{', '.join(paths[:3])}{' and more' if len(paths) > 3 else ''}"
    return f"Their scores may be compared: both have the protocol {pair['protocols'][0][:8]}; they differ in {some}."


def _gravest(rows: list[list[Any]]) -> list[Any]:
    """Of several differences the one that says most: as `_MEANINGS` has them."""
    order = list(_MEANINGS)
    return min(rows, key=lambda row: next((n for n, path in enumerate(order) if _within(row[0], path)), len(order)))


def _meaning(path: str) -> str:
    return next((meaning for known, meaning in _MEANINGS.items() if _within(path, known)), "their tasks differ")


def _within(path: str, known: str) -> bool:
    return path == known or path.startswith(f"{known}.")


def value(found: Any) -> str:
    """A value of a pre-image in short: `none`, `2000`, `text, text_pair`; of a content hash its beginning."""
    if found is None:
        return "none"
    if isinstance(found, list):
        shown = ", ".join(map(value, found[:4]))
        return f"{shown}, ... ({len(found)})" if len(found) > 4 else shown or "none"
    text = str(found)
    return text[:12] if len(text) == 64 and set(text) <= set("0123456789abcdef") else text
