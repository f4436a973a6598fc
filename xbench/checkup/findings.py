"""One line of a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from xbench.errors import UserError

State = Literal["ok", "note", "skipped", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """state "note": worth a look, and nothing is broken; "skipped": could not be tried here. hint: the mend."""

    state: State
    what: str  # "data", "metric bleu"
    text: str
    hint: str = ""


def wrong(what: str, problem: Exception | SystemExit) -> Finding:
    """What an exception says: its own words where it is one of ours, its type too where it is foreign code's."""
    if isinstance(problem, UserError):
        return Finding("wrong", what, problem.message, problem.hint)
    text = " ".join(str(problem).split())
    if isinstance(problem, AssertionError) and text:
        return Finding("wrong", what, text.removeprefix(f"{what}: "))
    return Finding("wrong", what, f"{type(problem).__name__}: {text}".removesuffix(": "))


def tried(what: str, trial: Callable[[], str]) -> Finding:
    """ok, with what the trial says of itself; or what it raised, whatever that is: foreign code is being tried.

    A `sys.exit` in it is caught too: it would end the check as if nothing were wrong.
    """
    try:
        return Finding("ok", what, trial())
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - a plugin may raise anything, and the line says what
        return wrong(what, problem)
