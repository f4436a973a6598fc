"""One mistake: what a person types, in which folder, and what xbench must answer."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import re
import resource
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hub.fixtures import variables
from hub.server import Hub

from xbench.cli import main

ROOT_PASSES = (1, 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of <linux/capability.h>: root reads every file by them
_DROP = 24  # PR_CAPBSET_DROP of <linux/prctl.h>
_SECONDS = 60.0


def nothing(folder: Path) -> None:
    """An empty folder."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A row of the table.

    Args:
        title: the mistake in a person's words.
        typed: the command, as in a shell, but for pipes; run in a folder that `prepare` filled.
        says: fragments of the answer: the thing, and the mend.
        code: the exit code. 0 for what looks like a mistake and works.
        leaves: what the command was asked to write, by the first part of its path.
        environment: variables that are set for it.
        alone: needs a process of its own.
        output: where its standard output goes, by a path; then it runs alone.
        file_bytes: no file may grow further (`ulimit -f`); then it runs alone.
        obeys: permissions hold for root too; then it runs alone.
        hub: makes ready a hub of its own, given a folder; then it runs alone.
        varies: a pattern of what differs from machine to machine.
    """

    title: str
    typed: str
    says: tuple[str, ...]
    prepare: Callable[[Path], object] = nothing
    code: int = 2
    leaves: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    alone: bool = False
    output: str = ""
    file_bytes: int = 0
    obeys: bool = False
    hub: Callable[[Hub, Path], object] | None = None
    varies: str = ""

    @property
    def shell(self) -> str:
        """As a person types it."""
        return f"{self.typed} > {self.output}" if self.output else self.typed

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class Answer:
    """What a command ended with; paths are as from its folder."""

    code: int
    out: str
    err: str
    new: tuple[str, ...]  # files and folders that were not there before, hold something else now, or are gone


@cache
def answer(mistake: Mistake) -> Answer:
    """Make the mistake."""
    with tempfile.TemporaryDirectory(prefix="mistake-") as made:
        folder, home = Path(made, "here").resolve(), Path(made, "home").resolve()
        folder.mkdir()
        home.mkdir()
        mistake.prepare(folder)
        before = _tree(folder)
        arguments = shlex.split(mistake.typed)[1:]
        environment = {
            "XDG_CACHE_HOME": str(home / ".cache"),
            "HF_HOME": str(home / ".cache" / "huggingface"),
            "HF_HUB_OFFLINE": "1",
            "COLUMNS": "120",
            "NO_COLOR": "1",
            **(mistake.environment or {}),
        }
        if mistake.hub is not None:
            with Hub() as hub:
                mistake.hub(hub, home)
                told = _alone(mistake, arguments, folder, variables(hub, home))
                told = (told[0], told[1], told[2].replace(hub.endpoint, "https://huggingface.co"))
        elif mistake.alone or mistake.output or mistake.file_bytes or mistake.obeys:
            told = _alone(mistake, arguments, folder, environment)
        else:
            told = _here(arguments, folder, environment)
        after = _tree(folder)
        new = tuple(name for name in {**before, **after} if name not in before or before[name] != after.get(name))
        code, out, err = told
        return Answer(code, _neutral(out, made, folder, home), _neutral(err, made, folder, home), new)


def _neutral(text: str, made: str, folder: Path, home: Path) -> str:
    """Without the places of this machine."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".").replace(str(home), "~")
    return re.sub(re.escape(made), "...", text)


def _tree(folder: Path) -> dict[str, bytes | None]:
    """Every path below, with a file's bytes, if it may be read; not the byte code that Python keeps by itself."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else None
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.pop("XBENCH_DATA_DIR", None)
    os.environ.pop("XBENCH_PLUGINS", None)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _here(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with (
        _environment(environment),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(arguments)
    return code, out.getvalue(), err.getvalue()


def _alone(
    mistake: Mistake, arguments: list[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str, str]:
    def prepared() -> None:
        if mistake.file_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (mistake.file_bytes, mistake.file_bytes))
        if mistake.obeys and os.getuid() == 0:
            for capability in ROOT_PASSES:
                ctypes.CDLL(None).prctl(_DROP, capability)

    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment(environment))
        output = stack.enter_context(Path(mistake.output).open("wb")) if mistake.output else subprocess.PIPE
        done = subprocess.run(
            [sys.executable, "-m", "xbench", *arguments],
            cwd=folder,
            stdout=output,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            preexec_fn=prepared,
            check=False,
        )
    return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()
