"""What a reader of a board must know: each flag's meaning, and how intervals and ranks come about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xbench_report.words import words

_PATTERNS = {r"\d+/\d+ seeds": "seeds", r"subset .*": "subset"}  # flags that tell a number too

STATISTICS = ("score", "interval", "rank", "tie", "gain")  # explained by `help.<name>` of the words


def statistics() -> list[str]:
    """ "Score: the mean over seeds of ..." in English."""
    told = words("en")
    texts = [(told[f"column.{name}"].removeprefix("95 % ").capitalize(), told[f"help.{name}"]) for name in STATISTICS]
    return [f"{title}: {text[0].lower()}{text[1:]}" for title, text in texts]


def kind(flag: str) -> str:
    """The name that a flag's meaning has among the words; "other" for one that a plugin made."""
    name = next((name for pattern, name in _PATTERNS.items() if re.fullmatch(pattern, flag)), flag)
    return name if f"flag.{name}" in words("en") else "other"


def meaning(flag: str) -> str:
    """In English; empty for a flag that a plugin made."""
    name = kind(flag)
    return "" if name == "other" else words("en")[f"flag.{name}"]


def legend(flags: Iterable[str]) -> list[tuple[str, str]]:
    """Each kind of flag once, with its meaning; seeds and subsets under one example of theirs."""
    found: dict[str, tuple[str, str]] = {}
    for flag in flags:
        text = meaning(flag)
        found.setdefault(text or flag, (flag, text or words("en")["flag.other"]))
    return sorted(found.values())
