"""`xbench check` as a test asks it, and what it found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xbench import api
from xbench.cli import main


def checked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[str]]:
    code = main(["check", *map(str, arguments)])
    return code, capsys.readouterr().out.splitlines()


def found(*arguments: Any, state: str = "wrong", **more: Any) -> list[tuple[str, str, str]]:
    """(what, text, hint) of each finding of a state."""
    return [(f.what, f.text, f.hint) for f in api.check(*map(str, arguments), **more) if f.state == state]
