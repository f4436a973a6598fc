"""How `--help` reads: commands by panel, flags by section, examples as they are typed. Plain text, 80 columns.

What a page holds beside a command's own docstring and flags stands in `pages.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from xbench.cli.completing import attach
from xbench.cli.pages import COMMON, OTHERS, PAGES, PANELS, Page
from xbench.errors import UserError
from xbench.names import unknown

# What typer says of itself and a page can do without: that a number has a least value, that an argument is needed.
_NOISE = re.compile(r"; x>=\d+(?=\])|  \[x>=\d+\]|  \[required\]$")
_WORD = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")  # of a shell's line
_NONE = Page(OTHERS)
_SENTENCE = 200  # characters of a command's first sentence in the list of commands: all of it


def page_of(context: Any) -> Page:
    """The page of `xbench new task` is that of "new task"."""
    return PAGES.get(context.command_path.partition(" ")[2], _NONE)


class Command(TyperCommand):
    """A command whose flags stand in sections."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Without typer's braces around what is needed: [NAME] may be left out, NAME may not."""
        pieces = [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]
        return [piece.upper() if piece.islower() else piece for piece in pieces]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_parameters(self.get_params(ctx), page_of(ctx), ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _write_examples(page_of(ctx), formatter)


class ReaderGone(Exception):
    """Nobody reads standard output any more: `xbench ... | head` has seen enough."""


class Group(TyperGroup):
    """A group that names the nearest command where there is none, as every other unknown name is answered."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if not (ctx.resilient_parsing or args[0].startswith("-")) and self.get_command(ctx, args[0]) is None:
            commands = self.list_commands(ctx)
            if args[0] in ("help", "version"):
                raise UserError(f"unknown command {args[0]!r}", f"write {ctx.find_root().info_name} --{args[0]}")
            raise unknown("command", args[0], commands, most=len(commands))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as gone:  # not left to click, which ends with the code of a failure
            raise ReaderGone from gone

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        _write_parameters(self.get_params(ctx), page_of(ctx), ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        prefix = ctx.command_path.partition(" ")[2]
        panels: dict[str, list[tuple[str, str]]] = {panel: [] for panel in (*PANELS, OTHERS)}
        order = {name: place for place, name in enumerate(PAGES)}
        for name in sorted(self.list_commands(ctx), key=lambda name: order.get(f"{prefix} {name}".strip(), len(order))):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = PAGES.get(f"{prefix} {name}".strip(), _NONE).panel if not prefix else OTHERS
                panels[panel].append((name, command.get_short_help_str(_SENTENCE)))
        width = max(len(name) for rows in panels.values() for name, _ in rows)
        for panel, rows in panels.items():
            if rows:
                with formatter.section(panel):
                    formatter.write_dl([(name.ljust(width), text) for name, text in rows])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _write_examples(page_of(ctx), formatter)


class App(typer.Typer):
    """A Typer whose commands are `Command`s, with completion of names."""

    def command(self, name: str | None = None, *, cls: type[TyperCommand] | None = Command, **more: Any) -> Any:
        register = super().command(name, cls=cls, **more)

        def registered(function: Any) -> Any:
            attach(function)
            return register(function)

        return registered


def _write_parameters(parameters: Iterable[Any], page: Page, ctx: Any, formatter: Any) -> None:
    """Arguments, then flags under the page's headings, the rest under "Options", those of every command last."""
    rows: dict[str, list[tuple[int, str, str]]] = {
        heading: [] for heading in ("Arguments", *page.sections, "Options", "Common options")
    }
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is not None:
            heading, place = _heading(parameter, page)
            name = record[0].upper() if heading == "Arguments" and record[0].islower() else record[0]
            rows[heading].append((place, name, _NOISE.sub("", record[1])))
    if len(rows["Common options"]) == 1 or not any(rows[heading] for heading in (*page.sections, "Options")):
        rows["Options"] += rows.pop("Common options")  # too few to stand apart
    width = max(len(name) for found in rows.values() for _, name, _ in found)
    for heading, found in rows.items():
        if found:
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for _, name, text in sorted(found, key=lambda r: r[0])])


def _heading(parameter: Any, page: Page) -> tuple[str, int]:
    """Where a parameter stands: its heading, and its place there (as declared, where the page says nothing)."""
    if parameter.param_type_name == "argument":
        return "Arguments", 0
    for heading, flags in {**page.sections, "Common options": COMMON}.items():
        for place, flag in enumerate(flags):
            if flag in parameter.opts:
                return heading, place
    return "Options", 0


def _write_examples(page: Page, formatter: Any) -> None:
    if page.examples:
        with formatter.section("Examples" if len(page.examples) > 1 else "Example"):
            for command, text in page.examples:
                _write_example(command, text, formatter)


def _write_example(command: str, text: str, formatter: Any) -> None:
    indent = " " * formatter.current_indent
    for line in _broken(_WORD.findall(command), formatter.width - formatter.current_indent):
        formatter.write(f"{indent}{line}\n")
    with formatter.indentation():
        formatter.indent()
        formatter.write_text(text)
        formatter.dedent()


def _broken(words: Sequence[str], width: int) -> Iterable[str]:
    """A command in lines that a shell reads as one."""
    line = ""
    for word in words:
        if line and len(line) + len(word) + 3 > width:
            yield f"{line} \\"
            line = "   "
        line = f"{line} {word}" if line else word
    yield line
