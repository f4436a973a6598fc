"""What a wheel needs is declared: no package comes along by the grace of another one."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SHIPPED = ("xbench", "plugins", "tasks")


def imported() -> Iterator[tuple[str, Path]]:
    """(top package, file) of every import of what is shipped, those inside functions among them."""
    for path in (path for folder in SHIPPED for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((one.name.partition(".")[0], path) for one in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0], path


def test_every_package_that_is_imported_is_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    distributions = packages_distributions()
    strange = {
        (name, path.name)
        for name, path in imported()
        if name not in sys.stdlib_module_names and not name.startswith("xbench")
        if not declared & {canonicalize_name(one) for one in distributions.get(name, [name])}
    }
    assert strange == set()
    assert {"torch", "huggingface_hub"} <= {name for name, _ in imported()}
