"""The import contracts in pyproject.toml speak of all that there is: the linter passes over what it is not told of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
BUILT_INS = {path.parent.name for folder in ("plugins", "tasks") for path in (ROOT / folder).glob("*/__init__.py")}


def modules() -> set[str]:
    """Of the core: what stands directly in its folder."""
    found = {path.stem for path in (ROOT / "xbench").glob("*.py")} | {
        path.parent.name for path in (ROOT / "xbench").glob("*/__init__.py")
    }
    return found - {"__init__", "__main__"}


def test_every_core_module_is_public_or_forbidden_to_plugins() -> None:
    told = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    sentence = re.search(r"plugins import from the core only ([^.]+)\.", told)
    assert sentence is not None
    public = set(re.findall(r"`(\w+)`", sentence[1]))
    forbidden = {name.removeprefix("xbench.") for name in CONTRACTS["plugins"]["forbidden_modules"]}
    assert public | forbidden == modules()
    assert not public & forbidden


def test_every_built_in_is_registered_and_held_to_the_contracts() -> None:
    registered = {target.partition(":")[0] for target in PROJECT["project"]["entry-points"]["xbench"].values()}
    assert {name for name in registered if "." not in name} == BUILT_INS
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == BUILT_INS | {"xbench"}
    assert set(CONTRACTS["plugins"]["source_modules"]) == BUILT_INS
    assert set(CONTRACTS["frameworks"]["forbidden_modules"]) >= BUILT_INS
    assert set(CONTRACTS["builtins"]["modules"]) | set(CONTRACTS["torch-family"]["modules"]) == BUILT_INS
    assert set(PROJECT["tool"]["ruff"]["lint"]["isort"]["known-first-party"]) == BUILT_INS | {"xbench"}
