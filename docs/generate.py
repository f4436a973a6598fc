"""Writes docs/reference/ from the code: `make docs`. A test says that what is committed is what this writes.

A page is a function from nothing to Markdown, under its file's name in PAGES.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
WIDTH = "100"  # columns of a command's help


def cli() -> Iterator[str]:
    """Every command's own help."""
    from typer.main import get_command

    from xbench.cli.app import app

    yield "# The command line"
    yield (
        "Exit codes: 0 done, 1 something failed or an assertion does not hold, 2 wrong usage or bad input, "
        "130 interrupted,\n141 nobody reads the output any more."
    )
    yield _fenced(_help([]))
    for path in _commands(get_command(app), []):
        yield f"## xbench {' '.join(path)}"
        yield _fenced(_help(path))


def _commands(group: Any, path: list[str]) -> Iterator[list[str]]:
    for name, command in getattr(group, "commands", {}).items():
        if not command.hidden:
            yield [*path, name]
            yield from _commands(command, [*path, name])


def _help(path: list[str]) -> str:
    from xbench.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main([*path, "--help"])
    return "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())


def hooks() -> Iterator[str]:
    """Each hook's exact signature, and what a component must and may do."""
    from xbench import abilities, hookspecs, protocols

    yield "# Hooks"
    yield (
        inspect.getdoc(hookspecs) or ""
    ) + " Types are those of `xbench.protocols`, `xbench.specs` and `xbench.records`."
    for name, hook in vars(hookspecs).items():
        if name.startswith("xbench_"):
            yield f"## `{name}`"
            yield _fenced(f"def {name}{_signature(hook)}", "text")
            yield inspect.getdoc(hook) or ""
    yield "## What a component must do"
    for kind in ("TaskType", "Reader", "Backend", "Method", "Metric", "Renderer", "Learner"):
        yield from _protocol(kind, getattr(protocols, kind))
    yield "## What it may do"
    yield inspect.getdoc(abilities) or ""
    for name, item in vars(abilities).items():
        if inspect.isclass(item) and item.__module__ == abilities.__name__ and getattr(item, "_is_protocol", False):
            yield from _protocol(name, item)
    yield "## What passes between them"
    for name, item in vars(abilities).items():
        if dataclasses.is_dataclass(item) and item.__module__ == abilities.__name__:
            yield f"### {name}"
            yield inspect.getdoc(item) or ""
            yield _table(("field", "type", "default", "meaning"), _fields(item))


def _protocol(name: str, item: Any) -> Iterator[str]:
    yield f"### {name}"
    yield inspect.getdoc(item) or ""
    lines = []
    for member, value in vars(item).items():
        if member.startswith("_"):
            continue
        function = value.fget if isinstance(value, property) else value
        if not callable(function):
            continue
        told = _signature(function).partition(" -> ")[2] if isinstance(value, property) else _signature(function)
        said = " ".join((inspect.getdoc(function) or "").split())
        lines.append(f"- `{member}{': ' if isinstance(value, property) else ''}{told}`" + (f": {said}" if said else ""))
    yield "\n".join(lines)


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    kept = [parameter for name, parameter in signature.parameters.items() if name != "self"]
    return str(signature.replace(parameters=kept)).replace("'", "")


def cards() -> Iterator[str]:
    """The keys of a card, and what each reader needs."""
    from xbench import cards as module
    from xbench.catalog import Catalog
    from xbench.specs import DatasetRef, TaskSpec

    yield "# Task cards"
    text = (inspect.getdoc(module) or "").split("\n\n", 1)
    yield text[0] + " `xbench new task NAME --from FILE` writes one, `xbench check CARD` tries it."
    yield _fenced(text[1], "toml")
    yield "## Keys"
    yield _table(("key", "type", "default", "meaning"), _fields(TaskSpec))
    yield "## Keys of `[data]` and `[[mirrors]]`"
    yield _table(("key", "type", "default", "meaning"), _fields(DatasetRef))
    yield "## Readers"
    catalog = Catalog.load()
    for name in catalog.names("reader"):
        for owner, reader in catalog.owned("reader", name):
            yield f"### `{name}` ({owner})"
            yield inspect.getdoc(reader) or ""
    yield "## Task types"
    rows = []
    for name in catalog.names("tasktype"):
        for owner, item in catalog.owned("tasktype", name):
            fields, targets = (", ".join(f"{k} ({v})" for k, v in side.items()) for side in (item.fields, item.targets))
            rows.append((f"`{name}`", owner, fields, targets))
    yield _table(("task type", "plugin", "inputs", "targets"), rows)


def _fields(spec: Any) -> Iterator[tuple[str, str, str, str]]:
    """A data class's fields, each with the comment that stands beside it."""
    comments = {
        found[1]: found[2]
        for line in inspect.getsource(spec).splitlines()
        if (found := re.match(r"\s+(\w+): [^#]*#\s*(.*)", line))
    }
    above = re.findall(r"\n    # ([^\n]*)\n    (\w+): ", inspect.getsource(spec))
    comments |= {name: comment for comment, name in above if name not in comments}
    for field in dataclasses.fields(spec):
        if not field.metadata.get("card", True):
            continue
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        default = "required" if required else _default(field)
        kind = str(field.type).replace("Mapping[str, str]", "table of texts").replace("Json", "table")
        kind = (
            re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", kind)
            .replace("str", "text")
            .replace("list of text", "list of texts")
        )
        yield f"`{field.name}`", kind.replace(" | None", ""), default, comments.get(field.name, "")


def _default(field: Any) -> str:
    value = field.default if field.default is not dataclasses.MISSING else field.default_factory()
    return "" if value in (None, "", (), {}) else f"`{value}`"


def options() -> Iterator[str]:
    """What `--set` reaches."""
    from xbench.catalog import Catalog
    from xbench.recipes import qualified

    catalog = Catalog.load()
    yield "# Options"
    yield (
        "`--set NAME=VALUE` reaches them, and so does a recipe's TOML file. Precedence: the option's default, what the "
        "method moves, the recipe, `--set`. `xbench show RECIPE` prints every effective value and where it came from."
    )
    for backend in catalog.names("backend"):
        models = list(_models(catalog, backend))
        found: dict[tuple[str, ...], dict[str, list[str]]] = {}
        for name, options_of in models:
            for option, kind, default, choices, meaning in map(_option, options_of):
                found.setdefault((option, kind, choices, meaning), {}).setdefault(default, []).append(name)
        if found:
            yield f"## Recipe and model options of `{backend}`"
            rows = []
            for (option, kind, choices, meaning), defaults in found.items():
                each = [
                    value + (f" ({', '.join(_families(names))})" if len(names) < len(models) else "")
                    for value, names in defaults.items()
                ]
                rows.append((option, kind, "; ".join(each), choices, meaning))
            yield _table(_OPTION, rows)
    for kind, title in (("method", "Methods"), ("technique", "Techniques")):
        rows = tuple(
            _option(option)
            for name in catalog.names(kind)
            for _, item in catalog.owned(kind, name)
            for option in qualified(name, item.options)
        )
        yield f"## {title}"
        yield ", ".join(f"`{name}`" for name in catalog.names(kind)) + ". Their options:"
        yield _table(_OPTION, rows)
    yield "## Metrics"
    rows = tuple(
        (f"`{name}`", *_option(option))
        for name in catalog.names("metric")
        for _, item in catalog.owned("metric", name)
        for option in item.options
    )
    yield ", ".join(f"`{name}`" for name in catalog.names("metric")) + ". Their parameters, as in `bleu(tokenize=zh)`:"
    yield _table(("metric", "parameter", *_OPTION[1:]), rows)


def _models(catalog: Any, backend: str) -> Iterator[tuple[str, Any]]:
    """Each named model and its options; of a backend that names none, a model of each shape."""
    from xbench.specs import ModelSpec

    owner = catalog.backend(backend)
    named = list(owner.models()) or [
        ModelSpec(backend, shape, None, shape) for shape in ("encoder", "decoder", "encoder-decoder")
    ]
    return ((spec.name, owner.options(spec)) for spec in named)


def _families(names: list[str]) -> list[str]:
    """`scratch-tiny` for itself and `scratch-tiny-encoder`."""
    return [name for name in names if not any(name.startswith(f"{other}-") for other in names)]


_OPTION = ("option", "type", "default", "choices", "meaning")


def _option(option: Any) -> tuple[str, ...]:
    from xbench.names import format_value

    default = "" if option.default in (None, []) else f"`{format_value(option.default)}`"
    return f"`{option.name}`", option.type, default, ", ".join(map(str, option.choices)), option.doc


def columns() -> Iterator[str]:
    """The board's columns."""
    from xbench.columns import MEANINGS

    yield "# Columns of `leaderboard.csv`"
    yield (
        "In this order; more may follow in a later version. One row for each (task, protocol, model, method, recipe, "
        "route, metric). Lists are joined by `;`. Text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return "
        "is preceded by `'`, so that no spreadsheet takes it for a formula."
    )
    yield _table(("column", "meaning"), ((f"`{name}`", text) for name, text in MEANINGS.items()))


def tasks() -> Iterator[str]:
    """Every task that is built in."""
    from xbench.catalog import Catalog

    catalog = Catalog.load()
    yield "# Tasks"
    yield "`xbench show TASK` says more, and counts what is at hand. Your own data needs no plugin: see the how-to."
    rows = []
    for name in catalog.names("task"):
        for _, task in catalog.owned("task", name):
            labels = str(len(task.labels)) if task.labels else ""
            language, metrics = ", ".join(task.language), ", ".join(task.metrics)
            rows.append((f"`{name}`", task.type, language, labels, metrics, task.licence, task.citation))
    yield _table(("task", "type", "language", "labels", "metrics", "licence", "citation"), rows)


def errors() -> Iterator[str]:
    """Every mistake that the tests make, and the answer."""
    sys.path.insert(0, str(ROOT / "tests"))
    from mistakes.page import page

    yield page()


PAGES: Mapping[str, Callable[[], Iterable[str]]] = {
    "cli.md": cli,
    "hooks.md": hooks,
    "cards.md": cards,
    "options.md": options,
    "columns.md": columns,
    "tasks.md": tasks,
    "errors.md": errors,
}


def written(name: str) -> str:
    """A page's text."""
    os.environ |= {"COLUMNS": WIDTH, "TERMINAL_WIDTH": WIDTH, "NO_COLOR": "1"}
    blocks = [block.strip("\n") for block in PAGES[name]()]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.strip()}\n```"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    for page_name in sys.argv[1:] or PAGES:
        (REFERENCE / page_name).write_text(written(page_name), encoding="utf-8")
