"""What was typed at the wrong place, and where it belongs: an option of another command, a recipe's value as a flag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from xbench.errors import UserError
from xbench.names import unknown

_MOST = 3  # commands that a line names


def unknown_option(name: str, context: Any) -> UserError:
    """The error for a flag that a command has not. context: click's, whose `obj` is what was typed."""
    known = [text for one in context.command.params for text in one.opts if text.startswith("--")]
    if "--set" in known:
        setting = _setting(name)
        if setting is not None:
            value = _value(name, context.obj) or "VALUE"
            return UserError(f"unknown option {name!r}", f"recipe values are set by --set {setting}={value}")
    others = [path for path, command in _commands(context) if any(name in one.opts for one in command.params)]
    if others:
        return UserError(f"unknown option {name!r}", f"it is an option of {_some(others)}")
    return unknown("option", name, known, listed=f"{context.command_path} --help")


def _some(paths: Sequence[str]) -> str:
    """`xbench run and xbench fetch`; of many the first few."""
    return " and ".join([*paths[:_MOST], *(["others"] if len(paths) > _MOST else [])])


def unset(given: Sequence[str]) -> UserError | None:
    """The error for `--set lr 1e-4`, which leaves the value behind as an argument of its own."""
    for flag, setting, value in zip(given, given[1:], given[2:], strict=False):
        if flag == "--set" and "=" not in setting and not value.startswith("-"):
            return UserError(f"--set {setting}: no value", f"write --set {setting}={value}")
    return None


def _setting(flag: str) -> str | None:
    """The declared option that a flag names, in our words or another program's."""
    from xbench.catalog import Catalog
    from xbench.recipes import called
    from xbench.variants import declared_options

    return called((option for option, *_ in declared_options(Catalog.load())), flag.lstrip("-"))


def _value(flag: str, given: Sequence[str]) -> str | None:
    for word, after in zip(given, [*given[1:], ""], strict=True):
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
        if word == flag:
            return after if after and not after.startswith("-") else None
    return None


def _commands(context: Any) -> Iterator[tuple[str, Any]]:
    """Every other command by what is typed, `xbench run`, those of groups among them."""
    root = context.find_root()
    waiting = [(root.info_name, root.command)]
    while waiting:
        path, command = waiting.pop(0)
        inner = getattr(command, "commands", {})
        waiting += [(f"{path} {name}", one) for name, one in inner.items()]
        if not inner and path != context.command_path:
            yield path, command
