"""Standard output for what a command answers, where a program reads it; what plugins print goes to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, Any

import typer

from xbench import wire

_kept: list[IO[str]] = []  # standard output, while it is kept for answers


def stream() -> IO[str]:
    """Where answers go."""
    return _kept[-1] if _kept else sys.stdout


def tell(answer: Any) -> None:
    """An answer as a JSON object, on a line of its own."""
    typer.echo(wire.dumps(answer).decode(), file=stream())


@contextlib.contextmanager
def answers_only(yes: bool = True) -> Iterator[None]:
    """Keep standard output for answers: what plugins and their libraries print meanwhile goes to standard error."""
    if not yes or _kept:
        yield
        return
    with _descriptor() as kept:
        _kept.append(kept)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                yield
        finally:
            _kept.clear()


@contextlib.contextmanager
def _descriptor() -> Iterator[IO[str]]:
    """Standard output under another number, and its own number for C libraries to write to standard error."""
    try:
        sys.stdout.flush()
        ours = sys.stdout.fileno() == 1 and sys.stderr.fileno() == 2
    except (AttributeError, OSError, ValueError):  # a notebook's or a test's, or closed
        ours = False
    if not ours:
        yield sys.stdout
        return
    kept = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    os.dup2(2, 1)
    try:
        yield kept
        kept.flush()
    finally:
        os.dup2(kept.fileno(), 1)
        kept.close()
