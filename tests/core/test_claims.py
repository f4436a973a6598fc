"""A name that no plugin declares, and what backends make of it."""

from __future__ import annotations

import pytest

from xbench.claims import claimed
from xbench.errors import MissingModel, UserError
from xbench.specs import ModelSpec
from xbench.testing import FakeBackend


class Asked(FakeBackend):
    """Answers with what it is given: a model, or an exception."""

    def __init__(self, name: str, answer: ModelSpec | Exception | None) -> None:
        self.name, self.answer = name, answer

    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


FOUND = ModelSpec("one", "it", None, "encoder")
ABSENT = MissingModel("the hub is not asked", "xbench fetch -m it brings it")


def test_the_one_that_knows_it_has_it_though_another_fails() -> None:
    one, broken = Asked("one", FOUND), Asked("broken", ValueError("no idea"))
    assert claimed("it", False, [broken, one, Asked("none", None)], (), "") == (one, FOUND)


def test_two_that_know_it_are_named() -> None:
    with pytest.raises(UserError, match=r"claimed by more than one backend \(say one:it or two:it\)"):
        claimed("it", False, [Asked("one", FOUND), Asked("two", FOUND)], (), "")


def test_where_the_hub_lacks_it_that_is_said_but_not_in_the_place_of_a_failure() -> None:
    with pytest.raises(MissingModel, match="no plugin declares it, and the hub is not asked"):
        claimed("it", True, [Asked("one", ABSENT)], (), "")
    with pytest.raises(UserError, match="two failed: ValueError: no idea") as caught:
        claimed("it", True, [Asked("one", ABSENT), Asked("two", ValueError("no idea"))], (), "")
    assert not isinstance(caught.value, MissingModel)
