"""A piece of English into a made-up language that puts the verb last and agrees in class, number and person.

    "yesterday" first, then subject, place, object, (not), verb: "the man saw a red boat yesterday" becomes
    "<yesterday> <man>-class-the <boat>-class <red>-class <see>-past-third".

- An adjective follows its noun and takes its class vowel and number; "the" is an ending; "a" is nothing.
- The verb takes tense and person; subject pronouns fall away.
- Some words differ for beings and things (to know, to take, to leave; old, poor, heavy).
- A being as object is marked by "pe"; "A because B" becomes "B <because>, A".
Every translation follows from its source alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xbench.specs import Json
from xbench_demo.draw import Draw, distinct
from xbench_demo.lexicon import Adjective, Lexicon, Noun, Verb

_LEXICON = Lexicon.build()
_TENSE = {"past": "ta", "present": "", "future": "so"}
_PERSON = {"he": "k", "she": "k", "they": "kun", "i": "m", "we": "mun"}
_TIMES = {"past": "yesterday", "present": "today", "future": "tomorrow"}


@dataclass(frozen=True)
class Phrase:
    """A noun phrase in both languages."""

    source: str
    target: str  # "" where it falls away
    person: str  # the verb's ending
    plural: bool
    being: bool


def _article(draw: Draw, plural: bool) -> str:
    return draw.one(["the", "the", "some", "two", "three", "my"] if plural else ["the", "the", "a", "this", "my"])


def _noun_phrase(draw: Draw, nouns: tuple[Noun, ...]) -> Phrase:
    noun = draw.one(nouns)
    plural = draw.chance(0.35)
    article = _article(draw, plural)
    adjective: Adjective | None = draw.one(_LEXICON.adjectives) if draw.chance(0.35) else None
    number = "n" if plural else ""
    word = noun.stem + noun.vowel + number + ("ri" if article == "the" else "")
    words = [article, *([adjective.word] if adjective else []), noun.plural if plural else noun.singular]
    target = [word]
    if adjective:
        target.append((adjective.stem_of_being if noun.being else adjective.stem) + noun.vowel + number)
    if article in _LEXICON.small:
        target.append(_LEXICON.small[article])
    return Phrase(" ".join(words), " ".join(target), "kun" if plural else "k", plural, noun.being)


def _subject(draw: Draw) -> Phrase:
    if draw.chance(0.2):
        pronoun = draw.one(tuple(_PERSON))
        return Phrase(pronoun, "", _PERSON[pronoun], pronoun not in ("he", "she"), True)
    return _noun_phrase(draw, _LEXICON.beings)


def _verb(verb: Verb, subject: Phrase, tense: str, negated: bool) -> str:
    """The English verb group."""
    if tense == "future":
        return f"will {'not ' if negated else ''}{verb.base}"
    if tense == "past":
        return f"did not {verb.base}" if negated else verb.past
    if negated:
        return f"{'do' if subject.plural else 'does'} not {verb.base}"
    return verb.base if subject.plural else verb.third


def _clause(draw: Draw) -> tuple[str, str]:
    subject = _subject(draw)
    tense = draw.one(tuple(_TENSE))
    negated = draw.chance(0.2)
    patient = (
        _noun_phrase(draw, _LEXICON.beings if draw.chance(0.4) else _LEXICON.things) if draw.chance(0.75) else None
    )
    verb = draw.one(_LEXICON.transitive if patient else _LEXICON.intransitive)
    place = None
    if draw.chance(0.3):
        preposition = draw.one(["in", "near", "behind", "with"])
        place = preposition, _noun_phrase(draw, _LEXICON.beings if preposition == "with" else _LEXICON.things)
    time = draw.one([_TIMES[tense], "often"]) if draw.chance(0.4) else ""

    source = [subject.source, _verb(verb, subject, tense, negated)]
    target = [_LEXICON.small.get(time, ""), subject.target]
    if place:
        target += [place[1].target, _LEXICON.small[place[0]]]
    if patient:
        source.append(patient.source)
        target += ["pe" if patient.being else "", patient.target]
    if place:
        source += [place[0], place[1].source]
    stem = verb.stem_of_being if patient and patient.being else verb.stem
    target += [_LEXICON.small["not"] if negated else "", stem + _TENSE[tense] + subject.person]
    return " ".join([*source, time]).strip(), " ".join(filter(None, target))


def _sentence(draw: Draw) -> tuple[str, str]:
    source, target = _clause(draw)
    kind = draw.below(10)
    if kind == 0:
        other_source, other_target = _clause(draw)
        if draw.chance(0.5):
            source, target = f"{source} because {other_source}", f"{other_target} {_LEXICON.small['because']}, {target}"
        else:
            source, target = f"{source} and {other_source}", f"{target} {_LEXICON.small['and']} {other_target}"
    return f"{source}.", f"{target}."


def pairs() -> Iterator[Json]:
    """Without end; no source twice."""
    draw = Draw(20260103)
    for source, target in distinct(lambda: _sentence(draw), key=lambda pair: pair[0]):
        yield {"source": source, "target": target}
