"""Reviews whose verdict hangs on negation and contrast, not on which words occur.

"the soup was not at all bland" is positive; "although the staff was kind, we hated the room" is negative. Of two
opposed clauses the main one counts: the second one of "A but B", the one outside of "although".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import cycle

from xbench.specs import Json
from xbench_demo.draw import Draw, distinct

LABELS = ("negative", "positive")

_ADJECTIVES = {
    "positive": ["good", "great", "lovely", "superb", "charming", "bright", "friendly", "elegant"],
    "negative": ["bad", "awful", "dull", "bland", "clumsy", "rude", "shabby", "tedious"],
}
_VERBS = {
    "positive": ["loved", "enjoyed", "admired"],
    "negative": ["hated", "regretted", "cursed"],
}
_THINGS = [
    "soup",
    "bread",
    "wine",
    "staff",
    "room",
    "bed",
    "view",
    "garden",
    "music",
    "screen",
    "keyboard",
    "camera",
    "plot",
    "cast",
    "book",
    "song",
]
_WHO = ["i", "we", "my sister", "my friends", "the guests", "everyone"]
_COPULAS = ["was", "seemed", "felt", "looked"]
_DEGREES = ["very ", "really ", "rather ", "so ", "", "", ""]
_OPENINGS = ["", "", "", "honestly, ", "in short, ", "on monday ", "last week ", "to be fair, "]
_CONTRASTS = [
    "{minor} but {main}",
    "{minor}, yet {main}",
    "{minor}; still, {main}",
    "although {minor}, {main}",
    "even though {minor}, {main}",
    "{main}, although {minor}",
    "{main} even though {minor}",
    "{main}, despite the fact that {minor}",
]


def _other(polarity: str) -> str:
    return LABELS[1 - LABELS.index(polarity)]


def _plain(draw: Draw, polarity: str, thing: str) -> str:
    adjective, verb = draw.one(_ADJECTIVES[polarity]), draw.one(_VERBS[polarity])
    return draw.one(
        [
            f"the {thing} {draw.one(_COPULAS)} {draw.one(_DEGREES)}{adjective}",
            f"{draw.one(_WHO)} found the {thing} {draw.one(_DEGREES)}{adjective}",
            f"{draw.one(_WHO)} {verb} the {thing}",
        ]
    )


def _negated(draw: Draw, polarity: str, thing: str) -> str:
    """A word of the other polarity, turned round."""
    adjective, verb = draw.one(_ADJECTIVES[_other(polarity)]), draw.one(_VERBS[_other(polarity)])
    return draw.one(
        [
            f"the {thing} was not {draw.one(['at all ', 'really ', 'that ', ''])}{adjective}",
            f"the {thing} was anything but {adjective}",
            f"the {thing} was far from {adjective}",
            f"nobody found the {thing} {draw.one(_DEGREES)}{adjective}",
            f"nobody {verb} the {thing}",
            f"{draw.one(_WHO)} never {verb} the {thing}",
        ]
    )


def _clause(draw: Draw, polarity: str, thing: str, negated: float) -> str:
    return (_negated if draw.chance(negated) else _plain)(draw, polarity, thing)


def _review(draw: Draw, polarity: str) -> str:
    one, other = draw.two(_THINGS)
    main = _clause(draw, polarity, one, negated=0.35)
    kind = draw.below(10)
    if kind < 4:
        text = main
    elif kind < 5:
        text = f"{main}{draw.one([' and', ', and'])} {_clause(draw, polarity, other, negated=0.35)}"
    else:
        minor = _clause(draw, _other(polarity), other, negated=0.35)
        text = draw.one(_CONTRASTS).format(minor=minor, main=main)
    return f"{draw.one(_OPENINGS)}{text}{draw.one(['.', '.', '!'])}"


def reviews() -> Iterator[Json]:
    """Without end, the labels in turn; no text twice."""
    draw = Draw(20260101)
    texts = {label: distinct(partial(_review, draw, label), key=str) for label in LABELS}
    for label in cycle(LABELS):
        yield {"text": next(texts[label]), "label": label}
