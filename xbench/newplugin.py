"""A plugin to begin with: a small package that works, from the templates beside this file."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from xbench.errors import UserError
from xbench.names import unknown

# What it declares -> its own files: path -> template.
KINDS: Mapping[str, Mapping[str, str]] = {
    "backend": {
        "{module}/__init__.py": "backend.init.txt",
        "{module}/backend.py": "backend.backend.txt",
        "tests/test_{module}.py": "backend.test.txt",
    },
    "metric": {
        "{module}/__init__.py": "metric.init.txt",
        "{module}/metric.py": "metric.metric.txt",
        "tests/test_{module}.py": "metric.test.txt",
    },
}
_COMMON = {"pyproject.toml": "pyproject.toml.txt", "README.md": "README.md.txt"}
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class NewPlugin:
    """What was written. try_it: a command for when it is installed."""

    folder: Path
    paths: tuple[Path, ...]
    try_it: str


def write_plugin(name: str, folder: Path | None, kind: str) -> NewPlugin:
    """Write the package of plugin `name` into `folder` (default: `xbench-NAME` here), which must not be there yet.

    Raises UserError: a name that is unfit or taken, an unknown kind, a folder that is there or cannot be written.
    """
    short = re.sub(r"^xbench[-_]", "", name)
    if not _NAME.fullmatch(short):
        raise UserError(f"plugin name {name!r}", "use small letters and digits, with hyphens inside: my-models")
    if kind not in KINDS:
        raise unknown("--kind", kind, KINDS)
    short = short.replace("_", "-")
    module = f"xbench_{short.replace('-', '_')}"
    values = {
        "name": short,
        "distribution": f"xbench-{short}",
        "module": module,
        "camel": "".join(word.capitalize() for word in short.split("-")),
        "model": f"{short}-words",
        "metric": f"{short.replace('-', '_')}_match",
    }
    values["try_it"] = {
        "backend": f"xbench run -m {values['model']} -m majority -t demo-sentiment",
        "metric": f"xbench show {values['metric']}",
    }[kind]
    if importlib.util.find_spec(module) is not None:
        raise UserError(f"plugin {short}: a module {module} is here already", "choose another name")
    target = folder if folder is not None else Path(values["distribution"])
    if os.path.lexists(target):
        raise UserError(f"{target} is there already", "name another place with --out; nothing was changed")
    texts = {
        path.format(module=module): Template(
            files("xbench").joinpath("templates", "plugin", template).read_text(encoding="utf-8")
        ).substitute(values)
        for path, template in {**_COMMON, **KINDS[kind]}.items()
    }
    try:
        for path, text in texts.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UserError(
            f"{target}: cannot be written: {problem.strerror}", "name another place with --out"
        ) from problem
    return NewPlugin(target, tuple(target / path for path in texts), values["try_it"])
