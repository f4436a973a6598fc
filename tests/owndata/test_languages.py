"""The rule by which a text's language is told."""

from __future__ import annotations

from xbench.owndata.languages import language_of

ENGLISH = "the cat is not on the roof and that is what it was"  # 38 letters


def test_ideographs_in_a_fifth_of_the_letters_make_it_chinese() -> None:
    assert language_of([ENGLISH]) == "en"
    assert language_of([ENGLISH, "\u732b" * 9]) == "en"  # 9 of 47
    assert language_of([ENGLISH, "\u732b" * 10]) == "zh"  # 10 of 48
