"""All mistakes, by group, in the order of docs/reference/errors.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mistakes import table_boards, table_cards, table_data, table_files, table_machine, table_typed
from mistakes.asked import Mistake

GROUPS: Mapping[str, Sequence[Mistake]] = {
    "Names": table_typed.NAMES,
    "Flags and values": table_typed.FLAGS,
    "Recipes and grids": table_typed.SETTINGS,
    "A file of your own as a task": table_files.OWN,
    "Data that a card describes": table_data.DATA,
    "Task cards": table_cards.CARDS,
    "Models and checkpoints": table_machine.MODELS,
    "The machine": table_machine.MACHINE,
    "Boards, comparisons and predictions": table_boards.BOARDS,
    "No mistakes: these work": table_files.FINE,
}
EVERY = tuple(mistake for group in GROUPS.values() for mistake in group)
