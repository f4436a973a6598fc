"""What is here, what would be used and why, and what is wrong: for `xbench doctor`.

A problem that `stops` means that some of xbench, as it is installed, cannot work: a package is missing or too old, a
plugin cannot be imported, the data folder is not there. Others cost time, or concern what one may never use.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xbench import machine
from xbench.abilities import Diagnoses, Diagnosis, Problem
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.sources import place_of
from xbench.specs import Json, TaskSpec

# Without one of each nothing can be run.
NEEDED: Mapping[str, str] = {
    "tasktype": "task type",
    "reader": "reader",
    "backend": "backend",
    "method": "method",
    "metric": "metric",
    "recipe": "recipe",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One topic. by: the plugins that told it; none where it is the core's own."""

    topic: str
    by: tuple[str, ...]
    facts: Json


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was found."""

    sections: tuple[Section, ...]
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def works(self) -> bool:
        return not any(problem.stops for problem in self.problems)


def examine(catalog: Catalog, cache: Path, root: Path | None, offline: bool) -> Checkup:
    """Looks at everything; writes nothing but temporary files, to see whether folders can be written.

    Args:
        cache: where xbench keeps what it has read.
        root: the data folder.
        offline: ask no network.
    """
    began = time.monotonic()
    found: list[tuple[str, Diagnosis]] = [("", machine.python()), ("", machine.packages(_distributions(catalog)))]
    found.append(("", machine.machine()))
    found += _asked(catalog, offline)
    found += [("", Diagnosis("cache", {}, {"folder": cache})), ("", _data(catalog, root)), ("", _plugins(catalog))]
    found.append(("", Diagnosis("", {}, problems=(*machine.byte_code(), *_missing(catalog)))))  # all is imported now
    sections, problems = _merged(found)
    return Checkup(sections, problems, time.monotonic() - began)


def _distributions(catalog: Catalog) -> list[str]:
    """xbench's own, and those that plugins come from."""
    others = {plugin.distribution for plugin in catalog.plugins if plugin.distribution}
    return [machine.DISTRIBUTION, *sorted(others - {machine.DISTRIBUTION})]


def _merged(found: Iterable[tuple[str, Diagnosis]]) -> tuple[tuple[Section, ...], tuple[Problem, ...]]:
    """One section a topic, in order; what two components say alike is said once."""
    facts: dict[str, dict[str, Any]] = {}
    owners: dict[str, dict[str, None]] = {}
    problems: dict[Problem, None] = {}
    for owner, diagnosis in found:
        told = facts.setdefault(diagnosis.topic, {})
        told.update({name: value for name, value in diagnosis.facts.items() if name not in told})
        for name, folder in diagnosis.places.items():
            line, wrong = machine.place(f"{diagnosis.topic}: {name}", folder)
            told.setdefault(name, line)
            problems.update(dict.fromkeys(wrong))
        owners.setdefault(diagnosis.topic, {}).update({owner: None} if owner else {})
        problems.update(dict.fromkeys(diagnosis.problems))
    sections = (Section(topic, tuple(owners[topic]), told) for topic, told in facts.items() if told)
    return tuple(sections), tuple(sorted(problems, key=lambda problem: not problem.stops))


def _asked(catalog: Catalog, offline: bool) -> Iterator[tuple[str, Diagnosis]]:
    """What backends and readers say."""
    for kind in ("backend", "reader"):
        for name in catalog.names(kind):
            for plugin, component in catalog.owned(kind, name):
                if isinstance(component, Diagnoses):
                    try:
                        yield from ((plugin, diagnosis) for diagnosis in component.diagnose(offline))
                    except Exception as mistake:  # noqa: BLE001 - a plugin's: it is what was to be found out
                        yield plugin, Diagnosis(kind, {}, problems=(_broken(plugin, kind, name, mistake),))


def _broken(plugin: str, kind: str, name: str, why: Exception) -> Problem:
    text = f"plugin {plugin}: {kind} {name} cannot work: {type(why).__name__}: {why}"
    return Problem(text, f"repair it, or switch it off: XBENCH_PLUGINS=no:{plugin}", stops=True)


def _data(catalog: Catalog, root: Path | None) -> Diagnosis:
    """Which tasks' rows are at hand: those of which some source's reader knows the state."""
    facts: dict[str, Any] = {"data folder": str(root) if root else "none (XBENCH_DATA_DIR names it)"}
    problems: tuple[Problem, ...] = ()
    if root is not None and not root.is_dir():
        told = f"data folder {root}: no such folder"
        problems = (Problem(told, "correct --data-dir or XBENCH_DATA_DIR", stops=True),)
        root = None
    here: list[str] = []
    absent: list[str] = []
    failing: dict[str, Exception] = {}
    for name in catalog.names("task"):
        for _, task in catalog.owned("task", name):
            (here if _at_hand(catalog, task, root, failing) else absent).append(name)
    for name, why in failing.items():
        problems += tuple(_broken(plugin, "reader", name, why) for plugin, _ in catalog.owned("reader", name))
    facts["at hand"] = here or "none"
    facts["not here"] = absent or "none"
    if absent:
        facts["get them by"] = "xbench fetch -t NAME, or their official files in the data folder"
    return Diagnosis("data", facts, problems=problems)


def _at_hand(catalog: Catalog, task: TaskSpec, root: Path | None, failing: dict[str, Exception]) -> bool:
    """failing: what readers raised that is no word to a user, by their names."""
    for ref in (task.data, *task.mirrors):
        try:
            if catalog.reader(ref.reader).stamp(ref, place_of(ref, root)) is not None:
                return True
        except UserError:  # no such reader, or a card that it cannot take: `xbench check` says more
            continue
        except Exception as mistake:  # noqa: BLE001 - a plugin's: it is what was to be found out
            failing.setdefault(ref.reader, mistake)
    return False


def _plugins(catalog: Catalog) -> Diagnosis:
    loaded: dict[str, list[str]] = {}
    problems = []
    for plugin in catalog.plugins:
        owner = f"{plugin.distribution} {plugin.version}".strip() or f"module {plugin.module}"
        loaded.setdefault(owner, []).append(plugin.name)
        if plugin.problem:
            mend = f"repair it or install what it needs, or switch it off: XBENCH_PLUGINS=no:{plugin.name}"
            problems.append(Problem(f"plugin {plugin.name}: {plugin.problem}", mend, stops=plugin.broken))
    return Diagnosis("plugins", loaded, problems=tuple(problems))


def _missing(catalog: Catalog) -> Iterator[Problem]:
    for kind, noun in NEEDED.items():
        if not catalog.names(kind):
            hint = "XBENCH_PLUGINS and -p switch plugins off; else install xbench-harness again"
            yield Problem(f"no plugin declares a {noun}: nothing can run", hint, stops=True)


def as_json(checkup: Checkup) -> Json:
    """For `--json`, and for a bug report."""
    sections: Sequence[Json] = [
        {"topic": section.topic, "by": list(section.by), "facts": dict(section.facts)} for section in checkup.sections
    ]
    problems: Sequence[Json] = [
        {"message": problem.message, "hint": problem.hint, "stops": problem.stops} for problem in checkup.problems
    ]
    return {"works": checkup.works, "sections": sections, "problems": problems, "seconds": round(checkup.seconds, 2)}
