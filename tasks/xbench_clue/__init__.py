"""Chinese language understanding: the CLUE benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from xbench.hookspecs import hookimpl


@hookimpl
def xbench_tasks() -> Iterable[Traversable]:
    cards = files(__name__) / "cards"
    return sorted((card for card in cards.iterdir() if card.name.endswith(".toml")), key=lambda card: card.name)
