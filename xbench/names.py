"""Names as people type them: the nearest known one, and texts with typed parameters such as `bleu(tokenize=zh)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from xbench.errors import UnknownName, UserError

# What a task or a label may be called: Latin letters, ideographs and digits, and after the first "._-" too.
SAFE_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]*")
ALIKE = 0.6  # of 1, by difflib: what its own get_close_matches asks for
FEW = 8  # names that a line can hold
_CALL = re.compile(r"\s*([^\s(),=]+)\s*(?:\((.*)\)\s*)?")


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name most like `text`, whatever its case; None where nothing is known."""
    from difflib import SequenceMatcher  # only an error needs it

    wanted = text.casefold()

    def likeness(name: str) -> tuple[float, int]:
        folded = name.casefold()
        return SequenceMatcher(None, wanted, folded).ratio(), int(wanted in folded)

    return max(sorted(known), key=likeness, default=None)


def unknown(
    what: str, text: str, known: Iterable[str], more: str = "", listed: str = "", most: int = FEW
) -> UnknownName:
    """The error for a name that nobody knows: `unknown task 'tnew' (did you mean tnews?)`.

    Where no known name is like it, a guess would mislead: then a few are named, and of many the command that does.

    Args:
        what: the noun, with its place: "task", "--set key", "card.toml: key".
        more: another hint, put after the nearest name.
        listed: the command that names them all.
        most: how many are named where none is like it.
    """
    names = sorted(set(known))
    best = nearest(text, names)
    if best is not None and alike(text, best):
        hint = f"did you mean {best}?"
    elif not names:
        hint = "none is known" + (";" if more else "")
    elif len(names) <= most or not listed:
        shown = f"{', '.join(names[:most])}{', ...' if len(names) > most else ''}"
        hint = f"{'the only one is' if len(names) == 1 else 'one of'} {shown}" + (";" if more else "")
    else:
        hint = f"`{listed}` names them all" + (";" if more else "")
    place, colon, noun = what.rpartition(": ")
    hints = " ".join(part for part in (hint, more) if part)
    return UnknownName(f"{place}{colon}unknown {noun} {text!r}", hints, noun)


def refuse_several(text: str, noun: str, flag: str, known: Callable[[str], bool]) -> None:
    """Raises UserError for `a,b` where both are known and the whole is not: `-m a,b` is meant as `-m a -m b`."""
    pieces = [piece.strip() for piece in text.split(",")]
    if len(pieces) > 1 and all(piece and known(piece) for piece in pieces) and not known(text):
        raise UserError(f"{noun} {text!r} is more than one", f"write {' '.join(f'{flag} {one}' for one in pieces)}")


def alike(text: str, name: str) -> bool:
    """May the one be a slip of the other? Dashes before a flag say nothing."""
    from difflib import SequenceMatcher

    a, b = (word.casefold().lstrip("-") for word in (text, name))
    shorter, longer = sorted((a, b), key=len)
    return SequenceMatcher(None, a, b).ratio() >= ALIKE or (len(shorter) > 1 and shorter in longer)


def parse_call(text: str) -> tuple[str, dict[str, str]]:
    """`bleu(tokenize=zh)` as ("bleu", {"tokenize": "zh"}). Raises UserError where it is malformed."""
    found = _CALL.fullmatch(text)
    if not found:
        raise UserError(f"cannot read {text!r}", "write it as name or name(key=value, ...)")
    name, inside = found.groups()
    parameters: dict[str, str] = {}
    for piece in (inside or "").split(","):
        if not piece.strip():
            continue
        key, equals, value = (part.strip() for part in piece.partition("="))
        if not (key and equals and value) or key in parameters:
            raise UserError(f"cannot read {piece.strip()!r} in {text!r}", "write it as name(key=value, ...)")
        parameters[key] = value
    return name, parameters


def format_call(name: str, parameters: Mapping[str, Any]) -> str:
    """The canonical text of a name with parameters, which `parse_call` reads back: keys in order, no spaces."""
    if not parameters:
        return name
    return f"{name}({','.join(f'{key}={format_value(value)}' for key, value in sorted(parameters.items()))})"


def format_value(value: Any) -> str:
    """A value as `--set` reads it back: `none`, `true`, `3e-05`, `fgm,ema`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(format_value(item) for item in value)
    return str(value)


def labelled(name: str, values: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """`lora[r=16]`: a name with those of its values that are not the usual ones."""
    moved = {key: value for key, value in sorted(values.items()) if key not in usual or usual[key] != value}
    return f"{name}[{','.join(f'{key}={format_value(value)}' for key, value in moved.items())}]" if moved else name


def as_label(value: Any) -> Any:
    """A label that the source writes as a number or a truth value, as text: 3, 0.5, true."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) and value == value else value


def label_text(label: str, limit: int | None = None) -> str:
    """A label for a person, in quotes where its blanks could not be seen: at an edge, or more than one."""
    shown = label if limit is None or len(label) <= limit else f"{label[: limit - 3]}..."
    return shown if printable(shown) == shown else repr(shown)


def split_method(text: str, methods: Iterable[str]) -> tuple[str, str | None]:
    """`minilm+lora` as ("minilm", "lora"); (text, None) where what follows the last plus is no known method."""
    model, plus, method = text.rpartition("+")
    return (model, method) if plus and model and method in set(methods) else (text, None)


def inert(text: str) -> str:
    """A text from outside without what would steer a terminal, or break the line."""
    return "".join(char if char.isprintable() else " " for char in text)


def printable(text: str, limit: int | None = None) -> str:
    """The same with single blanks, cut after `limit` characters."""
    whole = " ".join(inert(text).split())
    return whole if limit is None or len(whole) <= limit else f"{whole[: limit - 3]}..."
