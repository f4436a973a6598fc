"""What plugins say of their downloads, shown to a person whatever the command."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from xbench.abilities import FETCHING


class _Lines(logging.Handler):
    """Each message as a line on standard error, as it is at that moment: a live table may stand before it."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(record.getMessage(), err=True)


@contextmanager
def shown(somebody: bool) -> Iterator[None]:
    """Show them where somebody reads; a program that reads JSON does not."""
    log, handler = logging.getLogger(FETCHING), _Lines()
    if not somebody:
        yield
        return
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before[0])
        log.propagate = before[1]
