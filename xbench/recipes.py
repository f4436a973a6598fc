"""Recipes: TOML files of values for declared options, and how a cell's effective values come about.

Precedence: the option's default < what the method moves < the recipe < `--set`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from xbench.cards import read_toml
from xbench.errors import UserError
from xbench.names import format_value, nearest
from xbench.specs import Json, Option


@dataclass(frozen=True, slots=True)
class Recipe:
    """Values for declared options. A recipe's name is a label: only its effective values enter a key."""

    name: str
    values: Json
    description: str = ""
    origin: str = ""  # the file that it was read from


def read_recipe(path: Path | Traversable) -> Recipe:
    """A recipe; its name is the file's stem. Tables become dotted keys: `[fgm] epsilon = 1.0` is `fgm.epsilon`."""
    values = _flat(read_toml(path))
    description = values.pop("description", "")
    if not isinstance(description, str):
        raise UserError(f"{path}: description: expected text, found {type(description).__name__}")
    return Recipe(path.name.removesuffix(".toml"), values, description, str(path))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def parse_sets(texts: Iterable[str]) -> dict[str, str]:
    """`--set key=value` texts by key; the last one of a key wins. Values are typed later, by the options they reach."""
    sets: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UserError(f"--set {text}: no value", "write --set key=value")
        sets[key.strip()] = value.strip()
    return sets


def qualified(owner: str, options: Iterable[Option]) -> tuple[Option, ...]:
    """A method's or technique's options as `--set` and recipes name them: `r` of lora is `lora.r`."""
    return tuple(dataclasses.replace(option, name=f"{owner}.{option.name}") for option in options)


def called(options: Iterable[Option], text: str) -> str | None:
    """The option that goes by this name here or in other programs: `learning-rate` is `lr`; None where none does."""
    wanted = text.casefold().replace("-", "_")
    options = tuple(options)
    return next(
        (option.name for option in options if option.name == wanted),
        next((option.name for option in options if wanted in option.synonyms), None),
    )


def effective(
    options: Sequence[Option], method_defaults: Json, recipe_values: Json, sets: Json, recipe: str = "recipe"
) -> tuple[dict[str, Any], dict[str, str]]:
    """The value of each option, and where it came from: "default", "method", "recipe" or "--set".

    Keys of the three mappings that no option declares are passed over: they may be another cell's. `recipe` is the
    recipe's name or file, for errors.
    Raises UserError where a value does not fit its option.
    """
    layers = (("method", method_defaults), ("recipe", recipe_values), ("--set", sets))
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for option in options:
        values[option.name], origins[option.name] = option.default, "default"
        for origin, layer in layers:
            if option.name in layer:
                where = recipe if origin == "recipe" else origin
                values[option.name], origins[option.name] = typed(option, layer[option.name], where), origin
    return values, origins


def typed(option: Option, value: Any, where: str = "") -> Any:
    """`value`, or the value that a text stands for, checked against the option. Raises UserError.

    Texts: `none` for no value, `true` and `false`, `300_000` or `3e5`, lists with commas: `fgm,ema`.
    """
    if value is None or (value == "none" and "none" not in option.choices):
        return None
    result = _parsed(option, value)
    if result is None:
        place = f"{where} {option.name}" if where else option.name
        raise UserError(f"{place}={format_value(value)}: expected {_NOUNS[option.type]}", option.doc)
    for item in result if option.type == "list" else [result]:
        if option.choices and item not in option.choices:
            place = f"{where} {option.name}" if where else option.name
            choices = [format_value(choice) for choice in option.choices]
            best = nearest(format_value(item), choices)
            raise UserError(f"{place}={format_value(item)}: not one of {', '.join(choices)}", f"did you mean {best}?")
    return result


_NOUNS = {
    "int": "a whole number",
    "float": "a finite number",
    "str": "a text",
    "bool": "true or false",
    "list": "a list (a,b,c)",
}


def _parsed(option: Option, value: Any) -> Any:
    """The value in the option's type; None where it has no such reading."""
    match option.type:
        case "str":
            return value if isinstance(value, str) else None
        case "bool":
            return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
        case "list":
            if isinstance(value, str):
                return [piece.strip() for piece in value.split(",") if piece.strip()]
            return list(value) if isinstance(value, (list, tuple)) else None
        case "int":
            number = _number(value)
            return int(number) if number is not None and number == int(number) else None
        case "float":
            number = _number(value)
            return None if number is None else float(number)


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            try:
                value = float(value)
            except ValueError:
                return None
    return value if math.isfinite(value) else None
