"""`xbench` as a process of its own against a hub."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hub.fixtures import variables
from hub.repositories import LARGE
from hub.server import Hub

XBENCH = (sys.executable, "-m", "xbench")
TOKEN = "hf_thisIsASecretOfTheTest"


@dataclass(frozen=True)
class Said:
    """What a command printed."""

    code: int
    out: str
    err: str


def xbench(hub: Hub, home: Path, *arguments: str, **more: str) -> Said:
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [*XBENCH, *arguments], cwd=home, env=variables(hub, home, **more), capture_output=True, text=True, timeout=240
    )
    return Said(done.returncode, done.stdout, done.stderr)


def refused(said: Said) -> str:
    """The one line of a command that could not do what it was asked for."""
    assert (said.code, said.out) == (2, "")
    (line,) = said.err.splitlines()
    return line.removeprefix("xbench: ")


def ranges(hub: Hub, part: str) -> list[str | None]:
    """The ranges in which the contents of files were asked for, None for all; the hub's redirects hold no contents."""
    return [one.range for one in hub.asked(part) if "signed=1" in one.path or not one.path.endswith(LARGE)]


def bodies(hub: Hub, part: str) -> int:
    """How often the contents of a file were asked for."""
    return len(ranges(hub, part))
