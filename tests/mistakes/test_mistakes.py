"""Every mistake: the exit code, at most three lines that name the thing and the mend, and nothing written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from mistakes.asked import Mistake, answer
from mistakes.page import page
from mistakes.table import EVERY

ERRORS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"


@pytest.mark.parametrize("mistake", EVERY, ids=str)
def test_a_mistake_is_answered_in_a_line_and_leaves_nothing_behind(mistake: Mistake) -> None:
    told = answer(mistake)
    assert told.code == mistake.code, told.err
    said = told.err if mistake.code == 2 else told.out + told.err
    for fragment in mistake.says:
        assert fragment in said
    assert "Traceback" not in told.err
    if mistake.code == 2:
        assert told.out == ""
        assert told.err.splitlines()[-1].startswith("xbench: ")
    lines = [line for line in told.err.splitlines() if not line.startswith("model ")]  # a download's progress
    assert len(lines) <= (3 if mistake.code != 2 else 1)
    assert [name for name in told.new if not name.startswith(mistake.leaves or ("\0",))] == []


def test_there_are_many_and_each_is_another() -> None:
    wrong = [mistake for mistake in EVERY if mistake.code]
    assert len(wrong) >= 60
    assert max(Counter(mistake.title for mistake in EVERY).values()) == 1
    assert all(len(mistake.says) > 0 for mistake in EVERY)


def test_the_page_shows_every_mistake_as_it_is_answered() -> None:
    assert page() == ERRORS.read_text(encoding="utf-8"), "make docs writes it again"
