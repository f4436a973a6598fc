"""News lines in which the context, not the name, tells a person from a place from an organisation.

"Jordan hired Austin" names an organisation and a person, "Jordan borders Austin" two places. A clue may stand before
the name, after it, or behind a relative clause.
"""

from __future__ import annotations

from collections.abc import Iterator

from xbench.specs import Json
from xbench_demo.draw import Draw, distinct

LABELS = ("person", "place", "organisation")

_NAMES = [
    "Adelaide",
    "Austin",
    "Avery",
    "Carson",
    "Charlotte",
    "Chelsea",
    "Chester",
    "Clayton",
    "Dallas",
    "Denver",
    "Florence",
    "Georgia",
    "Hudson",
    "Jackson",
    "Jordan",
    "Kent",
    "Lincoln",
    "Logan",
    "Madison",
    "Orlando",
    "Paris",
    "Raleigh",
    "Savannah",
    "Sydney",
    "Trenton",
    "Victoria",
    "Virginia",
    "Wesley",
    "Winston",
    "York",
]
_SECOND = [
    "Banks",
    "Brook",
    "Cross",
    "Ford",
    "Hill",
    "Lake",
    "Rivers",
    "Stone",
    "West",
    "Woods",
]  # Jordan Lake: who or where?
_SLOTS = {"P": "person", "L": "place", "O": "organisation"}

_SUBJECTS = {
    "P": ["", "", "", ", who was late ,", ", who is a doctor ,", ", aged 34 ,", ", whose brother sings ,"],
    "L": ["", "", "", ", which lies by the sea ,", ", where it rained ,", ", a quiet town ,"],
    "O": ["", "", "", ", which makes shoes ,", ", whose shares rose ,", ", founded in 1999 ,"],
}
_PREDICATES = {
    "P": [
        "smiled",
        "married P last year",
        "broke a leg",
        "flew to L",
        "left O after ten years",
        "wrote to P about L",
        "was born in L",
    ],
    "L": ["borders L", "has two bridges", "was flooded on Monday", "welcomed P", "voted for P", "is full of tourists"],
    "O": [
        "hired P",
        "opened a factory in L",
        "bought O",
        "cut 200 jobs",
        "sued O over a patent",
        "named P as chairman",
        "went bankrupt in March",
    ],
}
_SENTENCES = [
    "the road from L to L is closed",
    "in L , it snowed on Sunday",
    "police in L arrested P",
    "shares of O fell",
    "a spokesman for O declined to comment",
    "workers at O went on strike in L",
    "thanks to P , O survived",
    "the mother of P lives near L",
    "the merger of O and O failed",
    "nobody in L has met P",
    "customers of O complained",
]
_OPENINGS = ["", "", "", "On Friday , ", "Yesterday , ", "According to P , ", "After a year , "]
_JOINTS = [" and ", " while ", " because ", " , but "]


def _name(draw: Draw, kind: str) -> list[str]:
    name = draw.one(_NAMES)
    form = draw.below(10)
    if form < 5:
        return [name]
    if form < 8:
        return [name, draw.one(_SECOND)]
    if kind == "O":
        return [name, draw.one(["Ltd", "Group"])]
    return [draw.one(["Saint", "Young"]), name]


def _clause(draw: Draw) -> str:
    if draw.chance(0.3):
        return draw.one(_SENTENCES)
    kind = draw.one("PLO")
    return f"{kind} {draw.one(_SUBJECTS[kind])} {draw.one(_PREDICATES[kind])}"


def _line(draw: Draw) -> tuple[list[str], list[str]]:
    text = draw.one(_OPENINGS) + _clause(draw)
    if draw.chance(0.4):
        text += draw.one(_JOINTS) + _clause(draw)
    tokens: list[str] = []
    tags: list[str] = []
    for word in f"{text} .".split():
        if word in _SLOTS:
            name = _name(draw, word)
            tokens += name
            tags += [f"B-{_SLOTS[word]}", *[f"I-{_SLOTS[word]}"] * (len(name) - 1)]
        else:
            tokens.append(word)
            tags.append("O")
    tokens[0] = tokens[0][0].upper() + tokens[0][1:]
    return tokens, tags


def lines() -> Iterator[Json]:
    """Without end; no line twice."""
    draw = Draw(20260102)
    for tokens, tags in distinct(lambda: _line(draw), key=lambda line: tuple(line[0])):
        yield {"tokens": tokens, "tags": tags}
