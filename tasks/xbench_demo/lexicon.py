"""The words of demo-translation: a piece of English, and a language that nobody speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xbench_demo.draw import Draw, distinct

_BEINGS = "man/men woman/women girl/girls teacher/teachers child/children king/kings dog/dogs wolf/wolves"
_THINGS = "book/books letter/letters house/houses boat/boats table/tables bridge/bridges knife/knives tree/trees"
_TRANSITIVE = """see/sees/saw find/finds/found carry/carries/carried know/knows/knew take/takes/took
    leave/leaves/left need/needs/needed hide/hides/hid"""
_INTRANSITIVE = "sleep/sleeps/slept sing/sings/sang fall/falls/fell"
_ADJECTIVES = "old small red heavy new poor"
_SMALL_WORDS = "two three this my in near behind with because and often yesterday today tomorrow not"
SPLIT = frozenset({"know", "take", "leave", "old", "poor", "heavy"})  # another word for beings than for things


@dataclass(frozen=True)
class Noun:
    singular: str
    plural: str
    being: bool
    stem: str
    vowel: str  # its class: adjectives and articles agree with it


@dataclass(frozen=True)
class Verb:
    base: str
    third: str
    past: str
    stem: str
    stem_of_being: str  # where its object is a being


@dataclass(frozen=True)
class Adjective:
    word: str
    stem: str
    stem_of_being: str


def _stems() -> Iterator[str]:
    """Made-up stems, each once: consonant, vowel, consonant, perhaps once more."""
    draw = Draw(7)

    def syllable() -> str:
        return draw.one("bdfghjklmnprtvz") + draw.one("aeiou")

    def stem() -> str:
        return syllable() + (syllable() if draw.chance(0.7) else "") + draw.one("dgklmnprtz")

    return distinct(stem, key=str)


@dataclass(frozen=True)
class Lexicon:
    beings: tuple[Noun, ...]
    things: tuple[Noun, ...]
    transitive: tuple[Verb, ...]
    intransitive: tuple[Verb, ...]
    adjectives: tuple[Adjective, ...]
    small: dict[str, str]  # determiners, prepositions, conjunctions, adverbs, "not"

    @classmethod
    def build(cls) -> Lexicon:
        stems = _stems()
        classes = Draw(8)

        def nouns(words: str, being: bool) -> tuple[Noun, ...]:
            forms = (pair.split("/") for pair in words.split())
            return tuple(Noun(one, many, being, next(stems), classes.one("aou")) for one, many in forms)

        def verbs(words: str) -> tuple[Verb, ...]:
            forms = (entry.split("/") for entry in words.split())
            return tuple(Verb(base, third, past, *two(base)) for base, third, past in forms)

        def two(word: str) -> tuple[str, str]:
            stem = next(stems)
            return stem, next(stems) if word in SPLIT else stem

        return cls(
            nouns(_BEINGS, True),
            nouns(_THINGS, False),
            verbs(_TRANSITIVE),
            verbs(_INTRANSITIVE),
            tuple(Adjective(word, *two(word)) for word in _ADJECTIVES.split()),
            {word: next(stems) for word in _SMALL_WORDS.split()},
        )
