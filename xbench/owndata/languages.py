"""Which language a text is in, by a rule that fits in a sentence: enough to choose how text is cut, no more."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNDETERMINED = "und"

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_THAI = re.compile("[\u0e00-\u0e7f]")
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)  # Lao, Burmese, Khmer too
_WORD = re.compile(r"[a-z']+")
_ENGLISH = re.compile(r"the|of|and|to|is|that|for|it|with|you|this|was|are|not|be|have|what")
_SHARE = 0.2  # of the letters
_ENGLISH_SHARE = 1 / 12  # of the words


def language_of(texts: Iterable[str]) -> str:
    """The ISO 639-1 code: ja, ko, th or zh where kana, Hangul, Thai or ideographs are a fifth of the letters.

    en where a twelfth of the words are among the 17 most common English ones; "und" for all else.
    """
    text = " ".join(texts).casefold()
    letters = sum(map(str.isalpha, text)) or 1
    for code, script in (("ja", _KANA), ("ko", _HANGUL), ("th", _THAI), ("zh", _HAN)):
        if len(script.findall(text)) / letters >= _SHARE:
            return code
    words = _WORD.findall(text)
    common = sum(_ENGLISH.fullmatch(word) is not None for word in words)
    return "en" if common and common / len(words) >= _ENGLISH_SHARE else UNDETERMINED


def words_in(text: str) -> int:
    """What spaces set apart and has a letter in it; a character of a script without spaces is a word of its own."""
    rest = _UNSPACED.sub(" ", text)
    return len(_UNSPACED.findall(text)) + sum(any(map(str.isalpha, word)) for word in rest.split())
